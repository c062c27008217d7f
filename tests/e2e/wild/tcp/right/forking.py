#!/usr/bin/env python3
"""The standard library's forking server."""
import socketserver
import sys


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            while (line := self.rfile.readline()).endswith(b"\n"):
                self.wfile.write(line[-2::-1] + b"\n")
        except ConnectionError:
            pass


class Server(socketserver.ForkingTCPServer):
    allow_reuse_address = True
    max_children = 100
    request_queue_size = 64


Server(("", int(sys.argv[1])), Handler).serve_forever()
