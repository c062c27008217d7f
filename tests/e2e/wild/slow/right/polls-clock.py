#!/usr/bin/env python3
"""select() gives up ten times a second, to see whether it is time for an answer."""
import select
import socket
import sys
import time

server = socket.create_server(("", int(sys.argv[1])), backlog=64)
rests, due = {}, []

while True:
    for sock in select.select([server, *rests], [], [], 0.1)[0]:
        if sock is server:
            rests[server.accept()[0]] = b""
            continue
        piece = sock.recv(4096)
        *lines, rests[sock] = (rests[sock] + piece).split(b"\n")
        due += [(time.monotonic() + 0.5, sock, line) for line in lines]
        if not piece:
            due.append((time.monotonic() + 0.55, sock, None))
            del rests[sock]
    while due and due[0][0] <= time.monotonic():
        _, sock, line = due.pop(0)
        if line is None:
            sock.close()
        else:
            sock.sendall(line[::-1] + b"\n")
