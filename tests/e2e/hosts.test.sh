#!/bin/sh
# Hosts of a private network, where the test has a network of its own; and what is told where it has none.
. "$(dirname "$0")/lib.sh"
hosts=$root/tests/e2e/hosts

run "$SOCKGRADE" grade "$hosts/spec.yaml" "$hosts/program" --isolation full
[ "$status" != 4 ] || skip "level full cannot be had here"
exits 1
says out "2/3 points"
says out "loopback-only"
says out "guest speaks to"

run "$SOCKGRADE" grade "$hosts/spec.yaml" "$hosts/program" --isolation basic
says out "it needs hosts other than this one"
says out "0/0 points, provisional"

finish
