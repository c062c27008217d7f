#!/usr/bin/env python3
"""pinger.py ping HOST PORT | pong PORT"""
import socket
import sys
import time


def ping(server):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    rtts = []
    for seq in range(1, 11):
        sent = time.time()
        message = f"Ping {seq} {sent:.6f}"
        sock.sendto(message.encode(), server)
        while True:
            left = sent + 1 - time.time()
            try:
                if left <= 0:
                    raise socket.timeout
                sock.settimeout(left)
                answer = sock.recv(2048)
            except socket.timeout:
                print("Request timed out", flush=True)
                break
            if answer.decode() == message.upper():
                rtts.append(time.time() - sent)
                print(f"Reply {seq} rtt {rtts[-1]:.6f}", flush=True)
                break
    print(f"{10 - len(rtts)} of 10 lost")


def pong(port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("", port))
    while True:
        message, client = sock.recvfrom(2048)
        sock.sendto(message.upper(), client)


if sys.argv[1] == "ping":
    ping((sys.argv[2], int(sys.argv[3])))
else:
    pong(int(sys.argv[2]))
