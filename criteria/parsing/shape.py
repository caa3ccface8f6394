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
number -1 - n, then the shape of each item. A scalar is the name of its terminal in the grammar. A run, which is a list
of many scalars of one terminal, however many they are, is `RUN` and the terminal.
"""

RUN = -(1 << 32)
"""In a shape, the start of a run: a number that no list of items has."""

_MIN_RUN = 4
"""Scalars of a run, at least. After three of them the parser of a list is where it is after two."""

MORE = "MORE"
"""Among terminals, any number of further commas and scalars like the two before it. No grammar has it."""

NOT_JSON = "NOT_JSON"
"""In a shape, the terminal of anything that is not JSON. No grammar has it, so none derives it."""


class Grammar(Protocol):
    """Decides which shapes are queries; see `criteria.parsing.grammar.CriteriaGrammar`."""

    def __hash__(self) -> int:
        """The tree builders of a grammar are cached by it."""

    def accepts(self, terminals: tuple[str, ...], /) -> bool:
        """Whether the grammar derives the terminals; with `MORE`, however many values each run has."""

    def key_terminal(self, key: str, /) -> str:
        """The terminal of an object's key."""


class TooLarge(Exception):
    """The criteria exceed a limit, so that their shape is not read to the end."""


def shape(criteria: object, limits: Limits, *, has_runs: bool = True) -> tuple[Shape, list[Any]]:
    """The shape of criteria, and their operands in order: the scalars in objects, and the lists of scalars.

    Without `has_runs` every scalar is a part of the shape, for grammars that count the values of a list.
    Raises `TooLarge` when the criteria exceed a limit on nesting, number or length.
    """
    parts: list[int | str] = []
    operands: list[Any] = []
    runs: list[int] = []
    if isinstance(criteria, dict):
        _members(criteria, limits.nesting, limits, parts, operands, runs if has_runs else None)
    elif isinstance(criteria, (list, tuple)):
        _items(criteria, limits.nesting, limits, parts, operands, runs if has_runs else None)
    else:
        parts.append(terminal_of(criteria))
    if len(operands) > limits.leaves or len(parts) + sum(runs) > limits.text:
        raise TooLarge
    return tuple(parts), operands


def _members(members: dict[Any, Any], levels: int, limits: Limits, parts: list[int | str], operands: list[Any],
             runs: list[int] | None) -> None:  # fmt: skip
    """Appends an object; `levels` is how much deeper it may nest.

    A few objects that hold each other many times may unfold to more parts than a text can have characters.
    """
    count = len(members)
    if not levels or (count > 1 and len(parts) > limits.text):
        raise TooLarge
    parts.append(count)
    for key, value in members.items():
        parts.append(key if type(key) is str else _key(key))
        kind = type(value)
        if kind in _TERMINALS:
            parts.append(_TERMINALS[kind])
            operands.append(value)
        elif kind is dict:
            _members(value, levels - 1, limits, parts, operands, runs)
        elif kind is list:
            _items(value, levels - 1, limits, parts, operands, runs)
        elif kind is bool:
            parts.append("TRUE" if value else "FALSE")
            operands.append(value)
        else:
            _other(value, levels - 1, limits, parts, operands, runs)


def _items(items: Any, levels: int, limits: Limits, parts: list[int | str], operands: list[Any],
           runs: list[int] | None) -> None:  # fmt: skip
    """Appends a list of criteria or of values. `runs` are the lengths of all runs; None: there are to be none."""
    count = len(items)
    if not levels or len(operands) > limits.leaves or len(parts) > limits.text:
        raise TooLarge
    if count > limits.leaves and count > limits.values:
        raise TooLarge
    if runs is not None and count >= _MIN_RUN:
        terminal = _terminal_of_run(items)
        if terminal is not None:
            parts += (RUN, terminal)
            operands.append(items)
            runs.append(count)
            return
    parts.append(-1 - count)
    are_values = True
    for item in items:
        kind = type(item)
        if kind is dict:
            are_values = False
            _members(item, levels - 1, limits, parts, operands, runs)
        elif kind in _TERMINALS:
            parts.append(_TERMINALS[kind])
        elif isinstance(item, (dict, list, tuple)):
            are_values = False
            _other(item, levels - 1, limits, parts, operands, runs)
        else:
            parts.append(terminal_of(item))
    if are_values:
        operands.append(items)


def _other(value: Any, levels: int, limits: Limits, parts: list[int | str], operands: list[Any],
           runs: list[int] | None) -> None:  # fmt: skip
    """Appends a value of a rare class."""
    if isinstance(value, dict):
        _members(value, levels, limits, parts, operands, runs)
    elif isinstance(value, (list, tuple)):
        _items(value, levels, limits, parts, operands, runs)
    else:
        parts.append(terminal_of(value))
        operands.append(value)


def _terminal_of_run(items: Any) -> str | None:
    """The terminal of all items; None if they have several, or are not scalars of the usual classes."""
    kinds = set(map(type, items))
    if len(kinds) == 1 and not kinds.isdisjoint(_TERMINALS):
        return _TERMINALS[kinds.pop()]
    return "NUMBER" if kinds <= _NUMBERS and all(map(_is_finite, items)) else None


def _key(key: object) -> str:
    """A key that is not a plain `str` as one. A key that is not a string becomes empty, which no field name is."""
    return str.__str__(key) if isinstance(key, str) else ""


_TERMINALS: dict[type, str] = {str: "STRING", int: "NUMBER", type(None): "NULL"}
"""The terminal of the classes whose instances all have the same."""

_NUMBERS = frozenset({int, float, Decimal})


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
    """One terminal for each token of the JSON text that has the shape, and `MORE` in each run."""
    found: list[str] = []
    parts = iter(shape)
    _spell(parts, key_terminal, found)
    return tuple(found)


def _spell(parts: Iterator[int | str], key_terminal: Callable[[str], str], found: list[str]) -> None:
    part = next(parts)
    if isinstance(part, str):
        found.append(part)
        return
    if part == RUN:
        scalar = str(next(parts))
        found += ("LBRACKET", scalar, *(("COMMA", scalar) * (_MIN_RUN - 1)), MORE, "RBRACKET")
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
