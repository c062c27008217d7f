#!/usr/bin/env python3
"""Nobody removes its lock when it ends."""
import os
import socket
import sys

try:
    os.close(os.open("server.lock", os.O_CREAT | os.O_EXCL))
except FileExistsError:
    sys.exit("another server is running")

server = socket.create_server(("", int(sys.argv[2])), family=socket.AF_INET)

with server:
    while True:
        client, _ = server.accept()
        with client, client.makefile("rwb") as file:
            for line in file:
                file.write(line.rstrip(b"\n")[::-1] + b"\n")
                file.flush()
