#!/usr/bin/env python3
"""One thread and a selector, and no thought of clients that vanish."""
import selectors
import socket
import sys

selector = selectors.DefaultSelector()
server = socket.create_server(("", int(sys.argv[1])), backlog=64)
selector.register(server, selectors.EVENT_READ, None)
rest = {}

while True:
    for key, _ in selector.select():
        if key.fileobj is server:
            client, _ = server.accept()
            rest[client] = b""
            selector.register(client, selectors.EVENT_READ, None)
            continue
        client = key.fileobj
        piece = client.recv(4096)
        *lines, rest[client] = (rest[client] + piece).split(b"\n")
        for line in lines:
            client.sendall(line[::-1] + b"\n")
        if not piece:
            selector.unregister(client)
            client.close()
