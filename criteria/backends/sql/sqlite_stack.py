"""How much of its stack SQLite's parser needs for a statement.

The parser has room for 99 symbols in most builds (from 3.46 on it grows). Ordinary groups are far below it within the
limits of the language, but each test of a list or a reference is a subquery, which takes many.

The parser is LALR(1): a symbol is on the stack until the rule that contains it is complete. So what is on the stack at
a token is what is to the left of it in each rule that is not complete yet. The numbers here are those of the rules of
SQLite's grammar (src/parse.y); where its versions differ, the greater ones.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

ROOM = 99
"""The symbols for which the parser has room. The stack has 100 places, the first of which is not for a symbol."""
BEFORE_CONDITION, BEFORE_STATEMENT = 13, 6
"""The symbols that may be on the stack before a condition, and before a SELECT: what a host puts around them.

`UPDATE t SET n = 1 WHERE` takes 9, `SELECT id FROM t WHERE` 5, `id IN (` and `n = 1 AND (` 3, `NOT (` and `EXISTS (` 2,
and `SELECT COUNT(*) FROM (` 6. docs/references.md has what that allows.
"""

_LEVELS = (("OR",), ("AND",), ("NOT",),
           ("IS", "IN", "LIKE", "GLOB", "MATCH", "REGEXP", "BETWEEN", "=", "==", "<>", "!="), ("<", "<=", ">", ">="),
           ("ESCAPE",), ("&", "|", "<<", ">>"), ("+", "-"), ("*", "/", "%", "%%"), ("||", "->", "->>"))  # fmt: skip
_PRECEDENCE: Mapping[str, int] = {operator: level for level, some in enumerate(_LEVELS) for operator in some}
_NOT, _TEST, _SIGN = _PRECEDENCE["NOT"], _PRECEDENCE["BETWEEN"], len(_LEVELS)

_CLAUSES: Mapping[str, tuple[int, int]] = {
    "SELECT": (4, 0), "FROM": (5, 0), "JOIN": (5, 0), "WHERE": (5, 0), "GROUP": (7, 2), "HAVING": (7, 0),
    "ORDER": (9, 2), "LIMIT": (9, 2), "OFFSET": (11, 0), "ON": (12, 0),
}  # fmt: skip
"""The symbols of a SELECT before the first item of a clause, and how many more there are before each further item."""
_SELECT_END = 9
"""The symbols of a SELECT at its end: each clause is one, also if it is left out."""
_BRANCHES: Mapping[str, int] = {"WHEN": 3, "THEN": 5, "ELSE": 3}
"""The symbols of a CASE before what follows a word of its first branch. In later ones there is one more."""
_TABLE, _SUBQUERY, _FUNCTION = 3, 3, 5
"""The symbols of a table with its index, of a subquery and of a function after FROM."""
_TABLE_END = 3
"""The symbols after these: an alias, the condition of a join, and its columns."""
_NAMED = 4
"""The symbols of an expression with an alias or a type, and of a sort key with the place of its NULLS."""

_NAME = r"""(?:`(?:[^`]|``)*`|"(?:[^"]|"")*"|[^\W\d]\w*)"""
_TOKEN = re.compile(
    rf"""'(?:[^']|'')*'|{_NAME}(?:\.{_NAME})*|%s\b|[0-9][\w.]*|->>|->|<>|<<|>>|[<>!=]=|\|\||%%|[^\s;]"""
)
_PART = re.compile(_NAME)
_LITERAL = frozenset("'0123456789")
"""How a text or a number begins, which may have a point."""
_SIGNS = frozenset("+-~")
_OPENING, _CLOSING = frozenset({"(", "CASE"}), frozenset({")", "END"})
_NAMING = frozenset({"AS", "NULLS", "BY", "DISTINCT", "EXISTS"})
_NO_OPERANDS = frozenset({*_OPENING, *_CLOSING, ",", "COLLATE", *_CLAUSES, *_BRANCHES, *_PRECEDENCE, *_SIGNS, *_NAMING})
"""What is no operand. A name with its table is one token."""


class _Level:
    """A statement, a parenthesis or a CASE that has not ended."""

    __slots__ = ("clause", "depth", "end", "first", "further", "is_open", "is_subquery", "pending", "select", "start")

    def __init__(self, start: int, first: int, end: int, further: int = 0, *, is_subquery: bool = False) -> None:
        self.start = start
        """The symbols before it."""
        self.first = self.depth = start + first
        """The symbols before its first item, and before the next operand."""
        self.further = further
        """How many more there are before each further item."""
        self.end = start + end
        """The symbols when it ends."""
        self.is_subquery = is_subquery
        """Whether it is a subquery after FROM."""
        self.pending: list[tuple[int, int]] = []
        """The precedence and the symbols of each operator that waits for its right operand, with its left one."""
        self.select: int | None = None
        """The symbols before its SELECT."""
        self.clause = ""
        self.is_open = False
        """Whether a BETWEEN waits for its AND."""

    def begin(self, piece: str) -> int:
        """Begins a clause, a branch or a further item. Returns the symbols that are needed at least."""
        self.pending.clear()
        self.is_open = False
        least = 0
        if piece == ",":
            self.depth = self.first + self.further
        elif piece in _BRANCHES:
            self.depth = self.start + _BRANCHES[piece] + self.further
            self.further = 0 if piece == "WHEN" and not self.further else 1
        else:
            if piece == "SELECT":
                self.select, least = self.first, self.first + _SELECT_END
            self.clause = "FROM" if piece == "JOIN" else piece
            more, self.further = (0, 0) if self.select is None else _CLAUSES[piece]
            self.first = self.depth = (self.select or 0) + more
        return max(least, self.depth + _TABLE + _TABLE_END) if self.clause == "FROM" else least

    def operator(self, piece: str, before: str, operand: int) -> int:
        """Puts an operator on the stack, after those that bind as much or more are done. Returns the symbols of the
        operand so far, where it is none."""
        if not operand:
            if piece == "NOT":  # IS NOT is one operator
                self._wait(_TEST if before == "IS" else _NOT, 1)
            elif piece in _SIGNS:
                self._wait(_SIGN, 1)
            else:  # COUNT(*), LIKE(x, y)
                return 1
        elif piece == "NOT":  # NOT IN, NOT LIKE
            self._finish(_TEST)
            return 2
        elif piece == "AND" and self.is_open:
            self._finish(_TEST + 1)
            self._wait(_TEST, 2)
            self.is_open = False
        else:
            self._finish(_PRECEDENCE[piece])
            self._wait(_PRECEDENCE[piece], 2)
            self.is_open = self.is_open or piece == "BETWEEN"
        return 0

    def _wait(self, precedence: int, symbols: int) -> None:
        self.pending.append((precedence, symbols))
        self.depth += symbols

    def _finish(self, precedence: int) -> None:
        while self.pending and self.pending[-1][0] >= precedence:
            self.depth -= self.pending.pop()[1]


def is_too_deep(statement: str, parentheses: int = 0) -> bool:
    """Whether the parser has no room for a SELECT, or for a condition or an UPDATE, with what a host puts around it
    and some parentheses more."""
    before = BEFORE_STATEMENT if statement.startswith("SELECT") else BEFORE_CONDITION
    return before + parentheses + symbols(statement) > ROOM


def symbols(statement: str) -> int:
    """The greatest number of symbols on the stack for a SELECT or a condition, or a few more."""
    level = _Level(0, 0, 0)
    outer: list[_Level] = []
    most, operand, before = 0, 0, ""  # the greatest number, the symbols of the operand so far, and the last token
    for piece in _TOKEN.findall(statement):
        if piece not in _NO_OPERANDS:
            operand = 1 if "." not in piece or piece[0] in _LITERAL else 2 * len(_PART.findall(piece)) - 1
        elif piece in _OPENING:
            outer.append(level)
            level = _inner(level, piece, before, operand)
            operand = 0
        elif piece in _CLOSING:
            most = max(most, level.end)
            is_subquery, level = level.is_subquery, outer.pop()
            operand = 1
            if level.clause == "FROM":
                most = max(most, level.depth + (_SUBQUERY if is_subquery else _FUNCTION) + _TABLE_END)
        elif piece in _PRECEDENCE or piece in _SIGNS:
            operand = level.operator(piece, before, operand)
        elif piece == "COLLATE":
            operand = 3
        elif piece in _NAMING:
            most = max(most, level.first + _NAMED)
            operand = 0
        else:
            most = max(most, level.begin(piece))
            operand = 0
        if level.depth + operand > most:
            most = level.depth + operand
        before = piece
    return most


def _inner(level: _Level, piece: str, before: str, operand: int) -> _Level:
    """What a parenthesis or CASE begins."""
    if piece == "CASE":
        return _Level(level.depth, 1, 5)
    if operand:
        return _Level(level.depth, 3, 5, 2)  # a function: its name, the parenthesis, DISTINCT
    if before == "EXISTS":
        return _Level(level.depth, 2, 4)
    return _Level(level.depth, 1, 3, 2, is_subquery=level.clause == "FROM")
