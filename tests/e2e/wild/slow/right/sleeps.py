#!/usr/bin/env python3
"""Sleeps for two seconds before each answer."""
import socketserver
import sys
import time


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        while (line := self.rfile.readline()).endswith(b"\n"):
            time.sleep(2)
            self.wfile.write(line[-2::-1] + b"\n")


socketserver.ThreadingTCPServer.allow_reuse_address = True
server = socketserver.ThreadingTCPServer(("", int(sys.argv[1])), Handler)
server.daemon_threads = True
server.serve_forever()
