#!/usr/bin/env python3
"""Blocking calls, a thread for each client."""
import socket
import sys
import threading


def serve(client):
    with client:
        rest = b""
        try:
            while piece := client.recv(4096):
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    client.sendall(line[::-1] + b"\n")
        except ConnectionError:
            pass


with socket.create_server(("", int(sys.argv[1])), backlog=64) as server:
    while True:
        threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
