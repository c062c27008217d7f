#!/usr/bin/env python3
"""Five questions are enough."""
import socket
import sys

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("", int(sys.argv[1])))
for i in range(5):
    data, address = server.recvfrom(2048)
    server.sendto(data[::-1], address)
while True:
    server.recvfrom(2048)
