#!/usr/bin/env python3
"""The socket as a file."""
import socket
import struct
import sys

server = socket.create_server(("", int(sys.argv[1])))
while True:
    client, _ = server.accept()
    with client, client.makefile("rwb") as stream:
        try:
            while len(header := stream.read(4)) == 4:
                payload = stream.read(struct.unpack("<I", header)[0] - 4)
                stream.write(struct.pack("<I", 4 + 2 * len(payload)) + 2 * payload)
                stream.flush()
        except ConnectionError:
            pass
