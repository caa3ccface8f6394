"""The page of a search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from criteria.schema.schema import Schema


@dataclass(frozen=True, slots=True)
class Page:
    """A page of records (docs/language.md#paging).

    - `data`: the records of the page, in order.
    - `has_more_records`: whether records follow the page.
    - `total_count`: how many records the query selects in all; None when the search does not count them.
    """

    data: tuple[Any, ...]
    has_more_records: bool
    total_count: int | None = None

    def to_json(self, schema: Schema | None = None) -> dict[str, Any]:
        """The response envelope as decoded JSON (docs/language.md#paging). The records must be mappings.

        dateTimes and decimals become strings with the digits that their field declares. Without a schema, and under
        names that the schema does not have, a dateTime has 3 digits of a second, or 6 if it needs them, and a decimal
        keeps its own digits.

        Raises `CriteriaError` with an `invalid_record` problem for each value that JSON cannot hold (NaN, Infinity,
        lone surrogates, bytes, sets, objects of other classes) or that is ambiguous (a naive datetime).
        """
        from criteria.search.envelope import envelope

        return envelope(self.data, self.has_more_records, self.total_count, schema)

    def __repr__(self) -> str:
        count = "" if self.total_count is None else f" of {self.total_count}"
        return f"Page({len(self.data)} records{count}{', more follow' if self.has_more_records else ''})"
