#!/usr/bin/env python3
import socket
import sys

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("0.0.0.0", int(sys.argv[1])))
server.settimeout(0.15)
while True:
    try:
        text, source = server.recvfrom(65535)
    except socket.timeout:
        continue
    server.sendto(text[::-1], source)
