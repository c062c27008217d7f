#!/usr/bin/env python3
"""64 MiB go to a server and come back at once; the grader holds the spec's contents, and little more than that."""
import resource
import sys

sys.dont_write_bytecode = True
from lib import Test, folder, grade

MIB = 1 << 20
SPEC = """\
spec: 1
name: bulk
title: More than any buffer holds
programs:
  server: {run: ./server, args: "${port}", listens: tcp}
protocol: {framing: none}
peers:
  alice: {connects: server}
limits: {case-time: 120s}
tests:
  - id: both-ways
    title: All of it comes back
    steps:
      - alice sends: !repeat {text: "abcdefgh", times: 8388608}
        within: 60s
      - alice half-closes:
      - alice gets: !repeat {text: "ABCDEFGH", times: 8388608}
        within: 60s
      - alice gets end:
  - id: one-byte-is-wrong
    title: The last byte counts as the first
    steps:
      - alice sends: [!repeat {text: "abcdefgh", times: 1000000}, !raw "x"]
      - alice half-closes:
      - alice gets: [!repeat {text: "ABCDEFGH", times: 1000000}, !raw "Y"]
"""
SERVER = """\
#!/usr/bin/env python3
import socket, sys
listener = socket.create_server(("", int(sys.argv[1])))
while True:
    conn, _ = listener.accept()
    while data := conn.recv(65536):
        conn.sendall(data.upper())
    conn.close()
"""

with Test() as t:
    program = folder(t.work / "sub", {"server": SERVER})
    (t.work / "spec.yaml").write_text(SPEC)
    g = grade(t.work / "spec.yaml", program)
    verdicts = {name: test["verdict"] for name, test in g.tests().items()}
    t.equal(verdicts, {"both-ways": "pass", "one-byte-is-wrong": "fail"}, str(g))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    t.check(peak < (2 * 64 + 2 * 8 + 64) * MIB, f"a process of the grader took {peak // MIB} MiB")
