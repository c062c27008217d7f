"""What the tests of the schema and of the guide share: YAML as editors read it, and the examples of the guide."""

import json
import re

import jsonschema
import yaml

from lib import ASSIGNMENTS, run

GUIDE = ASSIGNMENTS / "README.md"


class Loader(yaml.SafeLoader):
    """YAML 1.2, as editors read it; a tag such as !regex is as good as none."""

    yaml_implicit_resolvers = {}

    def bare(self, _, node):
        if isinstance(node, yaml.MappingNode):
            return self.construct_mapping(node, deep=True)
        if isinstance(node, yaml.SequenceNode):
            return self.construct_sequence(node, deep=True)
        return self.construct_scalar(node)


for tag, pattern, first in (
        ("null", "~|null|Null|NULL|", "~nN"),
        ("bool", "true|True|TRUE|false|False|FALSE", "tTfF"),
        ("int", "[-+]?[0-9]+", "-+0123456789"),
        ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789")):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), [*first, ""])
Loader.add_multi_constructor("!", Loader.bare)


def read(text):
    return yaml.load(text, Loader)


def schema():
    """What `sockgrade schema` prints."""
    return json.loads(run("schema").stdout)


def problems(validator, text):
    """What is wrong with a spec, in short: of each mistake the most likely reason."""
    reasons = [jsonschema.exceptions.best_match([error]) for error in validator.iter_errors(read(text))]
    return [f"{reason.json_path}: {reason.message[:200]}" for reason in reasons]


def blocks(kind):
    """The blocks of the guide that are written in yaml, python, …: (line, text). Those within a list are not."""
    text = GUIDE.read_text()
    for block in re.finditer(rf"^```{kind}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        yield text.count("\n", 0, block.start(1)) + 1, block[1]


def examples():
    """The complete specs in the guide."""
    return [(line, text) for line, text in blocks("yaml") if text.startswith("spec: 1\n")]
