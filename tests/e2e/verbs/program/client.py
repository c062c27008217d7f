#!/usr/bin/python3
"""Clients that do one thing each: client.py WHAT HOST PORT."""
import os
import socket
import sys
import time


def tcp():
    return socket.create_connection((host, port))


def talk():
    """Lines from stdin go out, lines that come are printed; the end of stdin ends our direction."""
    conn = tcp()
    lines = conn.makefile("r", newline="\n")
    for line in sys.stdin:
        conn.sendall(line.encode())
        print(lines.readline().strip(), flush=True)
    conn.shutdown(socket.SHUT_WR)
    return 0 if lines.read() == "" else 1


def twice():
    """Two connections, the second one's answer first."""
    first, second = tcp(), tcp()
    second.sendall(b"second\n")
    word = second.recv(100)
    first.sendall(b"first\n")
    print((first.recv(100) + word).decode().replace("\n", " "), flush=True)
    return 0


def ask():
    """A datagram, sent again after a second, at most three times."""
    conn = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    conn.settimeout(0.3)
    for _ in range(3):
        conn.sendto(b"ask", (host, port))
        try:
            while True:
                answer, source = conn.recvfrom(100)
                if source == (host, port):
                    print(answer.decode(), flush=True)
                    return 0
        except socket.timeout:
            pass
    return 2


def flood():
    """More than all buffers on the way hold."""
    tcp().sendall(b"x" * 20000000)
    return 0


def write():
    with open("out.txt", "w") as file:
        file.write("written\n")
    os.symlink("/etc/passwd", "link.txt")
    return 0


def hold():
    """Keeps every connection that was ended by the other side."""
    conns = [tcp() for _ in range(3)]
    for conn in conns:
        conn.recv(1)
    sys.stdin.read()
    return 0


def terminal():
    print("terminal" if os.isatty(0) else "no terminal", flush=True)
    print(sys.stdin.read().upper(), end="", flush=True)
    return 0


def late():
    conn = tcp()
    time.sleep(0.3)
    conn.sendall(b"late\n")
    return 0


what, host, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
try:
    sys.exit(globals()[what]())
except ConnectionRefusedError:
    sys.exit(2)
