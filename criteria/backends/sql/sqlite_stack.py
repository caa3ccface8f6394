"""How much of its stack SQLite's parser needs for a statement.

The parser has room for 100 symbols in most builds (from 3.46 on it grows). Ordinary groups are far below it within the
limits of the language, but each test of a list or a reference is a subquery, which takes many.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_ROOM = 100
"""The symbols for which the parser has room."""
_STATEMENT, _HOST = 3, 9
"""The symbols that are on the stack before a statement, and before a condition inside the statement of a host."""

_LEVELS = (("OR",), ("AND",), ("NOT",), ("IS", "IN", "LIKE", "GLOB", "=", "<>"), ("<", "<=", ">", ">="), ("&",),
           ("+", "-"), ("*", "/", "%"), ("||", "->", "->>"))  # fmt: skip
_PRECEDENCE: Mapping[str, int] = {operator: level for level, some in enumerate(_LEVELS) for operator in some}
_CLAUSES = ("CASE", "END", "WHEN", "THEN", "ELSE", "SELECT", "FROM", "WHERE", "ON")
_BEFORE_GROUP = frozenset({*_PRECEDENCE, *_CLAUSES, "EXISTS", "BY", "AS", ""})
"""The words after which a parenthesis is not that of a function."""

_WORDS = "|".join(word for word in (*_CLAUSES, *_PRECEDENCE) if word.isalpha())
_TOKEN = re.compile(
    rf"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\b[A-Za-z_]\w*\(|\b(?:{_WORDS})\b|[(),]|->>|->|<>|<=|>=|\|\||[-+*/%&<>=]"""
)
"""What changes the stack, and strings and quoted names, in which such text does not. The name of a function has its
parenthesis."""
_QUOTES = frozenset("'\"`")


def is_too_deep(statement: str) -> bool:
    """Whether the parser has no room for a statement, or for one of a host with this condition in it."""
    return symbols(statement) > _ROOM


def symbols(statement: str) -> int:
    """The greatest number of symbols on the stack, or a few more."""
    most = 0
    outer: list[tuple[int, int, list[int]]] = []
    first = _STATEMENT if statement.startswith("SELECT") else _HOST
    start, base, pending = first, first, list[int]()
    for piece in _TOKEN.findall(statement):
        if piece in _PRECEDENCE:
            _wait(pending, _PRECEDENCE[piece])
        elif piece[0] in _QUOTES:
            continue
        elif piece[-1] == "(":
            word = piece[:-1]
            if word in _PRECEDENCE:
                _wait(pending, _PRECEDENCE[word])
            outer.append((start, base, pending))
            start = base + 2 * len(pending) + (word == "EXISTS")
            base, pending = start + (1 if word in _BEFORE_GROUP else 3), []
        elif piece == "CASE":
            outer.append((start, base, pending))
            start = base + 2 * len(pending)
            base, pending = start + 3, []
        elif piece in (")", "END"):
            start, base, pending = outer.pop() if outer else (first, first, [])
        elif piece == ",":
            base, pending = max(base, start + 5), []
        elif piece in ("WHEN", "ELSE"):
            base, pending = start + 4, []
        elif piece == "THEN":
            base, pending = start + 6, []
        elif piece == "SELECT":
            base, pending = base + 3, []
        else:  # FROM, WHERE, ON
            base, pending = base + 1, []
        most = max(most, base + 2 * len(pending) + 1)
    return most


def _wait(pending: list[int], precedence: int) -> None:
    """Puts an operator on the stack, after those that bind as much or more are done."""
    while pending and pending[-1] >= precedence:
        pending.pop()
    pending.append(precedence)
