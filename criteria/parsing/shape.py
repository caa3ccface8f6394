"""The shape of decoded criteria: everything but their values.

A program sends queries of few shapes with many values. The shape alone decides whether criteria are well-formed and how
their tree is built, so both are worked out once per shape and cached (`tree_builder`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Protocol

from criteria.limits import Limits

Shape = tuple[int | str, ...]
"""The objects, lists, keys and scalars of criteria, in the order of their text.

An object of n members is the number n, then the key and the shape of the value of each member. A list of n items is the
number -1 - n, then the shape of each item. A scalar is the name of its terminal in the grammar.
"""

NOT_JSON = "NOT_JSON"
"""In a shape, the terminal of anything that is not JSON. No grammar has it, so none derives it."""


class Grammar(Protocol):
    """Decides which shapes are queries; see `criteria.parsing.grammar.CriteriaGrammar`."""

    def __hash__(self) -> int:
        """The tree builders of a grammar are cached by it."""

    def accepts(self, terminals: tuple[str, ...], /) -> bool:
        """Whether the grammar derives the terminals."""

    def key_terminal(self, key: str, /) -> str:
        """The terminal of an object's key."""


class TooLarge(Exception):
    """The criteria exceed a limit, so that their shape is not read to the end."""


def shape(criteria: object, limits: Limits) -> tuple[Shape, list[Any]]:
    """The shape of criteria, and their operands in order: the scalars in objects, and the lists of scalars.

    Raises `TooLarge` when the criteria exceed a limit on nesting, number or length.
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
    """Appends an object; `levels` is how much deeper it may nest.

    A few objects that hold each other many times may unfold to more parts than a text can have characters.
    """
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
    """Appends a list of criteria or of values."""
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
    """Appends a value of a rare class."""
    if isinstance(value, dict):
        _members(value, levels, limits, parts, operands)
    elif isinstance(value, (list, tuple)):
        _items(value, levels, limits, parts, operands)
    else:
        parts.append(terminal_of(value))
        operands.append(value)


def _key(key: object) -> str:
    """A key that is not a plain `str` as one. A key that is not a string becomes empty, which no field name is."""
    return str.__str__(key) if isinstance(key, str) else ""


_TERMINALS: dict[type, str] = {str: "STRING", int: "NUMBER", type(None): "NULL"}
"""The terminal of the classes whose instances all have the same."""


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
