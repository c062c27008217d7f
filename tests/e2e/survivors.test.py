#!/usr/bin/env python3
"""Programs that misbehave are held to their limits, and nothing outlives a grading: not even one that was killed."""
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid

sys.dont_write_bytecode = True
from lib import ROOT, SOCKGRADE, Test, first_finding

BAD = ROOT / "tests/e2e/bad"
MEMORY_MAX = 150 << 20
DEADLINE = 30
# What ends with which verdict and diagnosis; None: either is fine.
EXPECTED = {
    "good": ("pass", None),
    "daemonize": (None, None),
    "ignore-signals": ("pass", None),
    "breed": (None, None),  # the kernel refuses to fork at some point, and the program may well go on
    "flood-out": ("fail", "killed-by-limit"),
    "flood-err": ("fail", "killed-by-limit"),
    "eat": ("fail", "killed-by-limit"),
    "fill": ("fail", None),
    "spin": ("fail", None),
    "good-again": ("pass", None),
}


def processes():
    """{pid: (parent, command name, command line)}"""
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", "rb") as stat, open(f"/proc/{name}/cmdline", "rb") as line:
                comm, rest = stat.read().split(b"(", 1)[1].rsplit(b")", 1)
                found[int(name)] = (int(rest.split()[1]), comm, line.read())
        except OSError:
            pass
    return found


def marked(mark):
    return {pid for pid, (_, _, line) in processes().items() if mark in line}


def descendants(root):
    table, found, queue = processes(), set(), [root]
    while queue:
        parent = queue.pop()
        below = {pid for pid, row in table.items() if row[0] == parent} - found
        found |= below
        queue += below
    return found


def until(condition):
    """Polls for a fact; False when it does not come."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def peak_memory(pid):
    try:
        with open(f"/proc/{pid}/status") as status:
            return next((int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM:")), 0)
    except OSError:
        return 0


class Case:
    def __init__(self, work, level, doze):
        self.dir = work / f"{level}-{doze}"
        self.dir.mkdir()
        self.mark = f"mark-{uuid.uuid4()}".encode()
        self.spec = self.dir / "spec.yaml"
        text = (BAD / "spec.yaml").read_text().replace("MARK", self.mark.decode()).replace("DOZE", doze)
        self.spec.write_text(text)
        self.folder = self.dir / "folder"
        self.folder.mkdir()
        shutil.copy(BAD / "server.c", self.folder)
        (self.folder / "Makefile").write_text("server: server.c\n\tcc -O1 -o server server.c\n")
        self.level = level

    def start(self, *options):
        return subprocess.Popen([SOCKGRADE, "grade", self.spec, self.folder, "--isolation", self.level,
                                 "--json", self.dir / "result.json", "--quiet", *options], stdin=subprocess.DEVNULL)

    def result(self):
        return json.loads((self.dir / "result.json").read_text())


def watch_memory(grader):
    """Its own and that of what it forks for itself, to its end."""
    most, end = 0, time.monotonic() + 100
    while grader.poll() is None and time.monotonic() < end:
        own = {pid for pid in descendants(grader.pid) if processes().get(pid, (0, b"", b""))[1].startswith(b"sockgrade")}
        most = max([most, *map(peak_memory, own | {grader.pid})])
        time.sleep(0.02)
    if grader.poll() is None:
        grader.kill()
    grader.wait()
    return most


def check_misbehaviour(t, level):
    case = Case(t.work, level, "1s")
    began = time.monotonic()
    grader = case.start()
    most = watch_memory(grader)
    took = time.monotonic() - began
    if not t.equal(grader.returncode, 1, f"{level}: exit"):
        return
    t.check(most < MEMORY_MAX, f"{level}: the grader used {most >> 20} MiB")
    t.check(took < 60, f"{level}: it took {took:.0f} s")
    t.check(until(lambda: not marked(case.mark)), f"{level}: still there: {marked(case.mark)}")
    for test in case.result()["tests"]:
        verdict, diagnosis = EXPECTED.get(test["id"], (None, None))
        what = f"{level}: {test['id']}: {test['verdict']}, {test['headline']}, {test['reason']}, {first_finding(test)}"
        t.check(test["verdict"] == verdict or (verdict is None and test["verdict"] in ("pass", "fail")), what)
        t.check(diagnosis is None or first_finding(test) == diagnosis, what)


def check_killed(t, level):
    case = Case(t.work, level, "25s")
    grader = case.start("--test", "doze")
    # Two of them: the program, and the daemon that it started.
    there = until(lambda: len(marked(case.mark)) >= 2 or grader.poll() is not None)
    t.check(there and grader.poll() is None, f"{level}: the program was never seen to run")
    started = descendants(grader.pid) | marked(case.mark)
    grader.send_signal(signal.SIGKILL)
    grader.wait()
    t.check(until(lambda: not marked(case.mark)), f"{level}: outlived the grader: {marked(case.mark)}")
    t.check(until(lambda: not started & set(processes())), f"{level}: outlived the grader: {started & set(processes())}")


with Test() as t:
    levels = ("full", "uid", "basic") if os.geteuid() == 0 else ("basic",)
    t.work.chmod(0o755)
    for level in levels:
        check_killed(t, level)
    for level in levels:
        check_misbehaviour(t, level)
