#!/bin/sh
# Typed messages, captures, expressions, rules and structures mean what the language says: where it holds, and where it
# does not, with a sentence that says what is wrong.
. "$(dirname "$0")/lib.sh"
language=$root/tests/e2e/language

run "$SOCKGRADE" grade "$language/right.yaml" "$language/program"
exits 0
says out "12/12 points"

run "$SOCKGRADE" grade "$language/wrong.yaml" "$language/program"
exits 1
says out "0/16 points"
says out "0 of 16 tests passed"
says out "came: total should be 43, but is 42"
says out "more than 41"
says out "where NUMBER was"
says out "it is only 42"
says out "the check \"\${1 > 2}\" does not hold"
says out "said HELLO in the state"
says out "should be abc, but is cba"
says out "total should be 3, but is"
says out "as answer 2 of 2, but \`NUMBER 2\` came"

finish
