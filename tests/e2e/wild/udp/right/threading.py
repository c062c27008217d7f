#!/usr/bin/env python3
"""The standard library's server, a thread for each datagram."""
import socketserver
import sys


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        text, sock = self.request
        sock.sendto(text[::-1], self.client_address)


socketserver.ThreadingUDPServer(("", int(sys.argv[1])), Handler).serve_forever()
