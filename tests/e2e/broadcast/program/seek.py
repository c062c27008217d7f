#!/usr/bin/env python3
# seek.py SERVICE PORT BROADCAST [HOW]: asks everybody who offers a service, and prints what answers within half a second.
# Ends with 2 when nobody does.
#
# HOW is a mistake to make: forbidden (no SO_BROADCAST), one (asks 127.0.0.1 alone), first (takes one answer).
import socket
import sys
import time

service, port, everybody = sys.argv[1], int(sys.argv[2]), sys.argv[3]
how = sys.argv[4] if len(sys.argv) > 4 else ""
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
if how != "forbidden":
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.sendto(f"WHO {service}\n".encode(), ("127.0.0.1" if how == "one" else everybody, port))
found, end = set(), time.monotonic() + 0.5
while (left := end - time.monotonic()) > 0:
    s.settimeout(left)
    try:
        data, (host, _) = s.recvfrom(1000)
    except OSError:
        break
    word = data.decode().split()
    if len(word) == 3 and word[:2] == ["HERE", service]:
        found.add(f"{host}:{word[2]}")
    if how == "first":
        break
for line in sorted(found):
    print(line)
sys.exit(0 if found else 2)
