#!/usr/bin/env python3
# tlsd.py PORT CERT KEY [HOW]: sends back each message of a 16-bit length, reversed, inside of TLS.
#
# HOW is a mistake to make: silent (no close_notify), plain (no TLS at all), leaks (an answer beside TLS), hasty (takes
# the first read for the whole of a client's first words), own (a certificate of its own).
import socket
import ssl
import subprocess
import sys
import threading

how = sys.argv[4] if len(sys.argv) > 4 else ""
cert, key = sys.argv[2:4]
if how == "own":
    cert, key = "own-cert.pem", "own-key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost",
                    "-keyout", key, "-out", cert], check=True, stderr=subprocess.DEVNULL)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
context.load_cert_chain(cert, key)


def take(client, n):
    data = b""
    while len(data) < n:
        part = client.recv(n - len(data))
        if not part:
            return None
        data += part
    return data


def serve(raw):
    client = raw
    try:
        if how == "hasty":
            head = raw.recv(65536, socket.MSG_PEEK)
            if len(head) < 5 + int.from_bytes(head[3:5], "big"):
                raise OSError("this is no client's first word")
        if how != "plain":
            client = context.wrap_socket(raw, server_side=True, suppress_ragged_eofs=False)
        while head := take(client, 2):
            answer = head + take(client, int.from_bytes(head, "big"))[::-1]
            if how == "leaks":
                socket.socket(fileno=client.fileno()).send(answer)
            client.sendall(answer)
        if how in ("", "hasty"):
            client.unwrap()
    except (OSError, TypeError) as error:
        print(error, file=sys.stderr)
    client.close()


server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("", int(sys.argv[1])))
server.listen(64)
while True:
    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
