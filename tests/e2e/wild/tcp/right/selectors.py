#!/usr/bin/env python3
"""One thread and a selector. What cannot be sent at once waits until there is room."""
import selectors
import socket
import sys

selector = selectors.DefaultSelector()
server = socket.create_server(("", int(sys.argv[1])), backlog=64)
server.setblocking(False)
selector.register(server, selectors.EVENT_READ)


class Client:
    def __init__(self, sock):
        self.sock, self.rest, self.out, self.ended = sock, b"", b"", False
        sock.setblocking(False)
        selector.register(sock, selectors.EVENT_READ, self)

    def read(self):
        piece = self.sock.recv(4096)
        self.ended = not piece
        *lines, self.rest = (self.rest + piece).split(b"\n")
        self.out += b"".join(line[::-1] + b"\n" for line in lines)

    def step(self, mask):
        if mask & selectors.EVENT_READ:
            self.read()
        if self.out:
            self.out = self.out[self.sock.send(self.out):]
        if self.ended and not self.out:
            raise ConnectionError
        wanted = (0 if self.ended else selectors.EVENT_READ) | (selectors.EVENT_WRITE if self.out else 0)
        selector.modify(self.sock, wanted, self)


while True:
    for key, mask in selector.select():
        if key.data is None:
            Client(server.accept()[0])
            continue
        try:
            key.data.step(mask)
        except ConnectionError:
            selector.unregister(key.fileobj)
            key.fileobj.close()
