#!/usr/bin/env python3
"""A fixed port, among those from which the kernel chooses too."""
import socket

server = socket.create_server(("", 50007))

with server:
    while True:
        client, _ = server.accept()
        with client, client.makefile("rwb") as file:
            for line in file:
                file.write(line.rstrip(b"\n")[::-1] + b"\n")
                file.flush()
