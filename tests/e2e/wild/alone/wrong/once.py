#!/usr/bin/env python3
"""One client, and good night."""
import socket
import struct
import sys

client, _ = socket.create_server(("", int(sys.argv[1]))).accept()
stream = client.makefile("rwb")
while len(header := stream.read(4)) == 4:
    payload = stream.read(struct.unpack("<I", header)[0] - 4)
    stream.write(struct.pack("<I", 4 + 2 * len(payload)) + 2 * payload)
    stream.flush()
