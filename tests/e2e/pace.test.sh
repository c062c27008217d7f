#!/bin/sh
# The pace of datagrams is measured by when the kernel got them: right where it is right, and each way of it being wrong
# is told apart.
. "$(dirname "$0")/lib.sh"
pace=$root/tests/e2e/pace

# grades MISTAKE [PASSED...]: just these tests pass. A machine on which programs wait for a CPU may not be able to tell.
grades() {
    mistake=$1
    shift
    run "$SOCKGRADE" grade "$pace/spec.yaml" "$pace/program" --build "make WITH=-D$mistake"
    grep -q "too busy to measure" "$work/out" && return 1
    sed -n 's/^  ✓ \([a-z-]*\).*/\1/p' "$work/out" | sort >"$work/passed"
    printf '%s\n' "$@" | sed '/^$/d' | sort >"$work/expected"
    cmp -s "$work/passed" "$work/expected" || fail "passed: $(tr '\n' ' ' <"$work/passed")"
}

grades NO_MISTAKE pace rate gap
grades SLOW gap && says out "messages a second, where 45 to 55 should come"
grades BURSTS rate && says out "ear got no message for"

run "$SOCKGRADE" grade "$pace/spec.yaml" "$pace/program" --build "make WITH=-DSILENT" --test rate --json -
exits 1
says out '"outcome": "other-pace"'
says out '"messages": 0'

# Nothing else runs meanwhile: three times a second is three seconds.
run "$SOCKGRADE" grade "$pace/spec.yaml" "$pace/program" --jobs 3 --json -
took=$(sed -n 's/^  "took_ns": \([0-9]*\).*/\1/p' "$work/out" | head -1)
[ "${took:-0}" -ge 3000000000 ] || fail "took only $took ns"

finish
