#!/bin/sh
# The one file that students download needs nothing: it runs, and grades, where there is no library, no shell, no
# compiler and no locale, only itself, a spec, a submission that brings its own libraries, /tmp, /proc and /dev.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

[ "$SOCKGRADE" = "$root/build/release/sockgrade" ] || skip 'only the release build is made static'

run make -C "$root" --no-print-directory static VARIANT=release
exits 0

empty=$work/root
mkdir -p "$empty/tmp" "$empty/submission"
cp "$root/build/static/sockgrade" "$empty"
cat >"$empty/spec.yaml" <<'SPEC'
spec: 1
name: static
title: Everything comes back
programs:
  server: {run: ./server, args: "${port}", listens: tcp}
peers:
  alice: {connects: server}
tests:
  - id: echo
    points: 3
    under: [whole, bytes, every-cut]
    steps:
      - alice sends: "hello"
      - alice gets: "hello"
SPEC
cat >"$work/server.c" <<'C'
#include <arpa/inet.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int s = socket(AF_INET, SOCK_STREAM, 0), fd;
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[argc - 1]))};
    char byte;

    bind(s, (struct sockaddr *)&a, sizeof a);
    listen(s, 9);
    while ((fd = accept(s, NULL, NULL)) >= 0) {
        while (read(fd, &byte, 1) == 1)
            write(fd, &byte, 1);
        close(fd);
    }
}
C
cc -static -w -O1 -o "$empty/submission/server" "$work/server.c" || fail 'the submission could not be built'

# Without a mount namespace (root in a container) a chroot, without /proc, shows what needs none.
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
    enter="unshare -m --propagation private $root/tests/e2e/empty_root.py"
elif unshare -Um --map-current-user --keep-caps true 2>/dev/null; then
    enter="unshare -Um --map-current-user --keep-caps --propagation private $root/tests/e2e/empty_root.py"
elif [ "$(id -u)" = 0 ]; then
    enter=chroot
else
    skip 'an empty root needs root, or user namespaces'
fi

inside() {
    # shellcheck disable=SC2086  # a list of words
    run $enter "$empty" /sockgrade "$@"
}

inside --help
exits 0
says out 'usage: sockgrade COMMAND'
inside lint spec.yaml
exits 0
says out 'ok: 1 test, 3 points'
inside schema result
exits 0
says out '"properties"'
inside doctor
exits 0
says out 'isolation: '
if [ "$enter" != chroot ]; then
    mkdir "$empty/records"
    inside grade spec.yaml submission --records records
    exits 0
    says out '3/3 points'
    mv "$empty/submission" "$empty/gone"
    # shellcheck disable=SC2046  # their names have no spaces
    inside judge spec.yaml $(cd "$empty" && echo records/*)
    exits 0
    says out '3/3 points'
    # And it fails what is wrong.
    mkdir "$empty/submission"
    cp "$empty/sockgrade" "$empty/submission/server"
    inside grade spec.yaml submission
    exits 1
    says out '0/3 points'
fi
finish
