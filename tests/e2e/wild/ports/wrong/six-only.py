#!/usr/bin/env python3
"""IPv6 alone: create_server says IPV6_V6ONLY."""
import socket
import sys

server = socket.create_server(("::", int(sys.argv[2])), family=socket.AF_INET6)

with server:
    while True:
        client, _ = server.accept()
        with client, client.makefile("rwb") as file:
            for line in file:
                file.write(line.rstrip(b"\n")[::-1] + b"\n")
                file.flush()
