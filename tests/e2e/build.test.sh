#!/bin/sh
# Submissions that do not build, and what the grader says with its exit status and its reports.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# spec BUILD: writes a spec with that `build`.
spec() {
    cat >"$work/spec.yaml" <<SPEC
spec: 1
name: build
title: Builds
build: $1
programs:
  server: {run: ./server, args: "\${port}", listens: tcp}
protocol: {framing: line}
peers:
  alice: {connects: server}
tests:
  - id: echo
    title: Echoes
    points: 3
    steps: [alice sends: "x", alice gets: "x"]
SPEC
}

# submission NAME: makes an empty folder and goes on with it in $folder.
submission() {
    folder=$work/$1
    mkdir "$folder"
}

# field NAME: a value of the last result, as jq would write it.
field() {
    python3 -c '
import json, sys
value = json.load(open(sys.argv[1]))
for name in sys.argv[2].split("."):
    value = value[int(name) if name.isdigit() else name]
print(json.dumps(value))' "$work/result.json" "$1"
}

is() {
    got=$(field "$1") || got=
    [ "$got" = "$2" ] || fail "$1 is $got instead of $2"
}

graded() {
    run "$SOCKGRADE" grade "$work/spec.yaml" "$folder" --json "$work/result.json" --junit "$work/result.xml" "$@"
}

valid() {
    python3 "$root/tests/e2e/validate.py" "$work/result.json" "$work/result.xml" >"$work/valid" || {
        cat "$work/valid"
        fail 'a report is not valid'
    }
}

# It does not compile: the first error is what is shown.
spec '{command: make, makes: [server]}'
submission wrong
printf 'int main(void)\n{\n    return x;\n}\n' >"$folder/server.c"
printf 'server: server.c\n\tcc -Wall -o server server.c\n' >"$folder/Makefile"
graded
exits 1
says out "server.c:3"
says out "x"
is build.state '"failed"'
is tests.0.verdict '"not-run"'
is score 0
is max 3
is ungraded false
field build.first_error | grep -q 'server.c:3.*error' || fail "first_error is $(field build.first_error)"
valid
graded --exit-zero
exits 0
is score 0

# Nothing to make; no makefile at all; a makefile that succeeds and makes something else; a folder in its place.
submission nothing
graded
exits 1
is build.state '"failed"'
submission else
printf 'all:\n\t@echo done\n' >"$folder/Makefile"
graded
exits 1
is build.state '"missing"'
says out server
valid
submission dir
printf 'all:\n\tmkdir -p server\n' >"$folder/Makefile"
graded
exits 1
is build.state '"missing"'
submission link
printf 'all:\n\tln -sf /bin/cat server\n' >"$folder/Makefile"
graded
exits 1
is build.state '"missing"'
valid

# Objects of another machine, not older than their sources, and folders that are not there: what to do is told.
submission stale
printf 'int main(void)\n{\n    return 0;\n}\n' >"$folder/server.c"
printf 'server: server.o\n\tcc -o server server.o\n' >"$folder/Makefile"
printf '\317\372\355\376 of another system' >"$folder/server.o"
touch -r "$folder/server.c" "$folder/server.o"
graded
exits 1
is build.state '"failed"'
says out 'file format not recognized'
says out 'server.o was handed in ready-made, and is not older than server.c'
valid
rm "$folder/server.o"
printf 'server: obj/server.o\n\tcc -o server obj/server.o\nobj/server.o: server.c\n\tcc -c -o obj/server.o server.c\n' >"$folder/Makefile"
graded
exits 1
says out "can't create obj/server.o"
says out 'mkdir -p'
valid

# A build that never ends, and what it leaves behind.
spec '{command: make, makes: [server], time: 1s}'
submission endless
printf 'all:\n\t@trap "" TERM INT HUP; while :; do sleep 0.1; done\n' >"$folder/Makefile"
graded
exits 1
is build.state '"too-long"'
valid

# A build that writes without end is ended for that.
spec '{command: make, makes: [server], time: 50s}'
submission flood
printf 'all:\n\t@yes %%s\n' >"$folder/Makefile"
graded
exits 1
is build.state '"too-long"'
[ "$(wc -c <"$work/result.json")" -lt 3000000 ] || fail 'the result holds all that the build wrote'
valid

# The command is nowhere: that is not the student's fault when it is a program of the machine, and is told in any case.
spec '{command: no-such-tool --all, makes: [server]}'
submission tool
graded
case $status in
1 | 4) ;;
*) fail "exited with $status" ;;
esac
says out no-such-tool

# No build at all: what is there is run as it is. One that cannot be executed, and one that is not there.
spec none
sed -i '/^build:/d' "$work/spec.yaml"
submission plain
cat >"$folder/server" <<'SERVER'
#!/usr/bin/env python3
import socket
import sys

server = socket.create_server(("", int(sys.argv[1])))
while True:
    client, _ = server.accept()
    while data := client.recv(100):
        client.sendall(data)
SERVER
chmod +x "$folder/server"
graded
exits 0
is build.state '"none"'
is score 3
valid
chmod -x "$folder/server"
graded
exits 1
is tests.0.verdict '"fail"'
says out server
rm "$folder/server"
graded
exits 1
is tests.0.verdict '"fail"'
valid

# An interpreter that is nowhere.
printf '#!/no/such/interpreter\n' >"$folder/server"
chmod +x "$folder/server"
graded
case $status in
1 | 4) ;;
*) fail "exited with $status" ;;
esac
says out /no/such/interpreter
valid

# Points for the build.
spec '{command: make, makes: [server], points: 2}'
submission points
printf '#!/bin/sh\nexit 3\n' >"$folder/server"
chmod +x "$folder/server"
echo 'server:' >"$folder/Makefile"
graded
exits 1
is score 2
is max 5
valid

# Reports on the standard output, alone or beside the other one.
run "$SOCKGRADE" grade "$work/spec.yaml" "$folder" --json -
exits 1
cp "$work/out" "$work/result.json"
is score 2
run "$SOCKGRADE" grade "$work/spec.yaml" "$folder" --junit - --quiet
exits 1
cp "$work/out" "$work/result.xml"
valid
run "$SOCKGRADE" grade "$work/spec.yaml" "$folder" --quiet
exits 1
silent out
[ ! -e "$work/result.json.part" ] || fail 'a file half written was left behind'

# The folder may be the current one.
run env -C "$folder" "$SOCKGRADE" grade "$work/spec.yaml"
exits 1
says out '2/5'

# A mistake in the spec: nobody is graded, nothing is written.
rm -f "$work/result.json"
echo 'nonsense: 1' >>"$work/spec.yaml"
graded
exits 3
silent out
[ ! -e "$work/result.json" ] || fail 'a result was written though the spec is wrong'

# A fault of the machine: no score.
spec '{command: make, makes: [server]}'
run env TMPDIR="$work/gone" "$SOCKGRADE" grade "$work/spec.yaml" "$folder" --json "$work/result.json"
exits 4
[ ! -e "$work/result.json" ] || ! grep -q '"score": *[0-9]' "$work/result.json" || fail 'a score was published after a fault'
finish
