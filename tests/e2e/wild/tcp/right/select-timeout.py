#!/usr/bin/env python3
"""select() that gives up ten times a second, as many examples have it."""
import select
import socket
import sys

server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("0.0.0.0", int(sys.argv[1])))
server.listen()
rests = {}

while True:
    readable, _, _ = select.select([server, *rests], [], [], 0.1)
    for sock in readable:
        if sock is server:
            rests[server.accept()[0]] = b""
            continue
        try:
            piece = sock.recv(2048)
            *lines, rests[sock] = (rests[sock] + piece).split(b"\n")
            sock.sendall(b"".join(line[::-1] + b"\n" for line in lines))
        except ConnectionError:
            piece = b""
        if not piece:
            del rests[sock]
            sock.close()
