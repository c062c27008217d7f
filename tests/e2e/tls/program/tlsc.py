#!/usr/bin/env python3
# tlsc.py HOST PORT CA [HOW]: sends "abc", and prints what comes, up to its end. Exits with 4 when the server is not whom it
# should be, and with 3 when the end was not announced.
#
# HOW is once, to end after one answer, or a mistake to make: trusting (checks nothing), silent (no close_notify).
import os
import socket
import ssl
import sys

host, port, authority = sys.argv[1:4]
how = sys.argv[4] if len(sys.argv) > 4 else ""
context = ssl.create_default_context(cafile=authority)
context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
if how == "trusting":
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
try:
    server = context.wrap_socket(socket.create_connection((host, int(port))), server_hostname=host,
                                 suppress_ragged_eofs=False)
    server.sendall(b"\0\3abc")
    data = b""
    while part := server.recv(100):
        data += part
        if how == "once" and len(data) == 5:
            break
    print(data[2:].decode())
    if how == "silent":
        os._exit(0)
    server.unwrap()
except ssl.SSLCertVerificationError as error:
    print(error, file=sys.stderr)
    sys.exit(4)
except ssl.SSLError as error:
    print(error, file=sys.stderr)
    sys.exit(3)
