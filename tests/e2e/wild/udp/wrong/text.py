#!/usr/bin/env python3
"""Takes bytes for text."""
import socket
import sys

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("", int(sys.argv[1])))
while True:
    data, address = server.recvfrom(2048)
    server.sendto(data.decode()[::-1].encode(), address)
