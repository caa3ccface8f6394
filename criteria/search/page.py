"""The page of a search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from criteria.schema.schema import Schema


@dataclass(frozen=True, slots=True)
class Page:
    """The records of one page, whether more follow, and how many there are in all (None: not asked for)."""

    data: tuple[Any, ...]
    has_more_records: bool
    total_count: int | None = None

    def to_json(self, schema: Schema | None = None) -> dict[str, Any]:
        """The response envelope. Records are mappings; typed values become the strings of JSON records.

        With a schema, dateTimes and decimals have the digits that their field declares. Without one, and under names
        that the schema does not have, a dateTime has 3 digits of a second, or 6 when it is finer than a millisecond,
        and a decimal has those that it has.

        Raises `CriteriaError` with an `invalid_record` problem for each value that JSON cannot hold (NaN, Infinity,
        lone surrogates, bytes, sets, objects of other classes) or that is ambiguous (a naive datetime).
        """
        from criteria.search.envelope import envelope

        return envelope(self.data, self.has_more_records, self.total_count, schema)

    def __repr__(self) -> str:
        count = "" if self.total_count is None else f" of {self.total_count}"
        return f"Page({len(self.data)} records{count}{', more follow' if self.has_more_records else ''})"
