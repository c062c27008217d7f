#!/usr/bin/env python3
"""The port is in the environment."""
import os
import socket

server = socket.create_server(("", int(os.environ["PORT"])))

with server:
    while True:
        client, _ = server.accept()
        with client, client.makefile("rwb") as file:
            for line in file:
                file.write(line.rstrip(b"\n")[::-1] + b"\n")
                file.flush()
