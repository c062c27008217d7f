#!/bin/sh
# A spec in several files, with hidden tests that not everybody has, defaults, groups and repetitions, graded.
. "$(dirname "$0")/lib.sh"

mkdir "$work/hw" "$work/hw/student"
cat >"$work/hw/student/server.py" <<'PY'
import socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    connection, client = listener.accept()
    for line in connection.makefile("rb"):
        if line == b"FILE\n":
            line = open("greeting.txt", "rb").read() + b"\n"
        elif line == b"WHO\n":
            line = client[0].encode() + b"\n"
        elif line == b"WRONG\n":
            line = b"wrong\n"
        connection.sendall(line)
    connection.close()
PY
cat >"$work/hw/spec.yaml" <<'YAML'
spec: 1
name: echo
title: Echoes lines
programs:
  server: {run: python3 server.py, args: "${port}", listens: tcp}
include: [common.yaml, {file: hidden.yaml, optional: true}]
tests:
  - id: file
    group: files
    files: {greeting.txt: "hi there"}
    steps:
      - alice sends: "FILE"
      - alice gets: "hi there"
  - id: another-file
    group: files
    requires: echoes
    steps:
      - alice sends: "FILE"
      - alice gets: "hello"
  - id: echoes
    peers: {alice: {connects: server, host: 127.0.0.7}, bob: {connects: server}}
    steps:
      - alice sends: "WHO"
      - alice gets: "127.0.0.7"
      - alice closes:
      - bob sends: "WHO"
      - bob gets: "127.0.0.1"
      - bob closes:
      - alice connects:
YAML
cat >"$work/hw/common.yaml" <<'YAML'
protocol: {framing: line}
peers: {alice: {connects: server}}
files: {greeting.txt: "hello"}
groups: {basics: The basics, files: What is in files, robust: What is hard}
defaults:
  group: basics
  points: 2
  under: [whole, bytes]
  before:
    - alice sends: "HELLO"
    - alice gets: "HELLO"
  after:
    - alice half-closes:
    - alice gets end:
YAML

# A requirement stands before what requires it.
run "$SOCKGRADE" lint "$work/hw/spec.yaml"
exits 3
says err "spec.yaml:16:15: error: the test \`echoes\` stands later"
sed -i '/requires: echoes/d' "$work/hw/spec.yaml"

run "$SOCKGRADE" grade "$work/hw/spec.yaml" "$work/hw/student" --json "$work/result.json"
exits 0
says out "6/6 points"
says out "Hidden tests were not run here"
says out "hidden.yaml is not on"
grep -q '"name": "robust"' "$work/result.json" || fail "the groups are not in the JSON"

cat >"$work/hw/hidden.yaml" <<'YAML'
tests:
  - id: hidden
    title: Nobody knows this
    group: robust
    visibility: hidden
    extra-credit: true
    requires: echoes
    steps:
      - alice sends: "WRONG"
      - alice gets: "WRONG"
  - id: unreached
    group: robust
    requires: hidden
    visibility: hidden
    steps:
      - alice sends: "a"
YAML
run "$SOCKGRADE" grade "$work/hw/spec.yaml" "$work/hw/student" --json "$work/result.json" --junit "$work/result.xml"
exits 1
says out "6/8 points"
says out "Nobody knows this (hidden)"
says out "0/2 extra"
says out "it builds on the test"
python3 - "$work/out" <<'PY' || fail "the groups do not stand in their order"
import sys
text = open(sys.argv[1]).read()
order = ["The basics", "echoes", "What is in files", "file", "another-file", "What is hard", "Nobody knows this"]
places = [text.index(word) for word in order]
sys.exit(places != sorted(places))
PY
if python3 -c 'import jsonschema' 2>/dev/null; then
    run python3 -W ignore "$(dirname "$0")/validate.py" "$work/result.json" "$work/result.xml"
    exits 0
fi

# A failure among the steps of `after` fails the test, and is told where it stands.
sed -i 's/alice gets end:/alice gets: "more"/' "$work/hw/common.yaml"
run "$SOCKGRADE" grade "$work/hw/spec.yaml" "$work/hw/student" --test echoes --json "$work/result.json"
exits 1
grep -q 'common.yaml' "$work/result.json" || fail "the place of the step is not told"
sed -i 's/alice gets: "more"/alice gets end:/' "$work/hw/common.yaml"

# Each case as often as it is to be repeated.
cat >"$work/hw/hidden.yaml" <<'YAML'
tests:
  - id: often
    repeat: 4
    steps:
      - alice sends: "again"
      - alice gets: "again"
YAML
run "$SOCKGRADE" grade "$work/hw/spec.yaml" "$work/hw/student" --test often
exits 0
says out "8 cases"

finish
