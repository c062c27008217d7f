#!/bin/sh
# A client that asks again before it is answered loses nothing by it.
# shellcheck disable=SC2016  # the grader quotes so
. "$(dirname "$0")/lib.sh"

run "$SOCKGRADE" grade "$root/tests/e2e/repeats/spec.yaml" "$root/tests/e2e/repeats/program"
exits 1
says out "3 of 5 tests passed"
says out 'third got `bye`, which nobody had asked for'
says out 'origin expected nothing, but `hello` came'
finish
