#!/usr/bin/env python3
"""Sleeps, and then answers one client at a time."""
import socket
import sys
import time

server = socket.create_server(("", int(sys.argv[1])), backlog=64)
while True:
    client, _ = server.accept()
    for line in client.makefile("rb"):
        time.sleep(0.1)
        client.sendall(line[-2::-1] + b"\n")
