#!/usr/bin/env python3
"""What a report says plays just the failed case again does that: the same failure, the same words about it."""
import sys

sys.dont_write_bytecode = True
from lib import ASSIGNMENTS, Test, first_finding, grade, replay_words

MUTANTS = {
    "framed": ["one-read-one-message", "drops-rest-of-read", "short-header-read", "accepts-malformed"],
    "udp-upper": ["nul-on-the-wire"],
}


def check_failure(t, name, test):
    words = replay_words(test)
    again = grade(words[0], words[1], *words[2:])
    found = again.tests("fail")
    if not t.check(again.status == 1 and list(found) == [test["id"]], f"{name}: replay {words[2:]}: {again}"):
        return
    found = found[test["id"]]
    t.equal(found["headline"], test["headline"], f"{name}: headline of {test['id']} in its replay {words[2:]}")
    t.equal(first_finding(found), first_finding(test), f"{name}: diagnosis of {test['id']} in its replay {words[2:]}")
    t.equal(found["cases"], 1, f"{name}: cases in the replay of {test['id']}")
    t.equal(again.result["partial_run"], True, f"{name}: partial_run in a replay")


def check_solution(t, assignment, test):
    words = replay_words(test)
    right = grade(words[0], ASSIGNMENTS / assignment / "solution", *words[2:])
    t.check(right.status == 0, f"{assignment}: the solution, {words[2:]}: {right}")


with Test() as t:
    for assignment, mutants in MUTANTS.items():
        for mutant in mutants:
            first = grade(ASSIGNMENTS / assignment / "spec.yaml", ASSIGNMENTS / assignment / "mutants" / mutant)
            t.check(first.tests("fail"), f"{mutant}: fails nothing: {first}")
            for test in first.tests("fail").values():
                check_failure(t, mutant, test)
                check_solution(t, assignment, test)

    # Names that a shell would take apart are quoted.
    odd = t.work / "it's a 'folder' $HOME"
    odd.symlink_to(ASSIGNMENTS / "framed")
    first = grade(odd / "spec.yaml", odd / "mutants" / "short-header-read", "--test", "header-split")
    for test in first.tests("fail").values():
        check_failure(t, "odd names", test)
