#!/bin/sh
# Nobody acts before what another did has had its effect on the programs.
. "$(dirname "$0")/lib.sh"
turns=$root/tests/e2e/turns

run "$SOCKGRADE" grade "$turns/spec.yaml" "$turns/program"
exits 0
says out "2/2 points"

run "$SOCKGRADE" grade "$turns/room.yaml" "$turns/polling"
exits 0
says out "1/1 point"

finish
