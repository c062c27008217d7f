#!/usr/bin/env python3
"""The same verdicts at every level of isolation, as root, as an ordinary user, and where a container forbids namespaces."""
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
from lib import ASSIGNMENTS, SOCKGRADE, Grading, Test, first_finding

# mutant: (its diagnosis, one test that it fails)
MUTANTS = {
    "one-read-one-message": ("one-read-one-message", "any-split"),
    "sequential-server": ("sequential-server", "coalesced-tail"),
    "missing-htons": ("missing-htons", "basic"),
    "crashed": ("crashed", "malformed"),
}
NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]


class Place:
    """A copy of grader and assignments that everybody may read, for gradings by somebody else."""

    def __init__(self, work):
        self.work = work
        work.chmod(0o755)
        shutil.copy(SOCKGRADE, work / "sockgrade")
        for name in ("framed", "udp-upper"):
            shutil.copytree(ASSIGNMENTS / name, work / name)

    def grade(self, prefix, folder, *options):
        spec = self.work / folder.split("/")[0] / "spec.yaml"
        environment = {**os.environ, "TMPDIR": "/tmp", "HOME": "/nonexistent"}
        process = subprocess.run([*prefix, self.work / "sockgrade", "grade", spec, self.work / folder, "--json", "-", *options],
                                 stdin=subprocess.DEVNULL, capture_output=True, timeout=100, env=environment, cwd="/")
        return Grading(process, process.stdout.decode() if process.stdout.startswith(b"{") else None)


def check_solution(t, place, who, prefix, level, *options):
    for folder in ("framed/solution", "udp-upper/solution"):
        got = place.grade(prefix, folder, *options)
        if t.check(got.status == 0 and got.result["score"] == got.result["max"], f"{who}: {folder} at {level}: {got}"):
            t.equal(got.result["isolation"]["level"], level, f"{who}: level")


def check_mutants(t, place, who, prefix, level, *options):
    for mutant, (diagnosis, test) in MUTANTS.items():
        got = place.grade(prefix, f"framed/mutants/{mutant}", *options)
        failed = got.tests("fail")
        if t.check(got.status == 1 and test in failed, f"{who}: {mutant} at {level}: {got}"):
            t.equal(first_finding(failed[test]), diagnosis, f"{who}: diagnosis of {mutant} at {level}")
            t.equal(got.result["ungraded"], False, f"{who}: ungraded")


def refused(t, place, who, prefix, level):
    got = place.grade(prefix, "framed/solution", "--isolation", level)
    t.equal(got.status, 4, f"{who}: exit at {level}")
    t.check(level.encode() in got.err and b"isolation" in got.err, f"{who}: {level} is not to be had: {got.err!r}")
    t.check(got.err.count(b"\n") == 1, f"{who}: more than a line about {level}: {got.err!r}")


with Test() as t:
    place = Place(t.work)
    if os.geteuid() != 0:
        check_solution(t, place, "an ordinary user", [], "basic", "--isolation", "basic")
        check_mutants(t, place, "an ordinary user", [], "basic", "--isolation", "basic")
        refused(t, place, "an ordinary user", [], "uid")
        sys.exit(int(t.failures > 0))

    for level in ("full", "uid", "basic"):
        check_solution(t, place, "root", [], level, "--isolation", level)
    check_solution(t, place, "root", [], "full")

    for level in ("full", "basic"):
        check_solution(t, place, "nobody", NOBODY, level, "--isolation", level)
        check_mutants(t, place, "nobody", NOBODY, level, "--isolation", level)
    refused(t, place, "nobody", NOBODY, "uid")

    dockerish = f"{os.path.dirname(SOCKGRADE)}/tests/helpers/dockerish"
    if not os.access(dockerish, os.X_OK):
        print(f"{dockerish} is not built")
        t.failures += 1
        sys.exit(1)
    check_solution(t, place, "container", [dockerish], "uid")
    check_mutants(t, place, "container", [dockerish], "uid")
    # Clients whose time-outs show in no system call: of their sockets, and by a signal.
    for folder in ("udp-upper/others/c-blocking", "udp-upper/others/c-alarm"):
        got = place.grade([dockerish], folder)
        t.check(got.status == 0 and got.result["score"] == got.result["max"], f"container: {folder}: {got}")
    refused(t, place, "container", [dockerish], "full")
    facts = {f["name"]: f for f in place.grade([dockerish], "udp-upper/solution").result["isolation"]["facts"]}
    t.check(not facts["net"]["granted"] and facts["net"]["cause"] and facts["net"]["cure"], f"container: facts: {facts}")
    t.check(facts["uid"]["granted"], f"container: facts: {facts}")
