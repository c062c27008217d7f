#!/usr/bin/env python3
"""stages.py ask HOST PORT | serve PORT"""
import random
import socket
import struct
import sys
import threading

SID = 456


def packet(secret, step, payload):
    return struct.pack("!IIHH", len(payload), secret, step, SID) + payload + bytes(-len(payload) % 4)


def unpack(data, secret, step):
    """The payload of a whole packet, or None where it is not what was expected."""
    if len(data) < 12:
        return None
    size, s, st, sid = struct.unpack("!IIHH", data[:12])
    if len(data) != 12 + size + -size % 4 or (s, st, sid) != (secret, step, SID):
        return None
    return data[12:12 + size]


def read_all(conn, n):
    data = b""
    while len(data) < n:
        part = conn.recv(n - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def read_packet(conn, secret, step):
    head = read_all(conn, 12)
    size = struct.unpack("!I", head[:4])[0]
    return unpack(head + read_all(conn, size + -size % 4), secret, step)


def ask(host, port):
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.sendto(packet(0, 1, b"hello world\0"), (host, port))
    num, size, port, secret = struct.unpack("!IIII", unpack(udp.recv(1500), 0, 2))
    udp.settimeout(0.5)
    for i in range(num):
        acked = None
        while acked != i:
            udp.sendto(packet(secret, 1, struct.pack("!I", i) + bytes(size)), (host, port))
            try:
                acked = struct.unpack("!I", unpack(udp.recv(1500), secret, 2))[0]
            except socket.timeout:
                pass
    udp.settimeout(None)
    port, secret = struct.unpack("!II", unpack(udp.recv(1500), secret, 2))
    conn = socket.create_connection((host, port))
    num, size, new, char = struct.unpack("!III1s", read_packet(conn, secret, 2))
    for _ in range(num):
        conn.sendall(packet(new, 1, char * size))
    print(struct.unpack("!I", read_packet(conn, new, 2))[0])


def secret():
    return random.randrange(1, 1 << 32)


def lead(door, to):
    """One client's stages, from its second on."""
    packets = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    packets.bind(("", 0))
    num, size, a, b, c = random.randrange(5, 15), random.randrange(1, 40), secret(), secret(), secret()
    door.sendto(packet(0, 2, struct.pack("!IIII", num, size, packets.getsockname()[1], a)), to)
    lost = random.randrange(num)
    for i in range(num):
        while True:
            data, to = packets.recvfrom(1500)
            payload = unpack(data, a, 1)
            if payload is None or len(payload) != size + 4:
                continue
            if payload[:4] == struct.pack("!I", i):
                if i == lost:
                    lost = -1
                    continue
                packets.sendto(packet(a, 2, payload[:4]), to)
                break
    listener = socket.create_server(("", 0))
    packets.sendto(packet(a, 2, struct.pack("!II", listener.getsockname()[1], b)), to)
    conn = listener.accept()[0]
    char = random.choice(b"abc-")
    conn.sendall(packet(b, 2, struct.pack("!IIIB", num, size, c, char)))
    for i in range(num):
        if read_packet(conn, c, 1) != bytes([char]) * size:
            conn.close()
            return
    conn.sendall(packet(c, 2, struct.pack("!I", secret())))
    conn.close()


def serve(port):
    door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    door.bind(("", port))
    while True:
        data, to = door.recvfrom(1500)
        if unpack(data, 0, 1) == b"hello world\0":
            threading.Thread(target=lead, args=(door, to), daemon=True).start()


if sys.argv[1] == "ask":
    ask(sys.argv[2], int(sys.argv[3]))
else:
    serve(int(sys.argv[2]))
