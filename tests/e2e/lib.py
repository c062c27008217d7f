"""What the end-to-end tests in Python share. $SOCKGRADE is the grader to test."""

import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOCKGRADE = os.environ["SOCKGRADE"]
ASSIGNMENTS = ROOT / "assignments"


class Test:
    """Gathers what is wrong, so that one run shows all of it; owns a temporary folder."""

    def __init__(self):
        self.failures = 0
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="sockgrade-e2e-"))

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        shutil.rmtree(self.work, ignore_errors=True)
        if kind is None:
            sys.exit(int(self.failures > 0))

    def check(self, fine, what):
        if not fine:
            self.failures += 1
            print(what)
        return bool(fine)

    def equal(self, got, wanted, what):
        return self.check(got == wanted, f"{what}: {got!r} instead of {wanted!r}")


class Grading:
    def __init__(self, process, text):
        self.status, self.out, self.err = process.returncode, process.stdout, process.stderr
        self.text = text
        self.result = json.loads(text) if text else None

    def tests(self, verdict=None):
        """{id: test}, of this verdict or of any; none where nothing was graded."""
        tests = self.result["tests"] if self.result else []
        return {t["id"]: t for t in tests if verdict in (None, t["verdict"])}

    def __str__(self):
        failed = [(t["id"], t["verdict"], t["headline"] or t["reason"]) for t in self.result["tests"]
                  if t["verdict"] != "pass"] if self.result else []
        return f"exit {self.status}, {failed}, {self.err[:500]!r}"


def run(*arguments, timeout=100, **more):
    """The grader as anybody starts it. Ends it after the time-out, which is a failure of the test."""
    return subprocess.run([SOCKGRADE, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, **more)


def grade(spec, folder, *options, **more):
    """Grades with the result on the standard output."""
    process = run("grade", spec, folder, "--json", "-", *options, **more)
    return Grading(process, process.stdout.decode() if process.stdout.startswith(b"{") else None)


def first_finding(test):
    return test["findings"][0]["diagnosis"] if test["findings"] else None


def replay_words(test):
    """The arguments that the result says play the failed case again."""
    return shlex.split(test["replay"])


def folder(path, files):
    """Makes a submission from {name: text}. Names that are no Makefile may be executed when they begin with #!."""
    path.mkdir(parents=True)
    for name, text in files.items():
        (path / name).write_text(text)
        if text.startswith("#!"):
            (path / name).chmod(0o755)
    return path
