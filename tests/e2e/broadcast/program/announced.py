#!/usr/bin/env python3
# announced.py SERVICE TCPPORT PORT [HOW]: answers who asks for the service.
#
# HOW is a mistake to make: loopback (hears nothing that is broadcast), deaf (binds the port for itself alone).
import socket
import sys

service, tcp, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
how = sys.argv[4] if len(sys.argv) > 4 else ""
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
if how != "alone":
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1" if how == "loopback" else "", port))
while True:
    data, sender = s.recvfrom(1000)
    if data == f"WHO {service}\n".encode():
        s.sendto(f"HERE {service} {tcp}\n".encode(), sender)
