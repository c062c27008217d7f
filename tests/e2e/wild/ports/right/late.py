#!/usr/bin/env python3
"""Takes its time before it listens."""
import socket
import sys
import time

time.sleep(0.7)
server = socket.create_server(("", int(sys.argv[2])))

with server:
    while True:
        client, _ = server.accept()
        with client, client.makefile("rwb") as file:
            for line in file:
                file.write(line.rstrip(b"\n")[::-1] + b"\n")
                file.flush()
