#!/bin/sh
# Every verb passes where it holds, and fails where it does not: never the other way, and never as an error.
. "$(dirname "$0")/lib.sh"
verbs=$root/tests/e2e/verbs

run "$SOCKGRADE" grade "$verbs/right.yaml" "$verbs/program"
exits 0
says out "18/18 points"

run "$SOCKGRADE" grade "$verbs/wrong.yaml" "$verbs/program"
exits 1
says out "0/24 points"
says out "0 of 24 tests passed"

run "$SOCKGRADE" grade "$verbs/client-right.yaml" "$verbs/program"
exits 0
says out "17/17 points"

run "$SOCKGRADE" grade "$verbs/client-wrong.yaml" "$verbs/program"
exits 1
says out "0/19 points"
says out "0 of 19 tests passed"

finish
