#!/bin/sh
# Flags that are wrong, absurd, or meant to harm: exit 2, one line that names the flag, nothing graded, nothing written.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

mkdir "$work/submission"
cat >"$work/spec.yaml" <<'SPEC'
spec: 1
name: flags
title: A spec that is fine
programs:
  server: {run: ./server, args: "${port}", listens: tcp}
protocol:
  framing: line
peers:
  alice: {connects: server}
tests:
  - id: answers
    title: Answers
    steps:
      - alice sends: "hello"
      - alice gets: "hello"
SPEC
run "$SOCKGRADE" lint "$work/spec.yaml"
exits 0

# refused WHAT FLAG...: with a good spec and submission, only the flag can be what is wrong.
refused() {
    what=$1
    shift
    run "$SOCKGRADE" grade "$work/spec.yaml" "$work/submission" "$@"
    exits 2
    says err "$what"
    silent out
    clean
}

escape=$(printf '\033[31mred')
long=$(head -c 100000 /dev/zero | tr '\0' x)

refused --jsno --jsno out.json
says err '--json'
refused --isolation --isolation moon
refused --colour --colour maybe
refused --json --json
for number in '' -1 0 1.5 0x10 two 99999999999999999999 ' 4' 4x; do
    refused --jobs --jobs "$number"
done
for number in '' -1 1.5 two 99999999999999999999; do
    refused --seed --seed "$number"
    refused --row --row "$number"
done
for split in '' '2:at:' '2:at:0' '0:at:1' ':::' '2:at:4;;' '1:at:99999999999999999999' bytesx chunks:0; do
    refused --split --test answers --split "$split"
done
refused nowhere --test nowhere
refused --test --test answers --test
refused x --test "$escape"
refused x "--$escape"
refused x "--$long"
refused x "x$escape"

# What asks for one case has to say of which test.
refused --test --row 1
refused --test --split bytes

# A result that cannot be written is a fault of ours, or of the command line: never a grade that gets lost in silence.
for place in "$work/gone/out.json" "$work/submission" /dev/full; do
    run "$SOCKGRADE" grade "$work/spec.yaml" "$work/submission" --json "$place"
    case $status in
    2 | 4) ;;
    *) fail "exited with $status instead of 2 or 4" ;;
    esac
done

[ -z "$(ls -A "$work/submission")" ] || {
    ran='ls submission'
    fail 'something was written into the submission'
}
finish
