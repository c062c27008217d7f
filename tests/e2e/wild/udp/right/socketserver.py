#!/usr/bin/env python3
import socketserver
import sys


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        text, socket = self.request
        socket.sendto(text[::-1], self.client_address)


with socketserver.UDPServer(("", int(sys.argv[1])), Handler) as server:
    server.serve_forever()
