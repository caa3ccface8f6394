"""The page of a search, and its envelope (documents, section 6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from criteria.canonical import date_time_text


@dataclass(frozen=True, slots=True)
class Page:
    """The records of one page, whether more follow, and how many there are in all (None: nobody asked)."""

    data: tuple[Any, ...]
    has_more_records: bool
    total_count: int | None = None

    def to_json(self) -> dict[str, Any]:
        """The documents' response envelope; typed values become the strings that JSON records hold."""
        envelope: dict[str, Any] = {"apiStatusCode": "Success", "hasMoreRecords": self.has_more_records}
        if self.total_count is not None:
            envelope["totalCount"] = self.total_count
        return {**envelope, "data": [_json(record) for record in self.data]}

    def __repr__(self) -> str:
        count = "" if self.total_count is None else f" of {self.total_count}"
        return f"Page({len(self.data)} records{count}{', more follow' if self.has_more_records else ''})"


def _json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json(item) for item in value]
    if isinstance(value, datetime) and value.tzinfo is not None:
        return date_time_text(value, 6 if value.microsecond % 1000 else 3)
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value) if isinstance(value, UUID) else value
