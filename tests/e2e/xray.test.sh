#!/bin/sh
# An X-ray shows what programs in any language do with their sockets, and changes no verdict.
. "$(dirname "$0")/lib.sh"
xray=$root/tests/e2e/xray
helpers=$(dirname "$SOCKGRADE")/tests/helpers
[ -x "$helpers/dockerish" ] || helpers=$root/build/release/tests/helpers

"$SOCKGRADE" doctor >"$work/doctor"
grep -q 'xray *yes' "$work/doctor" || skip "processes cannot be traced here"

# look TEST RUN [OPTION...]: an X-ray of the program that RUN starts. In $work/flat its lines, with single blanks.
look() {
    test=$1 how=$2
    shift 2
    run "$SOCKGRADE" grade "$xray/spec.yaml" "$xray/program" --run "server=$how" --xray "$test" --json "$work/x.json" "$@"
    tr -s ' ' <"$work/out" >"$work/flat"
    python3 "$root/tests/e2e/validate.py" "$work/x.json" >"$work/invalid" || fail "$(cat "$work/invalid")"
}

sees() {
    grep -qF -e "$1" "$work/flat" || fail "the X-ray lacks: $1"
}

# sees_in_order TEXT...: each on the line of the one before, or after it.
sees_in_order() {
    from=1
    for text; do
        at=$(tail -n "+$from" "$work/flat" | grep -nF -e "$text" | head -n 1 | cut -d : -f 1)
        [ -n "$at" ] || { fail "the X-ray lacks, in this place: $text"; return; }
        from=$((from + at - 1))
    done
}

# ---- what is seen, and in which order ----

look echo ./server
exits 0
sees_in_order 'listen(3, 5) = 0' 'connection →' '"HEL" →' 'recv(4, 100) = 3 "HEL"' '"LO\n" →' 'recv(4, 97) = 3 "LO\n"' \
    '2 alice gets ← "HELLO\n" send(4, "HELLO\n", 6) = 6' 'recv(4, 100) waits here' 'the peers leave' 'recv(4, 100) = 0 the end'
sees 'accept(3) = 4 alice'

look crash ./forks
exits 1
sees_in_order 'child 1 is born' 'child 1 recv(4, 100) = 6 "CRASH\n"' 'child 1 ends: killed by SIGSEGV' 'accept(3) waits here'

look echo ./threads
exits 0
sees_in_order 'accept(3) = 4' 'thread 2 recv(4, 100) = 3 "HEL"'

# ---- the same verdict as without ----

look echo ./one-read --split 1:at:3
exits 1
says out "one-read-one-message"
sees_in_order '"HEL" →' 'recv(4, 99) = 3 "HEL"' 'send(4, "HEL\n", 4) = 4'
grep '^[0-9.]*/[0-9.]* point' "$work/out" | sed 's/ in .*//' >"$work/with"
run "$SOCKGRADE" grade "$xray/spec.yaml" "$xray/program" --run server=./one-read --test echo --split 1:at:3
says out "--xray echo shows the program's own calls"
grep '^[0-9.]*/[0-9.]* point' "$work/out" | sed 's/ in .*//; s/ [0-9]* case.*//' >"$work/without"
grep -qF "$(cat "$work/without")" "$work/with" || fail "another verdict than without an X-ray"

# ---- other languages ----

# in_language COMMAND RUN [TARGET]: where it is installed, and can be built.
in_language() {
    command -v "$1" >/dev/null || return 0
    rm -rf "$work/copy"
    cp -R "$xray/program" "$work/copy"
    run "$SOCKGRADE" grade "$xray/spec.yaml" "$work/copy" --run "server=$2" --xray echo --build "make ${3:-server}"
    tr -s ' ' <"$work/out" >"$work/flat"
    exits 0
    sees_in_order '"HEL" →' '= 3 "HEL"' '"LO\n" →' '= 3 "LO\n"' '"HELLO\n"' 'the peers leave'
    grep -q 'accept.* alice' "$work/flat" || fail "nobody was accepted"
}

in_language python3 "python3 server.py"
in_language node "node server.js"
in_language javac "java Server" Server.class
in_language go ./go-server go-server

# ---- programs that mean no good, or are just odd ----

look echo ./spams
exits 0
sees 'more calls in between, which were not kept'
sees '2 alice gets'
look echo ./breeds
exits 0
look echo ./shy
exits 0
sees '"HEL" →'

# Leaks are looked for by tracing: a program that is traced already would fail for that.
run "$SOCKGRADE" grade "$xray/spec.yaml" "$xray/program" --run server=./leaks --xray echo --build "make leaks"
exits 0
tr -s ' ' <"$work/out" >"$work/flat"
sees 'recv(4, 100) = 3 "HEL"'

# ---- where it cannot be had, or is asked for wrongly ----

if [ "$(id -u)" = 0 ]; then
    run "$helpers/dockerish" -s "$SOCKGRADE" grade "$xray/spec.yaml" "$xray/program" --xray echo
    exits 0
    says out "No X-ray: this machine forbids processes to trace others."
    says out "1/1 point"
    run "$helpers/dockerish" -s "$SOCKGRADE" doctor
    says out "xray   no"
fi
run "$SOCKGRADE" grade "$xray/spec.yaml" "$xray/program" --xray ecko
exits 2
says err "did you mean echo?"
run "$SOCKGRADE" grade "$xray/spec.yaml" "$xray/program" --xray echo --test crash
exits 2
says err "leave out --test"

finish
