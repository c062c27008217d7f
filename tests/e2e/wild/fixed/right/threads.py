#!/usr/bin/env python3
"""A thread for each port, and for each client."""
import socket
import sys
import threading


def count(sock):
    while True:
        data, source = sock.recvfrom(2000)
        sock.sendto(str(len(data)).encode(), source)


def serve(client):
    with client, client.makefile("rwb") as file:
        for line in file:
            file.write(line.rstrip(b"\n")[::-1] + b"\n")
            file.flush()


def ask():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"abc", ("127.0.0.1", 8020))
        count = sock.recv(100).decode()
    with socket.create_connection(("localhost", 80)) as sock, sock.makefile("rw") as file:
        file.write("hello\n")
        file.flush()
        print(file.readline().strip(), count)
    sys.exit(0)


if len(sys.argv) > 1:
    ask()

datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
datagrams.bind(("", 8020))
lines = socket.create_server(("", 80))
print("listening on", lines.getsockname()[1], "and", datagrams.getsockname()[1], flush=True)
threading.Thread(target=count, args=(datagrams,), daemon=True).start()
while True:
    threading.Thread(target=serve, args=(lines.accept()[0],), daemon=True).start()
