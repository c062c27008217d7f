#!/usr/bin/env python3
"""One client, and then the next."""
import socket
import sys

with socket.create_server(("", int(sys.argv[1])), backlog=64) as server:
    while True:
        client, _ = server.accept()
        with client, client.makefile("rb") as lines:
            try:
                for line in lines:
                    if line.endswith(b"\n"):
                        client.sendall(line[-2::-1] + b"\n")
            except ConnectionError:
                pass
