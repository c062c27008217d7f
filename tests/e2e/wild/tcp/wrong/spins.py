#!/usr/bin/env python3
"""Never notices that a client has finished."""
import socket
import sys
import threading


def serve(client):
    rest = b""
    while True:
        try:
            rest += client.recv(4096)
        except ConnectionError:
            return
        *lines, rest = rest.split(b"\n")
        for line in lines:
            try:
                client.sendall(line[::-1] + b"\n")
            except ConnectionError:
                return


server = socket.create_server(("", int(sys.argv[1])), backlog=64)
while True:
    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
