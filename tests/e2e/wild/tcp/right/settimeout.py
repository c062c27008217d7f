#!/usr/bin/env python3
"""A time-out on everything, and another try after it."""
import socket
import sys
import threading


def serve(client):
    client.settimeout(0.2)
    rest = b""
    with client:
        while True:
            try:
                piece = client.recv(4096)
            except TimeoutError:
                continue
            except ConnectionError:
                return
            if not piece:
                return
            *lines, rest = (rest + piece).split(b"\n")
            try:
                client.sendall(b"".join(line[::-1] + b"\n" for line in lines))
            except ConnectionError:
                return


server = socket.create_server(("", int(sys.argv[1])), backlog=64)
server.settimeout(0.5)
while True:
    try:
        threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
    except TimeoutError:
        pass
