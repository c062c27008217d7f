#!/bin/sh
# Who decides how a submission is built and run: the spec, its languages, a sockgrade.yaml, the command line.
# shellcheck source=tests/e2e/lib.sh
# shellcheck disable=SC2016  # backquotes and dollars are meant as they stand
. "$(dirname "$0")/lib.sh"

# spec SUBMISSION: an echo server; SUBMISSION is the text of that key, or empty.
spec() {
    cat >"$work/spec.yaml" <<SPEC
spec: 1
name: echo
title: Echoes
build: {command: make, makes: [server]}
programs:
  server: {run: ./server, args: "\${port}", listens: tcp}
${1:+submission: $1}
protocol: {framing: line}
peers:
  alice: {connects: server}
tests:
  - id: echo
    points: 3
    steps: [alice sends: "x", alice gets: "x"]
SPEC
}

# A submission in Python without a Makefile: it echoes only when told to, with an argument before the port.
submission() {
    folder=$work/$1
    mkdir "$folder"
    cat >"$folder/echo.py" <<'SERVER'
import socket
import sys

server = socket.create_server(("", int(sys.argv[-1])))
while True:
    client, _ = server.accept()
    while data := client.recv(100):
        client.sendall(data if "--echo" in sys.argv else b"no\n")
SERVER
}

graded() {
    run "$SOCKGRADE" grade "$work/spec.yaml" "$folder" --json "$work/result.json" "$@"
    [ ! -e "$work/result.json" ] || python3 "$root/tests/e2e/validate.py" "$work/result.json" >"$work/valid" || {
        cat "$work/valid"
        fail 'the result is not valid'
    }
}

# chosen: what was not the spec's own, a line each.
chosen() {
    python3 -c '
import json, sys
for c in json.load(open(sys.argv[1]))["chosen"]:
    print(c["program"] or "build", "|", c["command"], "|", c["by"])' "$work/result.json" >"$work/chosen"
    printf '%s' "$1" | cmp -s - "$work/chosen" || fail "chosen is: $(cat "$work/chosen")"
}

# Nothing is said: the spec's way, which fails here.
spec ''
submission plain
graded
exits 1
chosen ''

# The submission says so.
cat >"$folder/sockgrade.yaml" <<'OWN'
build: ""
programs:
  server: {run: python3 echo.py --echo}
OWN
graded
exits 0
chosen 'build |  | sockgrade.yaml
server | python3 echo.py --echo | sockgrade.yaml
'
says out 'server: python3 echo.py --echo (sockgrade.yaml)'
says out 'build: none (sockgrade.yaml)'

# The command line says it louder, and a replay says it again.
graded --run 'server=python3 echo.py --no'
exits 1
chosen 'build |  | sockgrade.yaml
server | python3 echo.py --no | the command line
'
says out "--run 'server=python3 echo.py --no'"
graded --build 'python3 -m compileall -q .' --run 'server=python3 __pycache__/../echo.py --echo'
exits 0
chosen 'build | python3 -m compileall -q . | the command line
server | python3 __pycache__/../echo.py --echo | the command line
'
# What the spec's build makes counts as long as the spec's run is what is run.
rm "$folder/sockgrade.yaml"
graded --build true
exits 1
says out 'server is not there'
rm -f "$work/result.json"
for wrong in 'server' 'sever=x' 'server=' 'server=a | b' 'server=./x ${port}'; do
    graded --run "$wrong"
    exits 2
    silent out
done
graded --run 'sever=x'
says err 'did you mean `server`?'
graded --build 'make | cat'
exits 2
[ ! -e "$work/result.json" ] || fail 'a result was written'

# A sockgrade.yaml that is wrong, in whatever way, is the submission's mistake: no test runs, and it is told where.
wrong() {
    graded
    exits 1
    says out "$1"
    python3 -c '
import json, sys
r = json.load(open(sys.argv[1]))
assert r["build"]["state"] == "failed" and r["score"] == 0 and not r["ungraded"], r["build"]
assert sys.argv[2] in r["build"]["first_error"], r["build"]' "$work/result.json" "$1" || fail 'first_error is another'
    clean
}
own=$folder/sockgrade.yaml
printf 'programs:\n  server: {run: ./a, args: "1"}\n' >"$own"
wrong 'sockgrade.yaml:2:22: `args` is the assignment'
printf 'programs:\n  sever: {run: ./a}\n' >"$own"
wrong 'no program `sever`'
says out 'did you mean `server`?'
printf 'build: "make && ls"\n' >"$own"
wrong 'would need a shell'
printf 'run: ./server\n' >"$own"
wrong 'sockgrade.yaml:1:1'
printf 'limits: {cpu: 600s}\n' >"$own"
wrong 'no key `limits`'
printf 'a: &a [x, x]\nb: [*a, *a]\n' >"$own"
wrong 'sockgrade.yaml:1:4'
printf 'build: "\033[2J\\e[2J' >"$own"
wrong 'sockgrade.yaml:'
head -c 70000 /dev/zero | tr '\0' '[' >"$own"
wrong 'longer than 64 KiB'
head -c 60000 /dev/zero | tr '\0' '[' >"$own"
wrong 'sockgrade.yaml:1'
: >"$own"
wrong 'sockgrade.yaml:'
rm "$own"
mkdir "$own"
wrong 'cannot be read'
rmdir "$own"
printf 'build: ""\n' >"$work/elsewhere"
ln -s "$work/elsewhere" "$own"
wrong 'cannot be read'
rm "$own"
mkfifo "$own" # is left out when the submission is copied
graded
exits 1
chosen ''
rm "$own"

# The spec fixes it: the submission is not heard, and told so; the command line is refused.
spec fixed
printf 'build: ""\nprograms: {server: {run: python3 echo.py --echo}}\n' >"$own"
graded
exits 1
chosen ''
says out 'counts for nothing'
rm -f "$work/result.json"
graded --build true
exits 2
says err 'fixes'
rm "$own"

# The spec knows languages: the first whose files are there, and its own way where none is.
spec '{languages: {c: {when: [server.c, Makefile], build: make, run: ./server}, python: {when: echo.py, run: python3 echo.py --echo}, other: {when: echo.py, run: "false"}}}'
graded
exits 0
chosen 'build |  | language python
server | python3 echo.py --echo | language python
'
says out '(language python)'
printf 'server:\n\tprintf "#!/bin/sh\\nexec python3 echo.py --echo \\$$1\\n" >server; chmod +x server\n' >"$folder/Makefile"
graded
exits 0
chosen 'build |  | language python
server | python3 echo.py --echo | language python
'
: >"$folder/server.c"
graded
exits 0
chosen 'build | make | language c
server | ./server | language c
'
printf 'programs: {server: {run: python3 echo.py --no}}\n' >"$own"
graded
exits 1
chosen 'build | make | language c
server | python3 echo.py --no | sockgrade.yaml
'
rm "$own"
mv "$folder/echo.py" "$folder/other.py"
rm "$folder/server.c"
sed -i s/echo.py/other.py/ "$folder/Makefile"
graded
exits 0
chosen ''
finish
