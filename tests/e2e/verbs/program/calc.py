#!/usr/bin/python3
"""A little of everything that a step can wait for: lines on stdin and stdout, signals, and a line protocol."""
import os
import signal
import socketserver
import struct
import socket
import sys
import threading


class Lines(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            word, _, rest = line.decode().rstrip("\n").partition(" ")
            if word == "ECHO":
                self.wfile.write(f"{rest}\n".encode())
            elif word == "NET":
                self.wfile.write(f"{len(rest)}:{rest}".encode())
            elif word == "NEGATIVE":
                self.wfile.write(b"-1:")
            elif word == "ALL":
                self.wfile.write(rest.encode())
                self.wfile.write(b"\n.")
                return
            elif word == "BOTH":
                self.wfile.write(b"two\none\n")
            elif word == "RESET":
                self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                os._exit(0) if rest == "exit" else self.request.close()
                return
            elif word == "CLOSE":
                return
            elif word == "PRINT":
                print(rest, flush=True)
            elif word == "EXIT":
                os._exit(int(rest))
            elif word == "DIE":
                os.kill(os.getpid(), signal.SIGSEGV)
            elif word == "SLEEP":
                threading.Event().wait()
            elif word == "QUIET":
                pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def serve(port):
    server = Server(("", port), Lines)
    server.serve_forever(poll_interval=None)


def repeat():
    for line in sys.stdin:
        print(line.strip().upper(), flush=True)
    print("bye", flush=True)
    sys.exit(3)


def on_signal(number, frame):
    print("got", number, flush=True)


signal.signal(signal.SIGUSR1, on_signal)
serve(int(sys.argv[2])) if sys.argv[1] == "serve" else repeat()
