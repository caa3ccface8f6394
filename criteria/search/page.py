"""The page of a search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from criteria.errors import CriteriaError, Problem
from criteria.schema.schema import Schema


class Cursors(Protocol):
    """Makes the cursors of a page when they are asked for."""

    def next(self) -> str | None:
        """The cursor of the last record, if there may be records after it."""

    def previous(self) -> str | None:
        """The cursor of the first record, if there may be records before it."""

    def offered(self) -> Mapping[str, str]:
        """The cursors by their names in the envelope."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of records (docs/language.md#paging).

    - `data`: the records of the page, in order.
    - `has_more_records`: whether records follow the page; of a page `before` a cursor, whether records precede it.
    - `total_count`: how many records the query selects in all; None when the search does not count them.
    """

    data: tuple[Any, ...]
    has_more_records: bool
    total_count: int | None = None
    cursors: Cursors | None = field(default=None, repr=False, compare=False, kw_only=True)

    @property
    def next_cursor(self) -> str | None:
        """The cursor that the search of the next page takes as `after` (docs/paging.md); None on the last page.

        Raises `CriteriaError` (`invalid_record`) if the last record lacks a field of the order, or has a value there
        that the field cannot have, and `unsupported` if its values are too long for a cursor.
        """
        return None if self.cursors is None else self.cursors.next()

    @property
    def previous_cursor(self) -> str | None:
        """The cursor that the search of the previous page takes as `before`; None on the first page.

        Raises `CriteriaError` as `next_cursor` does.
        """
        return None if self.cursors is None else self.cursors.previous()

    def to_json(self, schema: Schema | None = None) -> dict[str, Any]:
        """The response envelope as decoded JSON (docs/language.md#paging). The records must be mappings.

        `nextCursor` and `previousCursor` are in it when there are such pages. A page that was not asked for by cursor
        leaves out one whose values are too long for a cursor; `skip` leads further.

        dateTimes and decimals become strings with the digits that their field declares. Without a schema, and under
        names that the schema does not have, a dateTime has 3 digits of a second, or 6 if it needs them, and a decimal
        keeps its own digits. An ObjectId of MongoDB becomes its 24 hexadecimal digits.

        Raises `CriteriaError` as `next_cursor` does, and with an `invalid_record` problem for each value that JSON
        cannot hold (NaN, Infinity, lone surrogates, bytes, sets, objects of other classes) or that is ambiguous (a
        naive datetime).
        """
        from criteria.search.envelope import envelope

        found = envelope(self.data, self.has_more_records, self.total_count, schema)
        return found if self.cursors is None else {**found, **self.cursors.offered()}

    def __repr__(self) -> str:
        count = "" if self.total_count is None else f" of {self.total_count}"
        return f"Page({len(self.data)} records{count}{', more follow' if self.has_more_records else ''})"


def check_unique_key(schema: Schema | None, pointer: str = "") -> None:
    """Raises `CriteriaError` (`unsupported`) unless the schema has a unique key, to end the order of pages."""
    if schema is None or not schema.key:
        message = "Pages need a unique key to end their order, and the schema has none."
        hint = "Declare a field that is isUnique and not nullable, in a column of its own, or name the schema's key."
        raise CriteriaError(Problem("unsupported", message, pointer, hint=hint))
