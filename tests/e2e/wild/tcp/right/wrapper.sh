#!/bin/sh
# A shell that starts the real server, and waits for it.
cd "$(dirname "$0")" || exit 1
python3 - "$@" <<'PROGRAM'
import socketserver
import sys


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            while (line := self.rfile.readline()).endswith(b"\n"):
                self.wfile.write(line[-2::-1] + b"\n")
        except ConnectionError:
            pass


socketserver.ThreadingTCPServer.allow_reuse_address = True
with socketserver.ThreadingTCPServer(("0.0.0.0", int(sys.argv[1])), Handler) as server:
    server.daemon_threads = True
    server.serve_forever()
PROGRAM
