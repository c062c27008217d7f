#!/usr/bin/env python3
"""Submissions that mean harm: nothing of theirs reaches beyond their box, and what they write stays harmless in each report."""
import hashlib
import os
import pathlib
import socket
import stat
import subprocess
import sys
import uuid

sys.dont_write_bytecode = True
from lib import ROOT, Grading, Test, folder, run

SPEC = """\
spec: 1
name: hostile
title: Echoes lines
build: {command: make, makes: [server]}
programs:
  server: {run: ./server, args: "${port}", listens: tcp}
protocol: {framing: line, max: 1000}
peers:
  alice: {connects: server}
tests:
  - id: echo
    title: Echoes
    steps: [alice sends: "hello", alice gets: "hello"]
  - id: again
    title: Echoes again
    steps: [alice sends: "again", alice gets: "again"]
"""

# Answers with what %r is, and writes that to both outputs. Errors of its own do not count.
SERVER = """\
#!/usr/bin/env python3
import socket, sys
answer = %r
for stream in (sys.stdout, sys.stderr):
    stream.buffer.write(answer + b"\\n")
    stream.flush()
server = socket.create_server(("", int(sys.argv[1])))
while True:
    client, _ = server.accept()
    line = client.recv(100)
    client.sendall((answer or line.rstrip(b"\\n")) + b"\\n")
    client.close() if answer else None
"""

NASTY = {
    "controls": b"\x1b[2J\x1b]0;owned\x07\x1b[31m\x9b31m\r\x08\x7f\x00\x0b",
    "utf-8": b"\xff\xfe\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80 \xe2\x80\xae\xe2\x80\x8b\xc2\x85\xe2\x80\xa8",
    "xml": b"]]></failure><testcase name='x'/><![CDATA[ &amp; &#0; <!-- \xef\xbf\xbe",
    "commands": b"::error file=x::owned%0A::set-output name=a::b ##[group] \\u0000 \"},{",
}


def checksums(path):
    """{name: what it is}, without following anything."""
    found = {}
    for entry in sorted(path.rglob("*")):
        info = entry.lstat()
        content = b""
        if stat.S_ISREG(info.st_mode):
            content = entry.read_bytes()
        elif stat.S_ISLNK(info.st_mode):
            content = os.fsencode(os.readlink(entry))
        found[str(entry)] = (info.st_mode, info.st_mtime_ns, hashlib.sha256(content).hexdigest())
    return found


def is_harmless(text):
    """No control character but line feed and tab, and nothing that turns text round or is invisible."""
    return all(c in "\n\t" or (c.isprintable() and c not in "\u202e\u200b\u2028\x85") or c == " " for c in text)


def check_reports(t, name, path, place):
    files = [place / f"{name}.json", place / f"{name}.xml"]
    process = run("grade", place / "spec.yaml", path, "--json", files[0], "--junit", files[1], "--verbose")
    t.equal(process.returncode, 1, f"{name}: exit: {process.stderr!r}")
    for stream in (process.stdout, process.stderr):
        try:
            text = stream.decode("utf-8")
            t.check(is_harmless(text), f"{name}: raw characters: {[c for c in text if not is_harmless(c)][:20]!r}")
        except UnicodeDecodeError as error:
            t.check(False, f"{name}: the report is no UTF-8: {error}")
        t.check(not any(line.lstrip().startswith(b"::") for line in stream.split(b"\n")), f"{name}: a line begins with ::")
    found = subprocess.run([sys.executable, ROOT / "tests/e2e/validate.py", *files], capture_output=True, text=True)
    t.equal(found.returncode, 0, f"{name}: reports: {found.stdout}{found.stderr}")
    for file in files:
        # A reader may show what it decodes: JSON may hold any character escaped, raw ones not.
        t.check(is_harmless(file.read_text("utf-8")), f"{name}: {file.name} has raw controls")
    t.equal(file.read_text("utf-8").count("<testcase "), 3, f"{name}: build and tests in JUnit")


def plant(path, place):
    """Links and special files that lead elsewhere."""
    (path / "up").symlink_to("..")
    (path / "root").symlink_to("/")
    (path / "passwd").symlink_to("/etc/shadow")
    (path / "spec.yaml").symlink_to(place / "spec.yaml")
    (path / "loop").symlink_to("loop")
    (path / "gone").symlink_to("/no/such/place")
    (path / "deep").mkdir()
    (path / "deep/out").symlink_to("../../../../../../../../../etc")
    os.mkfifo(path / "fifo")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path / "socket"))
    listener.close()
    if os.geteuid() == 0:
        os.mknod(path / "device", stat.S_IFCHR | 0o666, os.makedev(1, 5))
    (path / "-rf").write_text("")
    (path / "$(touch owned)").write_text("")
    (path / "new\nline \x1b[31m").write_text("")
    os.close(os.open(os.fsencode(path) + b"/\xff\xfe", os.O_CREAT | os.O_WRONLY))


# Each line of it must fail; what succeeded is reported by the program, which then answers wrongly.
MAKEFILE = """\
server: always
\t-rm -f owned.txt
\t-(echo x > '{path}/owned') && echo 'wrote into the submission' >> owned.txt
\t-(echo x >> '{path}/server.py') && echo 'changed the submission' >> owned.txt
\t-cat '{place}/home/private' && echo 'read the home of who grades' >> owned.txt
\t-cat /etc/shadow && echo 'read shadow' >> owned.txt
\t-cat '{place}/secret' && echo 'read the spec' >> owned.txt
\t-python3 -c "import socket; socket.create_connection(('127.0.0.1', {port}), 2)" && echo 'reached the network' >> owned.txt
\t-kill -9 {pid} && echo 'killed the grader' >> owned.txt
\t-setsid sh -c 'sleep 1000 # {mark}' >/dev/null 2>&1 &
\t-(nohup sh -c 'while :; do sleep 1; done # {mark}' &) >/dev/null 2>&1
\tcp server.py server
always:
"""

MESSENGER = """\
#!/usr/bin/env python3
import os, socket, sys
told = open("owned.txt", "rb").read().replace(b"\\n", b"; ") if os.path.exists("owned.txt") else b""
server = socket.create_server(("", int(sys.argv[1])))
while True:
    client, _ = server.accept()
    client.sendall((told or client.recv(100).rstrip(b"\\n")) + b"\\n")
"""


def survivors(mark):
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if mark in pathlib.Path(f"/proc/{name}/cmdline").read_bytes():
                found.append(int(name))
        except OSError:
            pass
    return found


def check_build(t, place, level):
    path = place / f"build-{level}"
    mark = f"mark-{uuid.uuid4()}"
    (place / "home").mkdir(exist_ok=True)
    for file in (place / "secret", place / "home/private"):
        file.write_text("secret")
    (place / "secret").chmod(0o600)
    # Where there are no namespaces, who may read a file is up to its mode.
    (place / "home/private").chmod(0o644 if level == "full" else 0o600)
    listener = socket.create_server(("127.0.0.1", 0))
    text = MAKEFILE.format(path=path, place=place, port=listener.getsockname()[1], pid=os.getpid(), mark=mark)
    folder(path, {"Makefile": text, "server.py": MESSENGER})
    plant(path, place)
    before = checksums(path)
    process = run("grade", place / "spec.yaml", path, "--isolation", level, "--json", "-", env={**os.environ, "HOME": str(place / "home")})
    graded = Grading(process, process.stdout.decode())
    t.equal(graded.status, 0, f"{level}: exit: {graded}")
    listener.setblocking(False)
    try:
        listener.accept()
        t.check(False, f"{level}: the build reached the machine's network")
    except BlockingIOError:
        pass
    listener.close()
    t.equal(checksums(path), before, f"{level}: the submission was changed")
    t.check(not survivors(mark.encode()), f"{level}: the build's daemons live on: {survivors(mark.encode())}")


with Test() as t:
    t.work.chmod(0o755)
    (t.work / "spec.yaml").write_text(SPEC)
    for name, bytes_ in NASTY.items():
        path = folder(t.work / name, {"Makefile": "server:\n", "server": SERVER % bytes_})
        check_reports(t, name, path, t.work)
    for level in ("full", "uid") if os.geteuid() == 0 else ("full",):
        check_build(t, t.work, level)
