#!/usr/bin/env python3
"""1024 bytes are always enough."""
import socket
import sys

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("", int(sys.argv[1])))
while True:
    data, address = server.recvfrom(1024)
    server.sendto(data[::-1], address)
