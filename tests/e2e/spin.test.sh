#!/bin/sh
# A program that takes the end of a stream for an empty read is seen to do so, whether its peer half-closed or closed:
# its failure does not wait until the step's time is over.
. "$(dirname "$0")/lib.sh"

# spins ASSIGNMENT MUTANT TEST
spins() {
    run "$SOCKGRADE" grade "$root/assignments/$1/spec.yaml" "$root/assignments/$1/mutants/$2" --test "$3"
    exits 1
    says out "Looks like: eof-spin"
    says out "reads it again"
}

spins chat client-ignores-end client-server-gone
spins framed eof-spin eof-mid-frame
finish
