/^def ask_tcp/,/^def /s/        for line in lines:$/        for line in conn.recv(4096).split(b"\\n"):/
