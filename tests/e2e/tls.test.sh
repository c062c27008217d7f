#!/bin/sh
# TLS both ways: right programs pass, and each mistake is told as what it is.
. "$(dirname "$0")/lib.sh"
tls=$root/tests/e2e/tls

run "$SOCKGRADE" grade "$tls/right.yaml" "$tls/program"
exits 0
says out "11/11 points"

# One line each, as they are told in JSON.
run "$SOCKGRADE" grade --quiet --json - "$tls/wrong.yaml" "$tls/program"
exits 1
says out "ended the connection without close_notify"
says out "it sent what is not TLS"
says out "certificate is not the right one: self-signed"
says out "hostname mismatch"
says out "sent the alert unknown CA"
says out '"no-certificate-check"'
says out '"no-close-notify"'
says out '"one-read-one-message"'
says out '"split": "chunks:100"'
says out '"not-encrypted"'
grep -q '"verdict": "pass"' "$work/out" && fail "a mistake passed"

# Through a relay: what is sealed passes unharmed, and cut.
run "$SOCKGRADE" grade --json - "$tls/relayed.yaml" "$tls/program"
exits 1
says out '"score": 2'
says out '"split": "chunks:100"'

finish
