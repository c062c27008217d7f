#!/bin/sh
# Programs as they are met in the wild: right ones, in many styles and languages, must get full marks, whatever they are
# made of; wrong ones must fail where they are wrong, and be told the right thing or nothing.
#
# wild/KIND/spec.yaml says what they should do, right/ and wrong/ hold one file each, expect.yaml what the wrong ones fail.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

wild=$root/tests/e2e/wild

# folder FILE DIR: makes a submission of one source file. 1: what it is written in is not there.
folder() {
    mkdir -p "$2"
    case $1 in
    *.c)
        cp "$1" "$wild/reverse.h" "$2"
        printf 'server:\n\t$(CC) -O1 -g -pthread -o server %s\n' "${1##*/}" >"$2/Makefile"
        ;;
    *.java)
        command -v javac >/dev/null || return 1
        cp "$1" "$2"
        printf '#!/bin/sh\nexec java Server "$@"\n' >"$2/server"
        printf 'all:\n\tjavac Server.java\n' >"$2/Makefile"
        chmod +x "$2/server"
        ;;
    *)
        command -v "$(sed -n '1s/.*[ /]//p' "$1")" >/dev/null || return 1
        cp "$1" "$2/server"
        chmod +x "$2/server"
        echo 'server:' >"$2/Makefile"
        ;;
    esac
}

# The layout that `prove` wants: the first right one is the solution.
for kind in "$wild"/*/; do
    kind=$(basename "$kind")
    [ $# = 0 ] || [ "$kind" = "$1" ] || continue
    to=$work/$kind
    mkdir "$to"
    cp "$wild/$kind/spec.yaml" "$to"
    for file in "$wild/$kind"/right/*; do
        name=${file##*/}
        folder "$file" "$to/others/$name" || rm -r "$to/others/$name"
    done
    for file in "$wild/$kind"/wrong/*; do
        name=${file##*/}
        [ ! -f "$file" ] || folder "$file" "$to/mutants/${name%.*}" || rm -r "$to/mutants/${name%.*}"
    done
    set -- "$to"/others/*
    mv "$1" "$to/solution"
    mkdir -p "$to/mutants"
    cp "$wild/$kind/expect.yaml" "$to/mutants"
    run "$SOCKGRADE" prove "$to"
    exits 0
    cat "$work/out"
done
finish
