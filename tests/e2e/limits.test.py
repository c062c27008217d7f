#!/usr/bin/env python3
"""A program that is ended for using too much is told what it used too much of."""
import sys

sys.dont_write_bytecode = True
from lib import ROOT, Test, first_finding, folder, grade

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
limits: {memory: 100MiB, output: 1MiB, disk: 8MiB, cpu: 1s}
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

with Test() as t:
    t.work.chmod(0o755)
    (t.work / "spec.yaml").write_text(SPEC + "".join(TEST % (word, word, word) for word in LIMITS))
    path = folder(t.work / "program", {
        "server.c": (ROOT / "tests/e2e/bad/server.c").read_text(),
        "Makefile": "server: server.c\n\t$(CC) -o $@ server.c\n",
    })
    graded = grade(t.work / "spec.yaml", path)
    t.equal(graded.status, 1, f"exit: {graded}")
    tests = graded.tests("fail")
    t.equal(sorted(tests), sorted(LIMITS), f"all fail: {graded}")
    for word, limit in LIMITS.items():
        if word in tests:
            t.equal(first_finding(tests[word]), "killed-by-limit", word)
            t.check(tests[word]["findings"] and tests[word]["findings"][0]["evidence"].endswith(f": {limit}"),
                    f"{word}: says another limit than {limit}: {tests[word]['findings']}")
