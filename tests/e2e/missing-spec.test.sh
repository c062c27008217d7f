#!/bin/sh
# A spec that cannot be read, or is none, grades nobody: exit 3, its name in the message, and soon.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

mkdir "$work/dir" "$work/submission"
mkfifo "$work/fifo"
: >"$work/empty.yaml"
printf 'spec: 1\nname: x\n  title: : :\n' >"$work/broken.yaml"
head -c 3000000 /dev/zero >"$work/zeros.yaml"
printf 'a: &a [x]\nb: *a\n' >"$work/alias.yaml"

for command in grade lint; do
    for spec in gone.yaml gone/spec.yaml dir empty.yaml broken.yaml zeros.yaml alias.yaml; do
        set -- "$work/$spec"
        [ "$command" = lint ] || set -- "$@" "$work/submission"
        run "$SOCKGRADE" "$command" "$@"
        exits 3
        says err "${spec##*/}"
        clean
    done
    # These never end, and a reader that waits for their end would not either.
    for spec in "$work/fifo" /dev/zero; do
        set -- "$spec"
        [ "$command" = lint ] || set -- "$@" "$work/submission"
        run "$SOCKGRADE" "$command" "$@"
        exits 3
    done
done

# The submission is no folder, or not there: that is the command line's fault.
cp "$work/empty.yaml" "$work/file"
spec=$(find "$root/assignments" -name spec.yaml | sort | head -n 1)
if [ -n "$spec" ]; then
    for submission in "$work/gone" "$work/file"; do
        run "$SOCKGRADE" grade "$spec" "$submission"
        exits 2
        silent out
    done
fi

finish
