#!/usr/bin/env python3
"""client.py HOST PORT same|anew|other: asks three times at once, and waits for the answer to the first."""
import socket
import sys

server = sys.argv[1], int(sys.argv[2])
asked = []
for i in range(3):
    if not asked or sys.argv[3] == "anew":
        asked.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    asked[-1].sendto(b"bye" if i == 2 and sys.argv[3] == "other" else b"hello", server)
sys.exit(asked[0].recv(100) != b"HELLO")
