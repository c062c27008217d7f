#!/usr/bin/env python3
# A thread for each client, and the path made absolute.
import os
import socketserver
import sys


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            if line.endswith(b"\n"):
                self.wfile.write(line[:-1][::-1] + b"\n")


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


path = os.path.abspath(sys.argv[1])
if os.path.exists(path):
    os.unlink(path)
Server(path, Handler).serve_forever()
