#!/usr/bin/env python3
"""One client after another."""
import socket
import sys

listener = socket.create_server(("", int(sys.argv[1])))
while True:
    client, _ = listener.accept()
    line = b""
    while data := client.recv(100):
        line += data
        if line.endswith(b"\n"):
            client.sendall(line)
            line = b""
    client.close()
