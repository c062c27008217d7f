#!/usr/bin/env python3
"""The JSON Schema of the spec language, held against the loader: it knows the same keys, verbs and words, it takes what
the loader takes, and refuses what an editor can see to be wrong."""
import re
import sys

sys.dont_write_bytecode = True
try:
    import jsonschema
    import yaml  # noqa: F401
except ImportError as error:
    print(f"needs {error.name}")
    sys.exit(77)
from lib import ASSIGNMENTS, ROOT, Test, run
from specs import examples, problems, schema

SOURCES = ROOT / "harness/spec"
# Of other files than specs: expect.yaml of an assignment, sockgrade.yaml of a submission.
OTHERS = {("expect.c", "mutant"), ("expect.c", "right"), ("submission.c", "theirs"), ("submission.c", "file_fields")}
REFUSALS = {"NULL", "not_for_all", "not_in_test", "not_theirs"}
# What the loader looks for without a table.
CONDITION = frozenset({"min", "max", "capture"})
REPEAT = {"repeat"}
SAID = [{"given", "found"}, {"anything", "repeats"}]
OWN_VERB = r"^(?!file )\S+ [A-Za-z0-9_-]+$"

BASE = """spec: 1
name: demo
programs:
  server: {run: ./server, args: "${port}", listens: tcp}
protocol:
  framing: line
  messages:
    SUM: "SUM {total:int}"
peers:
  alice: {connects: server}
tests:
  - id: one
    steps:
      - alice sends: "hello"
      - alice gets: "hello"
"""
# (what stands in BASE, what stands there instead): mistakes that need no knowledge of other places.
WRONG = [
    ("spec: 1", "spec: 2"),
    ("name: demo\n", ""),
    ("name: demo", "name: two words"),
    ("name: demo", "nme: demo"),
    ("tests:", "test:"),
    ("run: ./server, ", ""),
    ("listens: tcp", "listens: sctp"),
    ("listens: tcp", "listens: tcp, port: any"),
    ("listens: tcp", "listens: tcp, stdout: file"),
    ("listens: tcp", "listens: tcp, env: {A-B: c}"),
    ("framing: line", "framing: lines"),
    ("framing: line", "framing: {length: u16}"),
    ("framing: line", "framing: {fixed: 4, delimiter: \";\"}"),
    ("framing: line", "framing: {ascii-length: int}"),
    ("framing: line\n", "max: 100\n"),
    ("framing: line\n", "framing: line\n  header: [{type: u16}]\n"),
    ("SUM: \"SUM {total:int}\"", "SUM: {text: \"SUM\", fields: []}"),
    ("SUM: \"SUM {total:int}\"", "SUM: {fields: [{a: u8, b: u8}]}"),
    ("SUM: \"SUM {total:int}\"", "SUM: {fields: [{a: u24be}]}"),
    ("SUM: \"SUM {total:int}\"", "2SUM: \"SUM {total:int}\""),
    ("SUM: \"SUM {total:int}\"", "SUM: \"SUM\"\n  rules: {ready: {SUM: ready}}"),
    ("connects: server", "conects: server"),
    ("connects: server", "connects: server, listens: tcp"),
    ("connects: server", "connects: server, host: 192.168"),
    ("connects: server", "connects: server, tls: {cert: bad}"),
    ("id: one", "id: one, two"),
    ("id: one", "id: one\n    points: many"),
    ("id: one", "id: one\n    visibility: secret"),
    ("id: one", "id: one\n    under: {random: 0}"),
    ("id: one", "id: one\n    timeout: 5"),
    ("steps:\n      - alice sends: \"hello\"\n      - alice gets: \"hello\"\n", "steps: []\n"),
    ("alice sends:", "alice sends quickly:"),
    ("alice sends:", "alice:"),
    ("gets: \"hello\"", "gets: 42"),
    ("gets: \"hello\"", "gets: {SUM: 4}"),
    ("gets: \"hello\"", "gets: {SUM: {}, ADD: {}}"),
    ("gets: \"hello\"", "gets end: now"),
    ("gets: \"hello\"", "gets nothing: {during: 1s}"),
    ("gets: \"hello\"", "gets: \"hello\"\n        within: soon"),
    ("gets: \"hello\"", "gets: \"hello\"\n        whithin: 5s"),
    ("gets: \"hello\"", "gets: \"hello\"\n        after: {least: 5s}"),
    ("alice gets: \"hello\"", "server exits: 256"),
    ("alice gets: \"hello\"", "server receives: TERM"),
    ("alice gets: \"hello\"", "server equals: \"x\"\n      - file out equals: 5"),
    ("alice gets: \"hello\"", "repeat: often\n        steps: [{alice closes: }]"),
    ("alice gets: \"hello\"", "same order: {actors: [alice]}"),
    ("alice gets: \"hello\"", "alice has got: {lines: 3}"),
    ("tests:", "impairments: {bad: [{drop: {nth: [1]}, delay: {by: 1s}}]}\ntests:"),
    ("tests:", "impairments: {bad: [{drop: {share: 20}}]}\ntests:"),
    ("tests:", "limits: {memory: 1GB}\ntests:"),
    ("tests:", "files: {a: !random {size: 3}}\ntests:"),
    ("tests:", "verbs: {greets: {with: {name: }}}\ntests:"),
    ("tests:", "defaults: {id: one}\ntests:"),
    ("tests:", "include: [{path: a.yaml}]\ntests:"),
]


def tables():
    """{(file, name, number): the keys that the loader reads}, of each table of keys."""
    found = {}
    for path in sorted(SOURCES.glob("*.c")):
        for i, table in enumerate(re.finditer(r"static const struct field (\w+)\[\] = \{(.*?)\};", path.read_text(), re.DOTALL)):
            entries = re.findall(r'\{"([^"]+)",\s*(\w+)', table[2])
            if (path.name, table[1]) not in OTHERS:
                found[path.name, table[1], i] = frozenset(key for key, read in entries if read not in REFUSALS)
    return found


def verbs():
    """[(name, kind)]"""
    return re.findall(r'\{"([^"]+)", VERB_\w+, ACTOR_(\w+),', (SOURCES / "verbs.c").read_text())


def words():
    """Each list of words between which a spec chooses."""
    lists = []
    for path in SOURCES.glob("*.c"):
        for found in re.finditer(r"static const char \*const \w+\[\] = \{(.*?)\}", path.read_text(), re.DOTALL):
            lists.append(set(re.findall(r'"([^"]+)"', found[1])))
    return lists


def below(value, path="$"):
    """All maps within."""
    if isinstance(value, dict):
        yield path, value
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from below(item, f"{path}.{key}")


def check_keys(t, language):
    known = tables()
    structures = {name for name, kind in verbs() if kind == "NONE"} | REPEAT
    maps = {}
    for path, part in below(language):
        if part.get("additionalProperties") is False:
            step = structures if part.get("patternProperties") else set()
            maps[path] = frozenset(part["properties"]) - step
    t.check(len(known) > 25, f"only {len(known)} tables of keys were found")
    for place, keys in known.items():
        near = min(maps.values(), key=lambda other: len(keys ^ other))
        t.check(keys in maps.values(), f"{place}: the schema lacks {set(keys - near)} or has {set(near - keys)} beside them")
    for path, keys in maps.items():
        t.check(keys in known.values() or keys == CONDITION, f"{path}: the loader has no map of {sorted(keys)}")


def check_verbs(t, language):
    step = language["$defs"]["step"]
    own = {name for name, kind in verbs() if kind == "NONE"} | REPEAT
    patterns = {{"PEER": r"^\S+ ", "PROGRAM": r"^\S+ ", "FILE": r"^file \S+( of \S+)? "}[kind] + name + "$"
                for name, kind in verbs() if kind != "NONE"}
    t.check(len(patterns) > 40, f"only {len(patterns)} verbs were found")
    t.equal(patterns - set(step["patternProperties"]), set(), "verbs that the schema lacks")
    t.equal(set(step["patternProperties"]) - patterns, {OWN_VERB}, "verbs that the loader lacks, but one")
    t.equal(own - set(step["properties"]), set(), "what needs no actor, and is not in the schema")


def check_words(t, language):
    lists = words() + SAID
    for path, part in below(language):
        choice = part.get("enum")
        if choice and not path.endswith("properties.spec"):
            t.check(set(choice) in lists, f"{path}: the loader does not choose between {choice}")


def check_described(t, language):
    """An editor shows a sentence for each key."""
    for path, part in below(language):
        for key, value in [*part.get("properties", {}).items(), *part.get("patternProperties", {}).items()]:
            fine = value is True or "description" in value or "$comment" in value or "defaults" in path
            t.check(fine, f"{path}: {key} is not described")


def check_specs(t, validator):
    goods = sorted((ROOT / "tests/golden/specs").glob("ok-*/**/*.yaml")) + sorted(ASSIGNMENTS.glob("*/spec.yaml"))
    texts = {path.relative_to(ROOT): path.read_text() for path in goods}
    texts |= {f"line {line} of the guide": text for line, text in examples()}
    t.check(len(texts) > 15, f"only {len(texts)} specs")
    for name, text in texts.items():
        for problem in problems(validator, text):
            t.check(False, f"{name}: {problem}")


def check_wrong(t, validator):
    t.equal(problems(validator, BASE), [], "the spec that is changed")
    for i, (there, instead) in enumerate(WRONG):
        text = BASE.replace(there, instead, 1)
        path = t.work / f"{i}.yaml"
        path.write_text(text)
        t.check(text != BASE, f"{there!r} is not there")
        t.check(problems(validator, text), f"{instead!r} instead of {there!r}: the schema takes that")
        t.equal(run("lint", path).returncode, 3, f"{instead!r} instead of {there!r}: lint")


with Test() as t:
    language = schema()
    jsonschema.Draft202012Validator.check_schema(language)
    validator = jsonschema.Draft202012Validator(language)
    t.equal(run("schema", "spec").stdout, run("schema").stdout, "schema spec")
    t.equal(run("schema", "specs").returncode, 2, "schema specs")
    check_keys(t, language)
    check_verbs(t, language)
    check_words(t, language)
    check_described(t, language)
    check_specs(t, validator)
    check_wrong(t, validator)
