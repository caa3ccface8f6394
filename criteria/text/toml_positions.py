"""The positions of the keys in a TOML text, found line by line.

The text was decoded before, and the TOML decoder reports no positions. Keys in inline tables are not found: their
position is that of the table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_HEADER = re.compile(r"[ \t]*\[\[?([^\[\]]+)\]\]?[ \t]*(?:#.*)?")
_KEY = re.compile(r"""[ \t]*("[^"]*"|'[^']*'|[A-Za-z0-9_-]+)[ \t]*[=.]""")

_Steps = tuple[str | int, ...]

Places = Mapping[_Steps, tuple[int, int]]
"""The line and column of each table and key, by its path."""


def place_of(places: Places, path: _Steps) -> tuple[int, int] | None:
    """The line and column of a key or of a table's header; if it is not found, those of the innermost one around it."""
    for end in range(len(path), 0, -1):
        if path[:end] in places:
            return places[path[:end]]
    return None


def places_in(text: str) -> Places:
    """The places of all keys of a text."""
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
