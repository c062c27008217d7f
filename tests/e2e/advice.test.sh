#!/bin/sh
# Advice: what it looks like in each report, that it costs nothing, and that `prove` holds right programs to it.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

command -v python3 >/dev/null || skip 'there is no python3'
mkdir "$work/a" "$work/a/mutants"
cp "$root/tests/e2e/advice/spec.yaml" "$work/a"
right=$root/assignments/udp-upper/others/python
advised=$root/assignments/udp-upper/mutants/multihomed-source-python

run "$SOCKGRADE" grade "$work/a/spec.yaml" "$advised" --json "$work/json" --junit "$work/junit"
exits 0
says out '5/5'
says out 'Advice:     multihomed-source'
says out 'carol asked 127.0.0.2, and the answer came from 127.0.0.1'
says out 'explain multihomed-source'
grep -q '"advice": *true' "$work/json" || fail 'no advice in the JSON'
grep -q '<system-out>.*multihomed-source' "$work/junit" || fail 'no advice in the JUnit report'

run "$SOCKGRADE" grade "$work/a/spec.yaml" "$right"
exits 0
grep -q Advice "$work/out" && fail 'a right program was advised'

# proves LINE NAME STATUS TEXT: with this line in expect.yaml, of the submission NAME.
proves() {
    echo "$1" >"$work/a/mutants/expect.yaml"
    run "$SOCKGRADE" prove "$work/a" --only "$2"
    exits "$3"
    says out "$4"
}
cp -R "$right" "$work/a/solution"
cp -R "$advised" "$work/a/mutants/m"
mkdir "$work/a/others"
cp -R "$advised" "$work/a/others/advised"
proves 'm: {diagnosis: none, fails: [], advice: multihomed-source}' m 0 'ok   mutants/m: advice multihomed-source'
proves 'm: {diagnosis: none, fails: []}' m 0 'ok   mutants/m'
proves 'm: {diagnosis: none, fails: []}' advised 1 'other-address: advised of multihomed-source'
proves 'others/advised: {advice: multihomed-source}' advised 0 'ok   others/advised: advice multihomed-source'
proves 'solution: {advice: [multihomed-source]}' solution 1 'never advised of multihomed-source'
proves 'm: {diagnosis: none, fails: [], advice: eof-spin}' m 1 'there is no advice eof-spin'
proves 'm: {diagnosis: multihomed-source, fails: []}' m 1 'there is no diagnosis multihomed-source'

echo 'others/advised: {diagnosis: none, advice: multihomed-source}' >"$work/a/mutants/expect.yaml"
run "$SOCKGRADE" prove "$work/a"
exits 3
says err 'a right program has no key'
finish
