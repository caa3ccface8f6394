"""Sorting records in memory: empty first when ascending, last when descending; text by code point."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isnan
from operator import itemgetter
from typing import Any

from criteria.order_by import SortKey
from criteria.types import FieldType
from criteria.values import Records, loader, member

PLAIN: Mapping[FieldType, type] = {
    FieldType.STRING: str,
    FieldType.INTEGER: int,
    FieldType.BOOLEAN: bool,
    FieldType.DOUBLE: float,
    FieldType.OBJECT_REF: int,
}
"""Types whose values are mostly of one class, and of that class compare as they are."""


def sort(records: Sequence[Any], keys: Sequence[SortKey], mode: Records) -> list[Any]:
    """The records in the order of the keys; records that tie in all of them keep their places.

    A stable pass for each key, the last one first: so each compares plain values, and the empty ones stand aside.
    """
    ordered = list(records)
    for key in reversed(keys):
        ordered = _pass(ordered, key, mode)
    return ordered


def sort_value(key: SortKey, mode: Records) -> Callable[[Any], Any]:
    """The function that reads a record's value of a key: None when it is empty, or of another type."""
    path, load = key.field.path, loader(key.field, mode)

    def value(record: Any) -> Any:
        for segment in path:
            record = member(record, segment)
        return load(record)

    return value


def _pass(records: list[Any], key: SortKey, mode: Records) -> list[Any]:
    quick = _plain_pass(records, key)
    if quick is None:
        value = sort_value(key, mode)
        values = [(value(record), record) for record in records]
        empty = [record for one, record in values if one is None]
        pairs = [pair for pair in values if pair[0] is not None]
        pairs.sort(key=itemgetter(0), reverse=key.descending)
        filled = [record for _, record in pairs]
    else:
        empty, filled = quick
    return filled + empty if key.descending else empty + filled


def _plain_pass(records: list[Any], key: SortKey) -> tuple[list[Any], list[Any]] | None:
    """The empty records, and the others in order; None when there are values that have to be loaded first."""
    plain = PLAIN.get(key.field.field_type)
    if plain is None or key.field.is_nested or not set(map(type, records)) <= {dict}:
        return None
    name = key.field.path[0]
    try:
        values = [record.get(name) for record in records]
        kinds = set(map(type, values))
        if not kinds <= {plain, type(None)}:
            return None
        empty: list[Any] = []
        filled = records
        if type(None) in kinds:
            empty = [record for record, value in zip(records, values, strict=True) if value is None]
            filled = [record for record, value in zip(records, values, strict=True) if value is not None]
        if plain is float and isnan(sum(map(itemgetter(name), filled))):
            return None  # a NaN, which is an empty value, or infinities
        return empty, sorted(filled, key=itemgetter(name), reverse=key.descending)
    except Exception:  # a key that cannot be compared
        return None
