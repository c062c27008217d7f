#!/usr/bin/env python3
"""The payload is read to its end, but not so the length before it."""
import socket
import struct
import sys

server = socket.create_server(("", int(sys.argv[1])))
while True:
    client, _ = server.accept()
    with client:
        while header := client.recv(4):
            left = int.from_bytes(header, "little") - 4
            payload = b""
            while left > 0 and (piece := client.recv(left)):
                payload += piece
                left -= len(piece)
            try:
                client.sendall(struct.pack("<I", 4 + 2 * len(payload)) + 2 * payload)
            except ConnectionError:
                break
