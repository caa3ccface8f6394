"""Sorting records in memory: empty first when ascending, last when descending; text by code point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from math import isnan
from typing import Any
from uuid import UUID

from criteria.backends.python.reading import Reading
from criteria.schema.field import Field, FieldType
from criteria.search.order_by import SortKey
from criteria.values.loading import SPELLED, is_whole_guid

_PLAIN: Mapping[FieldType, type | None] = {
    FieldType.STRING: str,
    FieldType.INTEGER: int,
    FieldType.BOOLEAN: bool,
    FieldType.DECIMAL: None,
    FieldType.DOUBLE: float,
    FieldType.DATE: date,
    FieldType.DATE_TIME: None,
    FieldType.GUID: UUID,
    FieldType.OBJECT_REF: int,
}
"""The usual class of a type's values, if such values compare as they are; otherwise None."""


def plain_class(field: Field, reading: Reading) -> type | None:
    """The class whose values compare as they are, for a field; None if every value must be loaded."""
    is_loaded = reading.table is not None or (reading.records != "typed" and field.field_type in SPELLED)
    return None if is_loaded else _PLAIN[field.field_type]


def sort(records: Sequence[Any], keys: Sequence[SortKey], reading: Reading) -> list[Any]:
    """The records in the order of the keys. Records that are equal in all keys keep their order.

    Sorts the indexes of the records in one stable pass per key, the last key first. Each record is read once per key,
    each pass compares plain values, and records without a value are set aside.
    """
    are_dicts = set(map(type, records)) <= {dict}
    places = list(range(len(records)))
    for key in reversed(keys):
        values, has_empty = _values(records, key, reading, are_dicts)
        if has_empty:
            empty = [place for place in places if values[place] is None]
            filled = [place for place in places if values[place] is not None]
        else:
            empty, filled = [], places
        filled.sort(key=values.__getitem__, reverse=key.descending)
        places = filled + empty if key.descending else empty + filled
    return [records[place] for place in places]


def _values(records: Sequence[Any], key: SortKey, reading: Reading, are_dicts: bool) -> tuple[list[Any], bool]:
    """Each record's value for a key, None if there is none; and whether any is None."""
    plain = plain_class(key.field, reading)
    if are_dicts and plain is not None and not key.field.is_nested:
        held = _held(records, reading.path(key.field)[0], plain)
        if held is not None:
            return held
    values = list(map(reading.value(key.field), records))
    return values, None in values


def _held(records: Sequence[Any], name: str, plain: type) -> tuple[list[Any], bool] | None:
    """The values as the dicts hold them, and whether any is None. The result is None if a value must be loaded."""
    try:
        values = [record.get(name) for record in records]
    except Exception:  # a key that cannot be compared
        return None
    kinds = set(map(type, values))
    has_empty = type(None) in kinds
    if not kinds <= {plain, type(None)}:
        return None
    if plain is float and isnan(sum([value for value in values if value is not None] if has_empty else values)):
        return None  # a NaN, which is an empty value, or infinities
    if plain is UUID and not all(value is None or is_whole_guid(value) for value in values):
        return None
    return values, has_empty
