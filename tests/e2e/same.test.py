#!/usr/bin/env python3
"""Two gradings of one submission with one seed differ in nothing but times."""
import sys

sys.dont_write_bytecode = True
from lib import ASSIGNMENTS, Test, grade

TIMES = {"started", "took_ns", "how", "cpu_ns", "spun_cpu_ns", "ready_after_ns", "next_timer_ns"}
# What the kernel said at one moment, when a program may have been about to read, or on its way out.
MOMENTS = {"facts"}
MUTANTS = {
    "framed": ["one-read-one-message", "drops-tail", "crashed", "accepts-once", "exited-early", "sequential-server"],
    "udp-upper": ["ignores-empty", "answers-first-client"],
}


def flat(value, path=""):
    """{path: leaf}, without times and moments."""
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    else:
        return {path: value}
    found = {}
    for key, below in items:
        if key not in TIMES | MOMENTS:
            found.update(flat(below, f"{path}/{key}"))
    return found


def differences(a, b):
    a, b = flat(a), flat(b)
    return [f"{path}: {a.get(path)!r}, then {b.get(path)!r}" for path in {**a, **b} if a.get(path) != b.get(path)]


with Test() as t:
    for assignment, mutants in MUTANTS.items():
        for mutant in mutants:
            spec, folder = ASSIGNMENTS / assignment / "spec.yaml", ASSIGNMENTS / assignment / "mutants" / mutant
            first, again = (grade(spec, folder, "--seed", "7") for _ in range(2))
            for line in differences(first.result, again.result):
                t.check(False, f"{mutant}: {line}")
            t.equal(first.result["seed"], "7", "seed")

    # Whatever runs beside it changes nothing either.
    spec, folder = ASSIGNMENTS / "framed/spec.yaml", ASSIGNMENTS / "framed/mutants/one-read-one-message"
    for line in differences(grade(spec, folder, "--jobs", "1").result, grade(spec, folder, "--jobs", "8").result):
        t.check(False, f"1 and 8 jobs: {line}")
