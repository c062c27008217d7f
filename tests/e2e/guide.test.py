#!/usr/bin/env python3
"""The guide for authors is right: its complete specs are specs, its first assignment grades its programs as it says, and
every key and verb that there is stands in it."""
import re
import sys

sys.dont_write_bytecode = True
try:
    import jsonschema
    import yaml  # noqa: F401
except ImportError as error:
    print(f"needs {error.name}")
    sys.exit(77)
from lib import Test, folder, grade, run
from specs import GUIDE, blocks, examples, problems, schema

# Where parts of specs stand.
PARTS = [
    ("  - id:", "tests:\n"),
    ("    steps:", "tests:\n  - id: part\n"),
    ("    examples:", "tests:\n  - id: part\n"),
    ("  header:", "protocol:\n  framing: none\n"),
    ("    PACKET:", "protocol:\n  framing: none\n  messages:\n"),
]


def programs():
    """{name: text}: each says its name in its second line."""
    return {re.match(r"#!.*\n# (\w+):", text)[1]: text for _, text in blocks("python")}


def chapter(text, title):
    return re.search(rf"^## {title}\n(.*?)^## ", text, re.DOTALL | re.MULTILINE)[1]


def check_examples(t):
    specs = list(examples())
    t.check(len(specs) > 4, f"only {len(specs)} complete examples")
    for line, text in specs:
        path = t.work / f"line-{line}.yaml"
        path.write_text(text)
        result = run("lint", path)
        told = (result.stdout + result.stderr).decode()
        t.check(result.returncode == 0 and "warning" not in told, f"line {line} of the guide: {told}")


def completed(text, keys):
    """A part of a spec as one that can be read; None for what is no part of any."""
    for begin, before in PARTS:
        if text.startswith(begin):
            return before + text
    return text if text.split(":")[0] in keys else None


def check_fragments(t, validator):
    parts = [(line, completed(text, validator.schema["properties"])) for line, text in blocks("yaml")]
    others = [line for line, text in parts if not text]
    t.check(len(parts) > 25, f"only {len(parts)} examples")
    t.check(len(others) == 2, f"only rules and expect.yaml are no parts of the top level, not what is in lines {others}")
    for line, text in parts:
        for problem in problems(validator, text) if text else []:
            t.check(False, f"line {line} of the guide: {problem}")


def check_tutorial(t, text):
    solution = folder(t.work / "solution", programs())
    tutorial = chapter(text, "A first assignment")
    specs = [(line, spec) for line, spec in examples() if spec in tutorial]
    t.check(len(specs) == 4, f"the first assignment has {len(specs)} specs")
    for line, spec in specs:
        path = t.work / "spec.yaml"
        path.write_text(spec)
        grading = grade(path, solution)
        t.check(grading.status == 0, f"line {line} of the guide: {grading}")


def check_complete(t, text, language):
    step = language["$defs"]["step"]
    verbs = [re.split(r"\\S\+(?:\( of \\S\+\)\?)? ", pattern)[1][:-1] for pattern in step["patternProperties"] if pattern.endswith("$") and "A-Z" not in pattern]
    words = verbs + list(step["properties"]) + list(language["properties"])
    for name in ("program", "peer", "protocol", "datagrams", "impairment", "test", "language"):
        words += language["$defs"][name]["properties"]
    for word in set(words):
        t.check(re.search(rf"[` {{]{re.escape(word)}[`:, ]", text), f"the guide does not speak of `{word}`")


with Test() as t:
    text = GUIDE.read_text()
    language = schema()
    check_examples(t)
    check_fragments(t, jsonschema.Draft202012Validator(language))
    check_tutorial(t, text)
    check_complete(t, text, language)
