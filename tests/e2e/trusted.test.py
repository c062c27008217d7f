#!/usr/bin/env python3
"""The assignment's own programs are the other side of a pair: out of the student's reach, and no fault of theirs."""
import os
import shutil
import sys

sys.dont_write_bytecode = True
from lib import ROOT, Test, first_finding, grade

SOURCE = ROOT / "tests/e2e/trusted"
CROSSED = {"sends", "receives", "apart"}
ALL = CROSSED | {"alone", "itself"}


def graded(assignment, *options):
    return grade(assignment / "spec.yaml", SOURCE / "solution", *options)


def passes(t, what, assignment, wanted, *options):
    g = graded(assignment, *options)
    t.equal(set(g.tests("pass")), wanted, f"{what}: passed ({g})")
    return g


def assignment(t, name, with_solution):
    """A copy of the assignment whose own programs are made in another way; None: it comes without them."""
    path = t.work / name
    shutil.copytree(SOURCE, path)
    if with_solution is None:
        shutil.rmtree(path / "solution")
    else:
        makefile = path / "solution/Makefile"
        makefile.write_text(makefile.read_text().replace("-O1", "-O1 " + with_solution))
    return path


def spies(place):
    return f"make WITH='-DSPIES=\"\\\"{place}\\\"\"'"


def at_level(t, level):
    options = ("--isolation", level)
    passes(t, f"{level}, right", SOURCE, ALL, *options)
    # Both halves make the same mistake, which only the assignment's own side tells from what is right.
    g = passes(t, f"{level}, swapped", SOURCE, ALL - CROSSED, *options, "--build", "make WITH=-DSWAPPED")
    t.check("assignment's own program “ref_sender”" in g.tests()["receives"]["headline"], f"{level}: whose program it was: {g}")
    # At level uid, the folder of the spec is as its owner has left it; those where the programs run are closed.
    place = SOURCE / "solution" if level == "full" else "../../built-1"
    g = graded(SOURCE, *options, "--build", spies(place))
    t.equal(set(g.tests("pass")) - {"alone"}, ALL - {"alone"}, f"{level}, spies: passed ({g})")
    # What shares its box can be ended, but where Landlock keeps one program's signals from another.
    t.check(level != "full" or "SIGKILL" in g.tests()["alone"]["headline"], f"{level}: spies end nobody: {g}")


def by_datagrams(t):
    path = t.work / "datagrams"
    shutil.copytree(ROOT / "assignments/rdt/solution", path / "solution")
    shutil.copy(SOURCE / "datagrams.yaml", path / "spec.yaml")
    submissions = {"others/python": {"alone", "sends", "receives", "itself"}, "mutants/no-deduplication": {"sends", "itself"}}
    for name, wanted in submissions.items():
        g = grade(path / "spec.yaml", ROOT / "assignments/rdt" / name, "--isolation", "full")
        t.equal(set(g.tests("pass")), wanted, f"datagrams, {name}: passed ({g})")


def main():
    with Test() as t:
        by_datagrams(t)
        at_level(t, "full")
        if os.geteuid() == 0:
            at_level(t, "uid")
        g = passes(t, "a crash of the student's", SOURCE, {"sends", "itself"}, "--build", "make WITH=-DCRASHES")
        t.equal(first_finding(g.tests()["receives"]), "crashed", "what it looks like")

        g = passes(t, "a crash of ours", assignment(t, "crash", "-DCRASHES"), {"alone", "receives", "apart"})
        t.equal((g.status, set(g.tests("error"))), (4, {"sends", "itself"}), f"a crash of ours: {g}")
        t.check("ref_receiver was ended by signal 6" in g.tests()["sends"]["reason"], f"its cause: {g}")

        g = graded(assignment(t, "broken", "-Dmain"))
        t.equal(g.status, 4, f"no build of ours: {g}")
        t.check(b"the assignment's own programs in" in g.err and b"do not build: " in g.err, f"its cause: {g}")

        g = passes(t, "without ours", assignment(t, "without", None), {"alone"})
        t.equal((g.status, set(g.tests("excused"))), (0, ALL - {"alone"}), f"without ours: {g}")


main()
