#!/usr/bin/env python3
"""Readers that are not ours look at reports: validate.py PATH...

A folder stands for all that is in it. Each .json must fit the published schema of result.json and each .xml must be
JUnit as its readers want it. Prints what is wrong; exit 1 when anything is, or when there was nothing to look at.
"""

import json
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

import jsonschema

SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "harness/report/schema/result.schema.json"


def check_json(path, validator):
    text = path.read_bytes().decode("utf-8")
    for error in validator.iter_errors(json.loads(text)):
        yield f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"


def check_counts(suite, cases):
    for attribute, element in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        if int(suite.get(attribute)) != sum(case.find(element) is not None for case in cases):
            yield f"{suite.tag}: {attribute} is not what the cases tell"
    if int(suite.get("tests")) != len(cases):
        yield f"{suite.tag}: tests is not what there is"


def check_junit(path):
    root = ElementTree.parse(path).getroot()
    cases = root.findall("testsuite/testcase")
    names = [case.get("name") for case in cases]
    if root.tag != "testsuites" or not cases:
        yield "no test cases in testsuites/testsuite"
    if len(set(names)) < len(names):
        yield "names are not unique"
    yield from check_counts(root, cases)
    for suite in root.findall("testsuite"):
        yield from check_counts(suite, suite.findall("testcase"))
    for case in cases:
        children = [child.tag for child in case]
        order = [tag for tag in ("failure", "error", "skipped", "system-out", "system-err") if tag in children]
        if sorted(children, key=order.index) != children or len(set(children) & {"failure", "error", "skipped"}) > 1:
            yield f"{case.get('name')}: children in a wrong order or number: {children}"
        if not (case.get("file") and int(case.get("line")) > 0 and float(case.get("time")) >= 0 and case.get("classname")):
            yield f"{case.get('name')}: an attribute is missing"
        for trouble in case.iter():
            if trouble.tag in ("failure", "error", "skipped") and not trouble.text.startswith(trouble.get("message")):
                yield f"{case.get('name')}: the message is not repeated as content"


def main(arguments):
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    paths = [path for argument in map(pathlib.Path, arguments)
             for path in (sorted(argument.iterdir()) if argument.is_dir() else [argument])]
    reports = [path for path in paths if path.suffix in (".json", ".xml")]
    bad = not reports
    for path in reports:
        try:
            problems = list(check_json(path, validator) if path.suffix == ".json" else check_junit(path))
        except (ValueError, ElementTree.ParseError) as error:
            problems = [str(error)]
        for problem in problems:
            print(f"{path}: {problem}")
        bad |= bool(problems)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
