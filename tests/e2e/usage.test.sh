#!/bin/sh
# The command line when nothing is to be graded: usage, help, version, and what was mistyped.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

run "$SOCKGRADE"
exits 2
says err 'usage: sockgrade'
silent out

run "$SOCKGRADE" --help
exits 0
says out 'usage: sockgrade'
silent err
for command in grade lint prove judge explain doctor schema; do
    says out "$command"
done

run "$SOCKGRADE" --version
exits 0
says out 'sockgrade '
silent err

# A mistyped command: the nearest one is named, and nothing else happens.
run "$SOCKGRADE" grdae spec.yaml
exits 2
says err 'grdae'
says err 'grade'
silent out

# One that is near to nothing is refused all the same.
run "$SOCKGRADE" xyzzyplugh
exits 2
silent out

for command in grade lint prove judge; do
    run "$SOCKGRADE" "$command"
    exits 2
    silent out
    run "$SOCKGRADE" "$command" --help
    exits 0
done

# Help that cannot be written is no success.
ran="sockgrade --help >/dev/full"
status=0
"$SOCKGRADE" --help >/dev/full 2>"$work/err" || status=$?
[ "$status" != 0 ] || fail 'exited with 0 though nothing was written'

finish
