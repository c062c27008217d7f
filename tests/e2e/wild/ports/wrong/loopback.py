#!/usr/bin/env python3
"""Nobody reaches it from another machine."""
import socket
import sys

server = socket.create_server(("127.0.0.1", int(sys.argv[2])), family=socket.AF_INET)

with server:
    while True:
        client, _ = server.accept()
        with client, client.makefile("rwb") as file:
            for line in file:
                file.write(line.rstrip(b"\n")[::-1] + b"\n")
                file.flush()
