"""The shape of decoded criteria: the sequence of terminals that the grammar decides on."""

from __future__ import annotations

from collections.abc import Callable
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
    terminals: list[str] = []
    _append(criteria, terminals, key_terminal, limits, 0)
    return tuple(terminals)


def _append(value: Any, terminals: list[str], key_terminal: Callable[[str], str], limits: Limits, level: int) -> None:
    if isinstance(value, (dict, list, tuple)):
        if level == limits.nesting or len(terminals) > limits.text:
            raise TooLarge
        first = True
        if isinstance(value, dict):
            terminals.append("LBRACE")
            for key, member in value.items():
                if not first:
                    terminals.append("COMMA")
                first = False
                terminals.append(key_terminal(key) if isinstance(key, str) else NOT_JSON)
                terminals.append("COLON")
                _append(member, terminals, key_terminal, limits, level + 1)
            terminals.append("RBRACE")
        else:
            terminals.append("LBRACKET")
            for item in value:
                if not first:
                    terminals.append("COMMA")
                first = False
                _append(item, terminals, key_terminal, limits, level + 1)
            terminals.append("RBRACKET")
    else:
        terminals.append(terminal_of(value))


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
