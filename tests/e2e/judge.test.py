#!/usr/bin/env python3
"""Saved records, judged again without processes, give the verdict that the grading gave."""
import sys

sys.dont_write_bytecode = True
from lib import ASSIGNMENTS, Test, grade, run

MUTANTS = {
    "framed": ["one-read-one-message", "sequential-server", "sigpipe-death", "missing-htons"],
    "udp-upper": ["addrlen-unset", "no-receive-timeout"],
}


def records_of(folder, test):
    return sorted(folder.glob(f"{test}-*.record"), key=lambda path: int(path.stem.rsplit("-", 1)[1]))


def check(t, spec, name, folder, test):
    records = [path for path in records_of(folder, test["id"]) if path.stem.rsplit("-", 1)[0] == test["id"]]
    if not t.check(records, f"{name}: no records of {test['id']}"):
        return
    again = run("judge", spec, *records)
    out = " ".join(again.stdout.decode().split())
    t.equal(again.returncode, 0 if test["verdict"] == "pass" else 1, f"{name}: exit of judging {test['id']}: {again.stderr!r}")
    if test["verdict"] == "fail":
        t.check(" ".join(test["headline"].split()) in out, f"{name}: judging {test['id']} lacks “{test['headline']}”: {out}")
        for finding in test["findings"]:
            t.check(finding["diagnosis"] in out, f"{name}: judging {test['id']} lacks {finding['diagnosis']}: {out}")
    if len(records) > 1 and test["verdict"] == "fail":
        few = run("judge", spec, records[0])
        t.check(few.returncode in (1, 2), f"{name}: judging {test['id']} by its first record: exit {few.returncode}")


with Test() as t:
    for assignment, mutants in MUTANTS.items():
        spec = ASSIGNMENTS / assignment / "spec.yaml"
        for mutant in [*(f"mutants/{m}" for m in mutants), "solution"]:
            folder = t.work / assignment / mutant
            folder.mkdir(parents=True)
            first = grade(spec, ASSIGNMENTS / assignment / mutant, "--records", folder)
            for test in first.result["tests"]:
                if test["verdict"] in ("pass", "fail"):
                    check(t, spec, mutant, folder, test)

    # What is no record is refused, and harms nobody.
    record = records_of(t.work / "framed/mutants/missing-htons", "basic")[0]
    whole = record.read_bytes()
    for bad in (b"", b"x" * 5000, whole[:len(whole) // 2], whole[:40] + bytes(200) + whole[240:], b"\xff" * 64 + whole):
        path = t.work / "bad.record"
        path.write_bytes(bad)
        judged = run("judge", ASSIGNMENTS / "framed/spec.yaml", path)
        t.check(judged.returncode in (1, 2, 4), f"a bad record of {len(bad)} bytes: exit {judged.returncode}: {judged.stderr!r}")
    judged = run("judge", ASSIGNMENTS / "udp-upper/spec.yaml", *records_of(t.work / "framed/mutants/one-read-one-message", "every-cut"))
    t.check(judged.returncode in (1, 2, 4), f"a record of another spec: exit {judged.returncode}: {judged.stderr!r}")
