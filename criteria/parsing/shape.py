"""The shape of decoded criteria: everything but their values.

Queries come in few shapes and many values. Whether criteria are well-formed depends on their shape alone, and so does
how their tree is put together: both are worked out once for a shape (`plan`) and remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Protocol

from criteria.limits import Limits

Shape = tuple[int | str, ...]
"""The objects, lists, keys and scalars of criteria in the order of their text.

An object of n members is the number n, and for each member its key and the shape of its value. A list of n items is the
number -1 - n, and the shape of each item. A scalar is the name of its terminal in the grammar.
"""

NOT_JSON = "NOT_JSON"
"""Stands for what no terminal can stand for, so that no grammar derives it."""


class Grammar(Protocol):
    """What decides on shapes (see `criteria.parsing.grammar`)."""

    def __hash__(self) -> int:
        """Plans are remembered by grammar."""

    def accepts(self, terminals: tuple[str, ...], /) -> bool:
        """Whether the terminals are a query."""

    def key_terminal(self, key: str, /) -> str:
        """The terminal of an object's key."""


class TooLarge(Exception):
    """The criteria break a bound before their shape is known."""


def shape(criteria: object, limits: Limits) -> tuple[Shape, list[Any]]:
    """The shape of criteria, and their operands in order: scalars that are members, and lists of scalars.

    Raises `TooLarge` when they break a limit that can be told without knowing what they mean.
    """
    parts: list[int | str] = []
    operands: list[Any] = []
    if isinstance(criteria, dict):
        _members(criteria, limits.nesting, limits, parts, operands)
    elif isinstance(criteria, (list, tuple)):
        _items(criteria, limits.nesting, limits, parts, operands)
    else:
        parts.append(terminal_of(criteria))
    if len(operands) > limits.leaves or len(parts) > limits.text:
        raise TooLarge
    return tuple(parts), operands


def _members(members: dict[Any, Any], levels: int, limits: Limits, parts: list[int | str], operands: list[Any]) -> None:
    """Adds an object; `levels` may still be opened. A few objects that hold each other many times may unfold to more
    parts than a text can have characters."""
    count = len(members)
    if not levels or (count > 1 and len(parts) > limits.text):
        raise TooLarge
    parts.append(count)
    for key, value in members.items():
        if type(key) is not str:
            key = _key(key)
        kind = type(value)
        if kind is dict:
            parts.append(key)
            _members(value, levels - 1, limits, parts, operands)
        elif kind is list:
            parts.append(key)
            _items(value, levels - 1, limits, parts, operands)
        elif kind in _TERMINALS:
            parts += (key, _TERMINALS[kind])
            operands.append(value)
        elif kind is bool:
            parts += (key, "TRUE" if value else "FALSE")
            operands.append(value)
        else:
            parts.append(key)
            _other(value, levels - 1, limits, parts, operands)


def _items(items: Any, levels: int, limits: Limits, parts: list[int | str], operands: list[Any]) -> None:
    """Adds a list, of criteria or of values."""
    count = len(items)
    if not levels or len(operands) > limits.leaves or len(parts) > limits.text:
        raise TooLarge
    if count > limits.leaves and count > limits.values:
        raise TooLarge
    parts.append(-1 - count)
    are_values = True
    for item in items:
        kind = type(item)
        if kind is dict:
            are_values = False
            _members(item, levels - 1, limits, parts, operands)
        elif kind in _TERMINALS:
            parts.append(_TERMINALS[kind])
        elif isinstance(item, (dict, list, tuple)):
            are_values = False
            _other(item, levels - 1, limits, parts, operands)
        else:
            parts.append(terminal_of(item))
    if are_values:
        operands.append(items)


def _other(value: Any, levels: int, limits: Limits, parts: list[int | str], operands: list[Any]) -> None:
    """Adds a value of a class that is not looked for first."""
    if isinstance(value, dict):
        _members(value, levels, limits, parts, operands)
    elif isinstance(value, (list, tuple)):
        _items(value, levels, limits, parts, operands)
    else:
        parts.append(terminal_of(value))
        operands.append(value)


def _key(key: object) -> str:
    """A key of another class: as plain text, or as the empty name, which is no field's, when it is no text."""
    return str.__str__(key) if isinstance(key, str) else ""


_TERMINALS: dict[type, str] = {str: "STRING", int: "NUMBER", type(None): "NULL"}
"""Classes whose every instance has one terminal."""


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


def terminals(shape: Shape, key_terminal: Callable[[str], str]) -> tuple[str, ...]:
    """One terminal for each token of the JSON text that has the shape."""
    found: list[str] = []
    parts = iter(shape)
    _spell(parts, key_terminal, found)
    return tuple(found)


def _spell(parts: Iterator[int | str], key_terminal: Callable[[str], str], found: list[str]) -> None:
    part = next(parts)
    if isinstance(part, str):
        found.append(part)
        return
    is_list = part < 0
    found.append("LBRACKET" if is_list else "LBRACE")
    for index in range(-1 - part if is_list else part):
        if index:
            found.append("COMMA")
        if not is_list:
            found += (key_terminal(str(next(parts))), "COLON")
        _spell(parts, key_terminal, found)
    found.append("RBRACKET" if is_list else "RBRACE")
