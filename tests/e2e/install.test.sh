#!/bin/sh
# `make install` with DESTDIR puts all of it there and nothing elsewhere, and what is installed runs from there.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

[ "$SOCKGRADE" = "$root/build/release/sockgrade" ] || skip 'only the release build is installed'

stage=$work/stage
run make -C "$root" --no-print-directory install DESTDIR="$stage" PREFIX=/opt/sg VARIANT=release
exits 0

program=$stage/opt/sg/bin/sockgrade
[ -x "$program" ] || fail 'there is no bin/sockgrade'
[ "$(find "$stage" -mindepth 1 -maxdepth 1 | wc -l)" = 1 ] || fail 'something was installed beside PREFIX'
[ "$(find "$stage/opt/sg" -mindepth 1 -maxdepth 1 | wc -l)" = 2 ] || fail 'something was installed beside bin and share'
[ -d "$stage/opt/sg/share/sockgrade/assignments" ] || fail 'the assignments are missing'
# Others must be able to read what root installed.
[ -z "$(find "$stage/opt" ! -perm -o+r)" ] || fail 'some files cannot be read by everybody'

run env -C / PATH=/usr/bin:/bin "$program" --version
exits 0
finish
