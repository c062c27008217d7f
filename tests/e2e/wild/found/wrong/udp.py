#!/usr/bin/env python3
"""The other kind of socket."""
import socket

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("", 0))
print("port", server.getsockname()[1], flush=True)
while True:
    data, source = server.recvfrom(8001)
    server.sendto(data[::-1], source)
