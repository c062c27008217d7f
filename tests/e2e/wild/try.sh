#!/bin/sh
# Programs as they are met in the wild: right ones, in many styles and languages, must get full marks, whatever they are
# made of; wrong ones must fail where they are wrong, and be told the right thing or nothing.
#
# KIND/spec.yaml says what they should do, right/ and wrong/ hold one file each, and expect.yaml says what the wrong ones
# fail: try.sh KIND...
# shellcheck source=tests/e2e/lib.sh
root=$(cd "$(dirname "$0")/../../.." && pwd)
. "$root/tests/e2e/lib.sh"

wild=$root/tests/e2e/wild
limit=290

has() {
    command -v "$1" >/dev/null
}

# folder FILE DIR: makes a submission of one source file. 1: what it is written in is not there.
folder() {
    mkdir -p "$2"
    case $1 in
    *.c)
        cp "$1" "$wild/reverse.h" "$2"
        printf 'server:\n\tcc -O1 -g -pthread -o server %s\n' "${1##*/}" >"$2/Makefile"
        ;;
    *.cpp)
        has g++ || return 1
        cp "$1" "$2"
        printf 'server:\n\tg++ -std=c++17 -O1 -g -pthread -o server %s\n' "${1##*/}" >"$2/Makefile"
        ;;
    *.go)
        has go || return 1
        cp "$1" "$2"
        printf 'server:\n\tgo build -o server %s\n' "${1##*/}" >"$2/Makefile"
        ;;
    *.java)
        has javac || return 1
        cp "$1" "$2/Server.java"
        # shellcheck disable=SC2016  # for the script
        printf '#!/bin/sh\nexec java Server "$@"\n' >"$2/server"
        printf 'all:\n\tjavac Server.java\n' >"$2/Makefile"
        chmod +x "$2/server"
        ;;
    *)
        has "$(sed -n '1s/.*[ /]//p' "$1")" || return 1
        cp "$1" "$2/server"
        chmod +x "$2/server"
        echo 'server:' >"$2/Makefile"
        ;;
    esac
}

# assignment KIND: the layout that `prove` wants. Its solution is the first of the right ones.
assignment() {
    to=$work/$1
    mkdir "$to"
    cp "$wild/$1/spec.yaml" "$to"
    for file in "$wild/$1"/right/*; do
        folder "$file" "$to/others/${file##*/}" || rm -r "$to/others/${file##*/}"
    done
    for file in "$wild/$1"/wrong/*; do
        name=${file##*/}
        folder "$file" "$to/mutants/${name%.*}" || rm -r "$to/mutants/${name%.*}"
    done
    for first in "$to"/others/*; do
        mv "$first" "$to/solution"
        break
    done
    cp "$wild/$1/expect.yaml" "$to/mutants"
}

for kind in "$@"; do
    assignment "$kind"
    run "$SOCKGRADE" prove "$work/$kind"
    proven
done
finish
