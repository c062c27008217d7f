#!/bin/sh
# Homework of real courses, from specs as their teachers might write them: NAME/spec.yaml. A right submission must get
# full marks, and wrong ones fail where they are wrong: try.sh NAME...
#
# LEVELS are levels of isolation at which the right one must do as well.
#
# NAME/right/ is a whole submission. NAME/wrong-ID.sed makes one mistake in it, and NAME/expect.yaml says what that fails.
# shellcheck source=tests/e2e/lib.sh
root=$(cd "$(dirname "$0")/../../.." && pwd)
. "$root/tests/e2e/lib.sh"

courses=$root/tests/e2e/courses
limit=290

# mistaken SED FROM TO: each script has to change something, or it has lost the line that it was about.
mistaken() {
    ran="sed -f ${1##*/}"
    cp -R "$2" "$3"
    for file in "$3"/*; do
        sed -i -f "$1" "$file"
    done
    ! diff -qr "$2" "$3" >"$work/out" || fail "changes nothing"
}

for name in "$@"; do
    to=$work/$name
    mkdir -p "$to/mutants"
    cp "$courses/$name/spec.yaml" "$to"
    cp -R "$courses/$name/right" "$to/solution"
    cp "$courses/$name/expect.yaml" "$to/mutants"
    for wrong in "$courses/$name"/wrong-*.sed; do
        id=${wrong##*/wrong-}
        mistaken "$wrong" "$to/solution" "$to/mutants/${id%.sed}"
    done
    run "$SOCKGRADE" prove "$to"
    proven
    for level in ${LEVELS-}; do
        full_marks "$to/spec.yaml" "$to/solution" "$level" || true
    done
done
finish
