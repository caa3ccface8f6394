"""The position of a key in a TOML text, found by reading it line by line.

The text was decoded before, and TOML's decoder tells no places. Keys in inline tables are not found: then the place is
that of what is around them.
"""

from __future__ import annotations

import re

_HEADER = re.compile(r"[ \t]*\[\[?([^\[\]]+)\]\]?[ \t]*(?:#.*)?")
_KEY = re.compile(r"""[ \t]*("[^"]*"|'[^']*'|[A-Za-z0-9_-]+)[ \t]*[=.]""")

_Steps = tuple[str | int, ...]


def place_of(text: str, path: _Steps) -> tuple[int, int] | None:
    """The line and column of the key, the header of the table, or of the innermost of these around them."""
    found = _places(text)
    for end in range(len(path), 0, -1):
        if path[:end] in found:
            return found[path[:end]]
    return None


def _places(text: str) -> dict[_Steps, tuple[int, int]]:
    """Where each table and key begins, by its path."""
    found: dict[_Steps, tuple[int, int]] = {}
    counted: dict[tuple[str, ...], int] = {}
    table: _Steps = ()
    for number, line in enumerate(text.split("\n"), 1):
        header = _HEADER.fullmatch(line.rstrip("\r"))
        key = _KEY.match(line)
        if header:
            names = tuple(_name(part) for part in header[1].split("."))
            table = names
            if line.lstrip().startswith("[["):
                counted[names] = counted.get(names, -1) + 1
                table = (*names, counted[names])
            found.setdefault(table, (number, len(line) - len(line.lstrip()) + 1))
        elif key:
            found.setdefault((*table, _name(key[1])), (number, key.start(1) + 1))
    return found


def _name(part: str) -> str:
    part = part.strip()
    return part[1:-1] if part[:1] in ("'", '"') else part
