#!/bin/sh
# Datagrams to everybody, both ways, and ports that several share.
. "$(dirname "$0")/lib.sh"
broadcast=$root/tests/e2e/broadcast

run "$SOCKGRADE" grade "$broadcast/right.yaml" "$broadcast/program"
exits 0
says out "4/4 points"

run "$SOCKGRADE" grade "$broadcast/wrong.yaml" "$broadcast/program"
exits 1
says out "0/5 points"
says out "no-so-broadcast"

finish
