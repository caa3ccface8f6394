"""Reading an engine's catalog, without a driver: a reader yields statements and gets their rows back."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

from criteria.tables.column import Column

Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a reader. The values are in its text as `?`, in order."""

    text: str
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Described:
    """What an engine says about a table: its columns, in order, and the sets of columns whose values are unique.

    `dialect` is the name of the engine's dialect. `keys` is None if the engine does not tell, as about a view.
    `rounds_floats`: whether the session of PostgreSQL writes floats with fewer digits than they have.
    `is_utf_16`: whether the database of SQLite is in UTF-16, whose texts are compared by their bytes.
    """

    dialect: str
    columns: tuple[Column, ...]
    keys: tuple[tuple[str, ...], ...] | None
    rounds_floats: bool = False
    is_utf_16: bool = False


Reading = Generator[Statement, Rows, Described]
"""Yields statements, gets the rows of each, and returns what they say."""

Reader = Callable[[Sequence[str]], Reading]
"""Takes the parts of a table's name."""

Naming = Generator[Statement, Rows, list[str]]
"""Yields a statement, gets its rows, and returns the names of the tables and views."""


def names_by(statement: Statement) -> Naming:
    """The names that a statement lists, which some drivers return as bytes."""
    return [_text(row[0]) for row in (yield statement)]


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, (bytes, bytearray)) else str(value)
