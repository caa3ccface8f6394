"""The shape of decoded criteria: the sequence of terminals that the grammar decides on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from criteria.limits import Limits

NOT_JSON = "NOT_JSON"
"""Stands for a value that no terminal can stand for, so that no grammar derives it."""


class TooLarge(Exception):
    """The criteria break a bound before their shape is known."""


def shape(criteria: object, key_terminal: Callable[[str], str], limits: Limits) -> tuple[str, ...]:
    """One terminal for each token of the JSON text of `criteria`.

    Raises `TooLarge` when they are nested deeper than `limits.nesting`, or have more tokens than `limits.text`
    has characters (a few lists that hold each other many times can unfold to that).
    """
    unfolding = _Unfolding(key_terminal, limits)
    unfolding.append(criteria, 0)
    return tuple(unfolding.terminals)


class _Unfolding:
    __slots__ = ("containers", "fields", "key_terminal", "limits", "most_containers", "terminals", "widest")

    def __init__(self, key_terminal: Callable[[str], str], limits: Limits) -> None:
        self.key_terminal, self.limits = key_terminal, limits
        self.widest = max(limits.leaves, limits.values)
        self.terminals: list[str] = []
        self.fields = self.containers = 0
        self.most_containers = min(limits.text, limits.leaves * limits.nesting)

    def append(self, value: Any, level: int) -> None:
        """The terminals of a value. Each name and each criteria in a list is a comparison at least, so the grammar
        is not asked about what has too many of them."""
        if isinstance(value, (dict, list, tuple)):
            self.containers += 1
            if level == self.limits.nesting or len(value) > self.widest or self.containers > self.most_containers:
                raise TooLarge
            self.members(value, level) if isinstance(value, dict) else self.items(value, level)
        else:
            self.terminals.append(terminal_of(value))

    def members(self, members: dict[Any, Any], level: int) -> None:
        self.terminals.append("LBRACE")
        for index, (key, member) in enumerate(members.items()):
            if index:
                self.terminals.append("COMMA")
            terminal = self.key_terminal(key) if isinstance(key, str) else NOT_JSON
            self.fields += terminal == "FIELD"
            if self.fields > self.limits.leaves:
                raise TooLarge
            self.terminals += (terminal, "COLON")
            self.append(member, level + 1)
        self.terminals.append("RBRACE")

    def items(self, items: Sequence[Any], level: int) -> None:
        self.terminals.append("LBRACKET")
        for index, item in enumerate(items):
            if index:
                self.terminals.append("COMMA")
            self.append(item, level + 1)
        self.terminals.append("RBRACKET")


def terminal_of(value: object) -> str:
    """The terminal of a JSON scalar."""
    if isinstance(value, str):
        return "STRING"
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float, Decimal)):
        return "NUMBER" if _is_finite(value) else NOT_JSON
    return NOT_JSON


def _is_finite(value: object) -> bool:
    if isinstance(value, Decimal):
        return value.is_finite()
    return not isinstance(value, float) or value - value == 0
