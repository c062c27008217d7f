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


def check_fragments(t, validator):
    """Those of the top level can be read without the rest."""
    keys = validator.schema["properties"]
    fragments = [(line, text) for line, text in blocks("yaml") if text.split(":")[0] in keys and text[:5] != "spec:"]
    t.check(len(fragments) > 8, f"only {len(fragments)} fragments")
    for line, text in fragments:
        for problem in problems(validator, text):
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
    verbs = [pattern.split("\\S+ ")[1][:-1] for pattern in step["patternProperties"] if pattern.endswith("$") and "A-Z" not in pattern]
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
