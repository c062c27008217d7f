s/        die("connect");/        exit(0);/
