#!/bin/sh
# Real servers as submissions: what has served for years must get full marks, at each level of isolation that can be had.
# try.sh SPEC:COMMAND[:LEVEL]... plays daemons/SPEC.yaml where there is such a command.
# shellcheck source=tests/e2e/lib.sh
root=$(cd "$(dirname "$0")/../../.." && pwd)
. "$root/tests/e2e/lib.sh"

limit=200
mkdir "$work/nothing"
missing=

for server in "$@"; do
    IFS=: read -r spec command only <<END
$server
END
    PATH=$PATH:/usr/sbin command -v "$command" >/dev/null || {
        missing="$missing $command"
        continue
    }
    levels=0
    for level in ${only:-full uid basic}; do
        full_marks "$root/tests/e2e/daemons/$spec.yaml" "$work/nothing" "$level" && levels=$((levels + 1))
    done
    [ "$levels" -gt 0 ] || fail "no isolation to be had"
done
[ -z "$missing" ] || [ "$failures" != 0 ] || skip "not installed:$missing"
finish
