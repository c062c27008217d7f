#!/usr/bin/env python3
"""digits.py tcp|udp serve PORT | ask HOST PORT"""
import socket
import sys
import threading


def sums(text):
    if not text.isdigit() or not text.isascii():
        return [b"Sorry, cannot compute!"]
    answers = []
    while not answers or len(text) > 1:
        text = str(sum(int(c) for c in text))
        answers.append(text.encode())
    return answers


def talk(conn):
    with conn, conn.makefile("rwb") as lines:
        for line in lines:
            for answer in sums(line.rstrip(b"\n").decode("latin-1")):
                lines.write(answer + b"\n")
            lines.flush()


def serve_tcp(port):
    listener = socket.create_server(("", port))
    while True:
        threading.Thread(target=talk, args=(listener.accept()[0],), daemon=True).start()


def serve_udp(port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("", port))
    while True:
        text, client = sock.recvfrom(65536)
        for answer in sums(text.decode("latin-1")):
            sock.sendto(answer, client)


def is_last(answer):
    return len(answer) == 1 or not answer.isdigit()


def ask_tcp(address, text):
    with socket.create_connection(address) as conn, conn.makefile("rwb") as lines:
        lines.write(text.encode() + b"\n")
        lines.flush()
        for line in lines:
            answer = line.rstrip(b"\n").decode()
            print("From server:", answer)
            if is_last(answer):
                break


def ask_udp(address, text):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.sendto(text.encode(), address)
    while True:
        answer = sock.recv(65536).decode()
        print("From server:", answer)
        if is_last(answer):
            break


kind, what, *rest = sys.argv[1:]
if what == "serve":
    {"tcp": serve_tcp, "udp": serve_udp}[kind](int(rest[0]))
else:
    print("Enter string: ", end="", flush=True)
    {"tcp": ask_tcp, "udp": ask_udp}[kind]((rest[0], int(rest[1])), input())
