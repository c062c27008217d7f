/^def talk/,/^def /s/        for line in lines:/        for line in iter(lambda: conn.recv(4096), b""):/
