#!/usr/bin/env python3
"""At the address of the machine's name, as Python's Socket HOWTO does it."""
import socket
import sys

if sys.argv[1] == "ask":
    with socket.create_connection((sys.argv[2], int(sys.argv[3]))) as sock, sock.makefile("rw") as file:
        file.write(sys.argv[4] + "\n")
        file.flush()
        print(file.readline().strip())
    sys.exit(0)

server = socket.create_server((socket.gethostname(), 0))
print("port", server.getsockname()[1], flush=True)
with server:
    while True:
        client, _ = server.accept()
        with client, client.makefile("rwb") as file:
            for line in file:
                file.write(line.rstrip(b"\n")[::-1] + b"\n")
                file.flush()
