#!/usr/bin/env python3
"""One client, and good night."""
import socket
import sys

client, _ = socket.create_server(("", int(sys.argv[1])), backlog=64).accept()
for line in client.makefile("rb"):
    if line.endswith(b"\n"):
        client.sendall(line[-2::-1] + b"\n")
