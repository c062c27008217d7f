#!/usr/bin/env python3
"""Connects its socket to the first that asks, and hears nobody else from then on."""
import socket
import sys

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("", int(sys.argv[1])))
data, address = server.recvfrom(2048)
server.connect(address)
while True:
    server.send(data[::-1])
    data = server.recv(2048)
