#!/usr/bin/env python3
"""Asks for its port, and listens on all addresses of both versions of IP with one socket."""
import socket

server = socket.create_server(("", int(input("Which port? "))), family=socket.AF_INET6, dualstack_ipv6=True)

with server:
    while True:
        client, _ = server.accept()
        with client, client.makefile("rwb") as file:
            for line in file:
                file.write(line.rstrip(b"\n")[::-1] + b"\n")
                file.flush()
