#!/bin/sh
# Programs that talk through a relay: right ones pass on every network and in any pieces, and each mistake fails
# where it shows, and only there.
. "$(dirname "$0")/lib.sh"
relay=$root/tests/e2e/relay

# grades SPEC MISTAKE [PASSED...]: just these tests pass.
grades() {
    spec=$1
    mistake=$2
    shift 2
    run "$SOCKGRADE" grade "$relay/$spec.yaml" "$relay/program" --build "make WITH=-D$mistake"
    sed -n 's/^  ✓ \([a-z-]*\).*/\1/p' "$work/out" | sort >"$work/passed"
    printf '%s\n' "$@" | sed '/^$/d' | sort >"$work/expected"
    cmp -s "$work/passed" "$work/expected" || fail "passed: $(tr '\n' ' ' <"$work/passed")"
}

grades datagrams NO_MISTAKE on-a-good-network on-a-lossy-one on-one-that-doubles on-one-that-loses-answers on-a-rough-one
exits 0
grades datagrams NO_DEDUP on-a-good-network on-a-lossy-one
says out "datagram 3 to receiver (DATA) sent twice"
says out "no-deduplication"
grades datagrams NO_RETRANSMISSION on-a-good-network on-one-that-doubles
says out "datagram 2 to receiver (DATA) dropped"
says out "datagram 1 from receiver (ACK) dropped"
says out "no-receive-timeout"
says out "--test on-a-lossy-one --impair lossy:1"

grades late NO_MISTAKE waits-for-what-is-late
grades late NO_RETRANSMISSION waits-for-what-is-late

grades streams NO_MISTAKE carries in-pieces half-closes cuts
grades streams ONE_READ carries cuts
grades streams ONE_READ_BACK carries cuts
says out "one-read-one-message"

# blames PROGRAM TEXT
blames() {
    grep -q "$1[^ ]* $2" "$work/out" || fail "blames $1"
}

# Whoever speaks out of turn is named, where only programs act, and where it does so after the last step.
grades rules NO_MISTAKE asks in-pieces
exits 0
grades rules ASKS_TWICE
blames asker "said ADD in the state asked, where it may say nothing"
grades rules GREETS
blames server "said SUM in the state ready, where it may say nothing"
grades rules SAYS_BYE
blames server "said BYTES in the state ready, where it may say nothing"

# The assignment's own programs are held to no rules.
mkdir "$work/trusted"
sed 's/listens: tcp}/listens: tcp, trusted: true}/' "$relay/rules.yaml" >"$work/trusted/spec.yaml"
cp -R "$relay/program" "$work/trusted/solution"
sed -i 's/-O1/-O1 -DGREETS/' "$work/trusted/solution/Makefile"
run "$SOCKGRADE" grade "$work/trusted/spec.yaml" "$relay/program"
exits 0

# A case is played again by its name, and fails in the same way.
run "$SOCKGRADE" grade "$relay/datagrams.yaml" "$relay/program" --build "make WITH=-DNO_RETRANSMISSION" \
    --test on-a-rough-one --impair rough:1 --json -
exits 1
says out '"impair": "rough:1"'
says out '"kind": "drop"'
run "$SOCKGRADE" grade "$relay/datagrams.yaml" "$relay/program" --test on-a-lossy-one --impair lozzy:1
exits 2
says err "the spec has no impairment lozzy"
run "$SOCKGRADE" grade "$relay/datagrams.yaml" "$relay/program" --test on-a-lossy-one --impair lossy:0
exits 2

finish
