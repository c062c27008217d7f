#!/usr/bin/env python3
"""The other kind of socket."""
import socket
import sys

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("", int(sys.argv[2])))
    while True:
        data, source = server.recvfrom(8001)
        server.sendto(data[::-1], source)
