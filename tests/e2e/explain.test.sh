#!/bin/sh
# `sockgrade explain`: the list leads to each of its members, and whoever mistypes one is led there too.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

run "$SOCKGRADE" explain
exits 0
silent err
clean
says out 'Streams'
says out 'one-read-one-message'
ids=$(sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p' "$work/out")
[ "$(echo "$ids" | wc -l)" -gt 50 ] || fail 'the list is too short'

for id in $ids; do
    ran="sockgrade explain $id"
    "$SOCKGRADE" explain "$id" >"$work/out" 2>"$work/err" || fail 'it is in the list, and unknown'
done

# near WORD ID: who asks for WORD is told of ID.
near() {
    run "$SOCKGRADE" explain "$1"
    exits 2
    silent out
    says err "did you mean"
    says err "$2"
}
near one-read-one-mesage one-read-one-message
near htons missing-htons
near eof empty-datagram-is-eof
near eof read-until-eof

run "$SOCKGRADE" explain xyzzyplugh
exits 2
silent out
says err 'sockgrade explain lists all'

run "$SOCKGRADE" explain "$(printf 'a\033[2Jb')"
exits 2
clean

run "$SOCKGRADE" explain accepts-once fd-leak
exits 2
run "$SOCKGRADE" explain --colour green
exits 2
run "$SOCKGRADE" explain accepts-once --colour always
exits 0
says out "$(printf '\033[31mWrong:')"

run "$SOCKGRADE" explain --help
exits 0
says out 'sockgrade explain [ID]'

finish
