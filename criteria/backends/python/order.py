"""Sorting records in memory: empty first when ascending, last when descending; text by code point."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from criteria.order_by import SortKey
from criteria.values import Records, loader, member


def sort(records: Sequence[Any], keys: Sequence[SortKey], mode: Records) -> list[Any]:
    """The records in the order of the keys; records that tie in all of them keep their places."""
    ordered = list(records)
    for key in reversed(keys):
        ordered.sort(key=_sort_value(key, mode), reverse=key.descending)
    return ordered


def _sort_value(key: SortKey, mode: Records) -> Callable[[Any], tuple[bool, Any]]:
    path, load = key.field.path, loader(key.field, mode)

    def value(record: Any) -> tuple[bool, Any]:
        for segment in path:
            record = member(record, segment)
        loaded = load(record)
        return (loaded is not None, loaded)

    return value
