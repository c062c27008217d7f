#!/usr/bin/env python3
"""An option among other words."""
import argparse
import socket

parser = argparse.ArgumentParser()
parser.add_argument("-p", "--port", type=int)
port = parser.parse_known_args()[0].port
server = socket.create_server(("0.0.0.0", port))

with server:
    while True:
        client, _ = server.accept()
        with client, client.makefile("rwb") as file:
            for line in file:
                file.write(line.rstrip(b"\n")[::-1] + b"\n")
                file.flush()
