#!/bin/sh
# Real servers as submissions: what has served for years must get full marks, at each level of isolation that can be had.
# try.sh SPEC:COMMAND[:LEVEL]... plays daemons/SPEC.yaml where there is such a command.
# shellcheck source=tests/e2e/lib.sh
root=$(cd "$(dirname "$0")/../../.." && pwd)
. "$root/tests/e2e/lib.sh"

limit=200
mkdir "$work/nothing"
missing=

# graded SPEC LEVEL. 1: this level cannot be had here.
graded() {
    run "$SOCKGRADE" grade "$root/tests/e2e/daemons/$1.yaml" "$work/nothing" --isolation "$2"
    if [ "$status" = 4 ] && grep -q isolation "$work/err"; then
        return 1
    fi
    exits 0
    silent err
}

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
        graded "$spec" "$level" && levels=$((levels + 1))
    done
    [ "$levels" -gt 0 ] || fail "no isolation to be had"
done
[ -z "$missing" ] || [ "$failures" != 0 ] || skip "not installed:$missing"
finish
