#!/usr/bin/env python3
"""recv(n) gives n bytes, does it not?"""
import socket
import struct
import sys

server = socket.create_server(("", int(sys.argv[1])))
while True:
    client, _ = server.accept()
    with client:
        while len(header := client.recv(4)) == 4:
            payload = client.recv(struct.unpack("<I", header)[0] - 4) if header != b"\4\0\0\0" else b""
            client.sendall(struct.pack("<I", 4 + 2 * len(payload)) + 2 * payload)
