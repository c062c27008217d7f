s/origin.recv(65536):$/origin.recv(65536).split(b"\\0")[0]:/
