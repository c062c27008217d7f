#!/bin/sh
# HTTP by fields: through relays too, held to rules on both sides, and wherever the language names a message.
. "$(dirname "$0")/lib.sh"
web=$root/tests/e2e/web
limit=120

run "$SOCKGRADE" grade "$web/right.yaml" "$web/program"
exits 0
silent err

# grades PROGRAM MISTAKE TEST: this test alone, which fails.
grades() {
    run "$SOCKGRADE" grade "$web/right.yaml" "$web/program" --run "$1=python3 web.py $2 $verb" --test "$3"
    exits 1
}

# breaks WHO WHAT STATE
breaks() {
    grep -q "$1[^ ]* said $2 in the state $3, where it may say" "$work/out" || fail "$1 breaks no rule"
}

verb=serve
grades server twice captures
breaks server response ready
grades server twice ignores
breaks server response ready
grades server twice through-a-relay
breaks server response ready
grades server first ignores
breaks server response ready
grades server body-to-head pipelined
grades server body-to-head through-a-relay

verb=ask
grades client pipelines through-a-relay
breaks client request waiting
grades fetcher pipelines a-client
breaks fetcher request waiting

# An interim response is none that rules speak of.
run "$SOCKGRADE" grade "$web/right.yaml" "$web/program" --run "server=python3 web.py interim serve" --test skips
exits 0

finish
