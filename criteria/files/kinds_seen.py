"""Comparisons that no value can meet, or that strings decide: without a schema, nothing else tells that a number is
compared with strings, or that strings are compared which were meant as numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import islice
from typing import Any

from criteria.files.records import Batch
from criteria.messages import quoted
from criteria.tree.nodes import is_ordering, leaves
from criteria.tree.query import Query
from criteria.values.text_order import TextOrder

MAX_RECORDS = 1_000
"""Records whose values are looked at: more would take time from all the others."""

_KINDS: Mapping[type, str] = {bool: "a boolean", int: "a number", float: "a number", Decimal: "a number",
                              str: "a string", dict: "an object"}  # fmt: skip


class KindsSeen:
    """The kinds of operands in a query without a schema, and the values of the first records."""

    def __init__(self, query: Query) -> None:
        self._asked = _asked(query)
        self._ordered = _ordered_strings(query)
        self._values: dict[tuple[str, ...], list[Any]] = {path: [] for path in self._asked}
        self._records = 0
        self.is_whole = False
        """Whether all records were read."""

    @property
    def is_looking(self) -> bool:
        """Whether further records are looked at."""
        return bool(self._asked) and self._records < MAX_RECORDS

    def see(self, batch: Batch, from_folders: Collection[str] = ()) -> None:
        """Takes note of the first records, but not of what the names of folders say."""
        asked = [(path, values) for path, values in self._values.items() if path[0] not in from_folders]
        for record in islice(batch.records, MAX_RECORDS - self._records):
            self._records += 1
            for path, values in asked:
                values.extend(_values(record, path))

    def notes(self) -> Iterator[str]:
        """What is to be said of the query's comparisons."""
        is_sample = not self.is_whole or self._records >= MAX_RECORDS
        where = f"the first {self._records:,} records" if is_sample else "all records"
        for path, values in self._values.items():
            name, kinds = ".".join(path), {_KINDS[value.__class__] for value in values}
            if kinds and kinds.isdisjoint(self._asked[path]):
                yield _mismatch(name, kinds, self._asked[path], where)
            elif kinds == {"a string"} and path in self._ordered:
                yield from _order_of_strings(name, values, self._ordered[path])


def _asked(query: Query) -> dict[tuple[str, ...], set[str]]:
    """The kinds of the operands that each field is compared with."""
    found: dict[tuple[str, ...], set[str]] = {}
    if query.schema is None:
        for leaf in leaves(query.expression):
            kinds = {_KINDS[one.__class__] for one in _operands(leaf.value) if one.__class__ in _KINDS}
            if kinds:
                found.setdefault(leaf.field.path, set()).update(kinds)
    return found


def _ordered_strings(query: Query) -> dict[tuple[str, ...], list[str]]:
    """The strings that `$gt` and its like compare each field with."""
    found: dict[tuple[str, ...], list[str]] = {}
    for leaf in leaves(query.expression):
        if is_ordering(leaf.operator) and isinstance(leaf.value, str):
            found.setdefault(leaf.field.path, []).append(leaf.value)
    return found


def _operands(value: Any) -> Iterable[Any]:
    return value if isinstance(value, tuple) else (value,)


def _values(record: Any, path: tuple[str, ...]) -> Iterator[Any]:
    """The values at a path, also inside lists and those of lists of objects. Null is not a value."""
    if isinstance(record, list):
        for one in record:
            yield from _values(one, path)
    elif not path:
        if record.__class__ in _KINDS:
            yield record
    elif isinstance(record, dict) and path[0] in record:
        yield from _values(record[path[0]], path[1:])


def _mismatch(name: str, found: Iterable[str], asked: Iterable[str], where: str) -> str:
    kinds, operand = " or ".join(sorted(found)), " or ".join(sorted(asked))
    said = f"In {where} {quoted(name)} is {kinds}, and the query compares it with {operand}."
    return f"{said} Such comparisons are never true."


def _order_of_strings(name: str, values: list[str], operands: list[str]) -> Iterator[str]:
    order = TextOrder()
    for one in (*values, *operands):
        order.see(one)
    told = order.told()
    if told is not None:
        yield f"{quoted(name)} {told} Declare its type in a schema."
