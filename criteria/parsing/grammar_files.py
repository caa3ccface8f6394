"""The files in `grammar/`: the grammars, and the LALR tables that were made of one."""

from __future__ import annotations

import json
import os
from binascii import crc32
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_PACKAGE = os.path.dirname(os.path.dirname(__file__))  # importing pathlib takes longer than reading a grammar
_FOLDERS = (os.path.join(_PACKAGE, "grammar"), os.path.join(os.path.dirname(_PACKAGE), "grammar"))
"""The folder of the grammars: in a wheel inside the package, in a checkout beside it."""


def grammar_file(name: str) -> str:
    """The path of a file, such as `criteria.lark`."""
    paths = [os.path.join(folder, name) for folder in _FOLDERS]
    found = next(filter(os.path.isfile, paths), None)
    if found is None:
        raise FileNotFoundError(f"{name} is neither in {_FOLDERS[0]} nor in {_FOLDERS[1]}")
    return found


def grammar_text(name: str) -> str:
    """The text of a grammar, `criteria` or `order_by`."""
    with open(grammar_file(f"{name}.lark"), encoding="utf-8") as file:
        return file.read()


class Tables(NamedTuple):
    """The tables of an LALR parser, which starts in state 0, and the patterns of its terminals."""

    patterns: Mapping[str, str]
    rules: Sequence[tuple[str, int]]
    """The symbol that a rule reduces to, and the number of symbols that it reduces."""
    states: Sequence[Mapping[str, int]]
    """What a state does with a symbol: go to the state `n`, or reduce by the rule `~n`, which is negative."""
    end: int
    """The state after a whole query."""


def stored_tables(text: str) -> Tables | None:
    """The tables in `criteria.tables.json`, if they were made of this very text."""
    with open(grammar_file("criteria.tables.json"), "rb") as file:
        stored = json.load(file)
    return Tables(**stored["tables"]) if stored["grammar"] == _mark(text) else None


def to_json(tables: Tables, text: str) -> str:
    """The text of `criteria.tables.json`, with one rule and one state per line."""
    rules, states = (",\n      ".join(json.dumps(one) for one in many) for many in (tables.rules, tables.states))
    patterns = ",\n      ".join(f"{json.dumps(name)}: {json.dumps(one)}" for name, one in tables.patterns.items())
    return f"""{{
  "grammar": {json.dumps(_mark(text))},
  "tables": {{
    "patterns": {{
      {patterns}
    }},
    "rules": [
      {rules}
    ],
    "states": [
      {states}
    ],
    "end": {tables.end}
  }}
}}
"""


def _mark(text: str) -> str:
    """A checksum of a text: it changes when somebody edits the grammar."""
    return f"{len(text)}-{crc32(text.encode()):08x}"
