"""C sources as the checks want to see them: with comments and literals blanked, and every line where it was."""

import pathlib
import re

TOKEN = re.compile(
    r"""//(?:[^\n\\]|\\.|\\\n)*          # line comment
      | /\*.*?(?:\*/|\Z)                 # block comment
      | "(?:[^"\\\n]|\\.|\\\n)*"?        # string
      | '(?:[^'\\\n]|\\.|\\\n)*'?        # character
    """,
    re.S | re.X,
)


def blank(text, keep_strings=False):
    """Comments, and strings and characters too unless asked to keep them, become spaces; line feeds stay."""

    def hide(match):
        token = match.group()
        if token[0] in "\"'":
            if keep_strings:
                return token
            inner = re.sub(r"[^\n]", " ", token[1:-1])
            return token[0] + inner + token[-1] if len(token) > 1 else token
        return re.sub(r"[^\n]", " ", token)

    return TOKEN.sub(hide, text)


def files(*roots, suffixes=(".c", ".h")):
    """All C files below the roots, sorted; students' code left out."""
    found = []
    for root in roots:
        for path in pathlib.Path(root).rglob("*"):
            if path.suffix in suffixes and path.is_file() and not {"mutants", "wild", "bad"} & set(path.parts):
                found.append(path)
    return sorted(found)


def read(path):
    return path.read_text(encoding="utf-8", errors="replace")


def allowed(lines, number, what):
    """Does line `number` (from 1), or the one before it, say `lint: allow WHAT: reason`?"""
    mark = re.compile(r"lint: allow %s: (?!\*/)\S" % re.escape(what))
    return any(mark.search(lines[i]) for i in (number - 1, number - 2) if i >= 0)
