#!/usr/bin/env python3
"""A program that is ended for using too much is told what it used too much of."""
import json
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
from lib import ROOT, SOCKGRADE, Test, first_finding, folder, grade

SPEC = """\
spec: 1
name: limits
title: Programs that want too much
build: make
programs:
  server: {run: ./server, args: "${port}", listens: tcp}
protocol: {framing: line, max: 100}
peers:
  alice: {connects: server}
limits: {processes: 30, memory: 100MiB, output: 1MiB, disk: 8MiB, cpu: 1s}
tests:
"""
TEST = """\
  - id: %s
    title: Goes over a limit
    steps:
      - alice sends: "%s"
      - alice gets: "%s"
        within: 30s
"""
LIMITS = {"spin": "cpu", "eat": "memory", "flood-out": "output", "flood-err": "output", "fill": "disk"}



def check(t, tests, word, limit):
    if t.check(word in tests, f"{word}: did not fail"):
        finding = tests[word]["findings"][:1]
        t.equal(first_finding(tests[word]), "killed-by-limit", word)
        t.check(finding and finding[0]["evidence"].endswith(f": {limit}"), f"{word}: not for {limit}: {finding}")


def check_processes(t, place):
    """Mostly the kernel counts them, and fork fails. Where it cannot, for they run as who grades, the grader does.
    Forking takes CPU time, of which there must be enough on a busy machine, or that limit is the first to be met."""
    shutil.copy(SOCKGRADE, place / "sockgrade")
    spec = (place / "spec.yaml").read_text()
    (place / "spec.yaml").write_text(spec.replace("cpu: 1s", "cpu: 60s"))
    command = [place / "sockgrade", "grade", place / "spec.yaml", place / "program", "--isolation", "basic", "--test", "breed", "--json", "-"]
    other = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
    process = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=100, env={**os.environ, "HOME": "/tmp", "TMPDIR": "/tmp"}, **other)
    if t.check(process.stdout.startswith(b"{"), f"breed: {process.stderr[:500]!r}"):
        check(t, {test["id"]: test for test in json.loads(process.stdout)["tests"]}, "breed", "processes")


with Test() as t:
    t.work.chmod(0o755)
    (t.work / "spec.yaml").write_text(SPEC + "".join(TEST % (word, word, word) for word in [*LIMITS, "breed"]))
    path = folder(t.work / "program", {
        "server.c": (ROOT / "tests/e2e/bad/server.c").read_text(),
        "Makefile": "server: server.c\n\t$(CC) -o $@ server.c\n",
    })
    graded = grade(t.work / "spec.yaml", path)
    for word, limit in LIMITS.items():
        check(t, graded.tests("fail"), word, limit)
    check_processes(t, t.work)
