#!/usr/bin/env python3
"""Ends its lines in CR LF."""
import socketserver
import sys


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            while (line := self.rfile.readline()).endswith(b"\n"):
                self.wfile.write(line[-2::-1] + b"\r\n")
        except ConnectionError:
            pass


socketserver.ThreadingTCPServer.allow_reuse_address = True
server = socketserver.ThreadingTCPServer(("", int(sys.argv[1])), Handler)
server.daemon_threads = True
server.serve_forever()
