#!/usr/bin/env python3
"""Splits each read into lines: what has no end yet counts as one, too."""
import socket
import sys
import threading


def serve(client):
    with client:
        try:
            while piece := client.recv(65536):
                for line in piece.split(b"\n")[:-1] if piece.endswith(b"\n") else piece.split(b"\n"):
                    client.sendall(line[::-1] + b"\n")
        except ConnectionError:
            pass


server = socket.create_server(("", int(sys.argv[1])), backlog=64)
while True:
    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
