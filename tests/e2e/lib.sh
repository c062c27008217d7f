# What the end-to-end tests in shell share. A test sources this first; $SOCKGRADE is the grader to test.
# shellcheck shell=sh
set -u

: "${SOCKGRADE:?is set by tests/e2e/run}"
: "${root:=$(cd "$(dirname "$0")/../.." && pwd)}"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
failures=0
limit=60

# run COMMAND...: leaves its exit status in $status, its output in $work/out and $work/err. Ends it after $limit seconds.
run() {
    ran=$*
    status=0
    timeout "$limit" "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
}

# fail WHAT: notes what is wrong with the last run, and goes on: one run of a test shows all that is wrong.
fail() {
    failures=$((failures + 1))
    printf '%s\n' "$ran" | cut -c 1-300 | cat -v
    echo "    $1"
    for stream in out err; do
        [ ! -s "$work/$stream" ] || head -c 2000 "$work/$stream" | cat -v | head -n 20 | sed "s/^/    $stream: /"
    done
}

# full_marks SPEC DIR LEVEL: everything passes at this level of isolation. 1: it cannot be had here.
full_marks() {
    run "$SOCKGRADE" grade "$1" "$2" --isolation "$3"
    if [ "$status" = 4 ] && grep -q isolation "$work/err"; then
        return 1
    fi
    exits 0
    silent err
}

exits() {
    [ "$status" = "$1" ] || fail "exited with $status instead of $1"
}

# says out|err TEXT: is the text somewhere in it?
says() {
    grep -qF -e "$2" "$work/$1" || fail "std$1 lacks: $2"
}

silent() {
    [ ! -s "$work/$1" ] || fail "std$1 should be empty"
}

# No terminal control may reach the user from a name that somebody else chose.
clean() {
    for stream in out err; do
        if LC_ALL=C grep -q '[[:cntrl:]]' "$work/$stream" && LC_ALL=C tr -d '\n\t' <"$work/$stream" | LC_ALL=C grep -q '[[:cntrl:]]'; then
            fail "std$stream holds raw control characters"
        fi
    done
}

skip() {
    echo "$1"
    exit 77
}

finish() {
    [ "$failures" = 0 ]
    exit
}
