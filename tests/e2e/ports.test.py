#!/usr/bin/env python3
"""Ports that stand in programs, where the network is shared: as root, as an ordinary user, in a container; several gradings
at once, and ports that others have already. Where they cannot be exchanged, a test is excused or played, never failed."""
import os
import shutil
import socket
import subprocess
import sys

sys.dont_write_bytecode = True
from lib import ROOT, SOCKGRADE, Grading, Test, first_finding

WILD = ROOT / "tests/e2e/wild"
DOCKERISH = f"{os.path.dirname(SOCKGRADE)}/tests/helpers/dockerish"
NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
AT_8088 = """spec: 1
name: at-8088
build: make
programs:
  server: {run: ./server, listens: tcp, port: 8088}
protocol: {framing: line}
peers:
  alice: {connects: server}
tests:
  - id: basic
    examples:
      - {line: one, answer: eno}
      - {line: two, answer: owt}
    steps:
      - alice sends: "${line}"
      - alice gets: "${answer}"
"""


def submission(t, name, source):
    """A folder that everybody may read, with one source file as its server."""
    folder = t.work / name
    folder.mkdir()
    if source.suffix == ".c":
        shutil.copy(WILD / "reverse.h", folder)
        shutil.copy(source, folder)
        (folder / "Makefile").write_text(f"server:\n\tcc -O1 -o server {source.name}\n")
    else:
        shutil.copy(source, folder / "server")
        (folder / "server").chmod(0o755)
        (folder / "Makefile").write_text("server:\n")
    return folder


def start(t, prefix, spec, folder, *options):
    environment = {**os.environ, "TMPDIR": "/tmp", "HOME": "/nonexistent"}
    return subprocess.Popen([*prefix, t.work / "sockgrade", "grade", spec, folder, "--json", "-", *options], env=environment,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/")


def end(process):
    out, err = process.communicate(timeout=100)
    done = subprocess.CompletedProcess(process.args, process.returncode, out, err)
    return Grading(done, out.decode() if out.startswith(b"{") else None)


def grade(t, prefix, spec, folder, *options):
    return end(start(t, prefix, spec, folder, *options))


def full_marks(t, got, what):
    t.check(got.status == 0 and got.result["score"] == got.result["max"] > 0 and not got.tests("excused"), f"{what}: {got}")


def check_place(t, who, prefix, *options):
    """Right ones, a wrong one, and two right ones at once."""
    spec = WILD / "fixed/spec.yaml"
    for name in ("python", "c"):
        full_marks(t, grade(t, prefix, spec, t.work / name, *options), f"{who}: {name}")
    got = grade(t, prefix, spec, t.work / "no-htons", *options)
    failed = got.tests("fail")
    if t.check("basic" in failed, f"{who}: no-htons: {got}"):
        t.equal(first_finding(failed["basic"]), "missing-htons", f"{who}: no-htons")
    both = [start(t, prefix, spec, t.work / name, *options) for name in ("python", "c", "python")]
    for process in both:
        full_marks(t, end(process), f"{who}: at once")


def check_host_name(t, who, *options):
    """A server at the address that a machine's own name has, which is not always 127.0.0.1."""
    full_marks(t, grade(t, [], t.work / "at-8088.yaml", t.work / "host-name", *options), f"{who}: at the name's address")


def check_excuses(t):
    """Neither a network of its own nor a way to exchange ports."""
    prefix = [DOCKERISH, "-s"]
    got = grade(t, prefix, WILD / "fixed/spec.yaml", t.work / "python")
    excused = got.tests("excused")
    if t.check("basic" in excused and got.result["provisional"], f"port 80: {got}"):
        t.check("port 80" in excused["basic"]["reason"], f"port 80: {excused['basic']['reason']}")
        t.equal(got.result["score"], 0, "port 80: score")
        t.equal(got.result["max"], 0, "port 80: max")

    spec = t.work / "at-8088.yaml"
    full_marks(t, grade(t, prefix, spec, t.work / "at-8088"), "8088 is free")
    with socket.create_server(("127.0.0.1", 8088)):
        got = grade(t, prefix, spec, t.work / "at-8088")
        t.check("basic" in got.tests("excused"), f"8088 is taken: {got}")
        full_marks(t, grade(t, [DOCKERISH], spec, t.work / "at-8088"), "8088 is taken, and exchanged")


with Test() as t:
    t.work.chmod(0o755)
    shutil.copy(SOCKGRADE, t.work / "sockgrade")
    submission(t, "python", WILD / "fixed/right/threads.py")
    submission(t, "c", WILD / "fixed/right/getsockname.c")
    submission(t, "no-htons", WILD / "fixed/wrong/no-htons.c")
    (submission(t, "at-8088", WILD / "ports/wrong/hard-coded-high.py") / "server").write_text(
        (WILD / "ports/wrong/hard-coded-high.py").read_text().replace("50007", "8088"))
    (t.work / "at-8088.yaml").write_text(AT_8088)

    (submission(t, "host-name", WILD / "ports/wrong/hard-coded-high.py") / "server").write_text(
        (WILD / "ports/wrong/hard-coded-high.py").read_text().replace('("", 50007)', '("127.0.1.1", 8088)'))
    check_host_name(t, "basic", "--isolation", "basic")
    check_place(t, "basic", [], "--isolation", "basic")
    if os.geteuid() == 0:
        check_host_name(t, "full", "--isolation", "full")
        check_place(t, "uid", [], "--isolation", "uid")
        check_place(t, "nobody", NOBODY, "--isolation", "basic")
        check_place(t, "container", [DOCKERISH])
        check_excuses(t)
