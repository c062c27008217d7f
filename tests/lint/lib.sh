# What the parts written in shell share.
# shellcheck shell=sh

# need TOOL: skips this part without it. In CI a part that silently never runs would be worse than none.
need() {
    command -v "$1" >/dev/null && return
    echo "$1 is not installed (.ci/setup check installs it)"
    [ -z "${CI-}" ] || exit 1
    exit 77
}

# Our C files, NUL-terminated. Mutants are students' code: wrong on purpose, and in nobody's style.
c_files() {
    for dir in reference harness tests assignments; do
        [ ! -d "$dir" ] || find "$dir" '(' -name mutants -o -name wild -o -name bad ')' -prune -o -name '*.[ch]' -type f -print0
    done
}
