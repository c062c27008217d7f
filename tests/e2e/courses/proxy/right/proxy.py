#!/usr/bin/env python3
"""proxy.py PORT"""
import socket
import sys
import threading
from urllib.parse import urlsplit

OURS = ("host", "user-agent", "connection", "proxy-connection")
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:10.0.3) Gecko/20120305 Firefox/10.0.3"


def forward(client, lines):
    words = lines.readline().decode("latin-1").split()
    headers = []
    while (line := lines.readline()) not in (b"\r\n", b"\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        headers.append((name, value.strip()))
    if len(words) != 3 or words[0] != "GET":
        client.sendall(b"HTTP/1.0 501 Not Implemented\r\nContent-Length: 0\r\n\r\n")
        return
    url = urlsplit(words[1])
    host = next((v for n, v in headers if n.lower() == "host"), url.netloc)
    path = (url.path or "/") + ("?" + url.query if url.query else "")
    sent = [("Host", host), ("User-Agent", AGENT), ("Connection", "close"), ("Proxy-Connection", "close")]
    sent += [(n, v) for n, v in headers if n.lower() not in OURS]
    try:
        origin = socket.create_connection((url.hostname, url.port or 80))
    except OSError:
        client.sendall(b"HTTP/1.0 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
        return
    with origin:
        head = f"GET {path} HTTP/1.0\r\n" + "".join(f"{n}: {v}\r\n" for n, v in sent) + "\r\n"
        origin.sendall(head.encode("latin-1"))
        while data := origin.recv(65536):
            client.sendall(data)


def serve(client):
    with client, client.makefile("rb") as lines:
        try:
            forward(client, lines)
        except OSError:
            pass


listener = socket.create_server(("", int(sys.argv[1])), backlog=128)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
