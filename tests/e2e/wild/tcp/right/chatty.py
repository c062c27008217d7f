#!/usr/bin/env python3
"""Logs everything that happens, to both outputs and at length."""
import socket
import sys
import threading


def log(text):
    print(f"server: {text}", flush=True)
    print(f"{text} ".ljust(500, "."), file=sys.stderr)


def serve(client, address):
    log(f"{address} came")
    rest = b""
    try:
        while piece := client.recv(4096):
            log(f"{address} sent {piece[:40]!r}")
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                client.sendall(line[::-1] + b"\n")
                log(f"answered {line[:40]!r}")
    except ConnectionError as error:
        log(error)
    client.close()
    log(f"{address} left")


server = socket.create_server(("", int(sys.argv[1])), backlog=64)
log(f"waits on {sys.argv[1]}")
while True:
    threading.Thread(target=serve, args=server.accept(), daemon=True).start()
