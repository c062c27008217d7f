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

# A name for a peer is in the programs' own /etc/hosts, and there alone.
named=$root/assignments/tcp-upper
run "$SOCKGRADE" grade "$named/spec.yaml" "$named/solution" --test client-by-name --isolation full
exits 0
says out "3/3 points"
run "$SOCKGRADE" grade "$named/spec.yaml" "$named/solution" --test client-by-name --isolation basic
says out "it needs names for hosts"
says out "0/0 points, provisional"
run "$SOCKGRADE" grade "$named/spec.yaml" "$named/solution" --test client-basic --isolation basic
says out "5/5 points"
grep -q capitals.test /etc/hosts && fail "the machine's own /etc/hosts was changed"

finish
