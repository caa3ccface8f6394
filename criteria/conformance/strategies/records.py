"""Records that conform to a schema."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from criteria import Field, FieldType, ObjectList, Schema
from criteria.conformance.strategies.values import json_numbers, stored_values


@st.composite
def records(draw: st.DrawFn, schema: Schema, max_size: int = 6, min_size: int = 0) -> list[dict[str, Any]]:
    """JSON records with ids 1, 2, ...; nullable values are often null, missing, or inside a missing object.

    The id is the field `id`, or else the key. No two records have the same values in the key.
    """
    own = schema.find("id") or schema.key[0]
    key = [field for field in schema.key if field != own]
    size = draw(st.integers(min_size, max_size))
    keys = st.lists(st.tuples(*map(_key_values, key)), min_size=size, max_size=size, unique=True)
    may_repeat = not key and not any(field.is_unique for field in schema.fields if field != own)
    made: list[dict[str, Any]] = []
    for number, values in enumerate(draw(keys) if key else [()] * size, 1):
        is_repeated = may_repeat and made and draw(st.integers(0, 3)) == 0  # equal sort keys, which the key tells apart
        record = draw(st.sampled_from(made)) if is_repeated else draw(_record(schema, own))
        made.append({**record, own.name: number, **dict(zip((field.name for field in key), values, strict=True))})
    return made


@st.composite
def _record(draw: st.DrawFn, schema: Schema, own: Field | None) -> dict[str, Any]:
    record: dict[str, Any] = {}
    missing = draw(st.sets(st.sampled_from(sorted(_may_be_missing(schema)) or [""])))
    for field in schema.fields:
        if field == own or field in schema.key or (field.is_nested and field.path[0] in missing):
            continue
        choice = draw(st.integers(0, 9)) if field.nullable else 9
        if choice == 0:
            continue  # missing
        value = None if choice == 1 else draw(_values(field))
        _put(record, field, value)
    for objects in schema.object_lists:
        choice = draw(st.integers(0, 9)) if objects.place.nullable and objects.place.path[0] not in missing else 0
        if choice:
            _put(record, objects.place, None if choice == 1 else draw(_objects(objects)))
    return record


def _put(record: dict[str, Any], field: Field, value: Any) -> None:
    for segment in field.path[:-1]:
        record = record.setdefault(segment, {})
    record[field.path[-1]] = value


@lru_cache(64)
def _objects(objects: ObjectList) -> st.SearchStrategy[list[Any]]:
    """Lists of objects, of which some are null and some have nothing."""
    return st.lists(st.one_of(_record(objects.element, None), st.none()), max_size=3)


def _key_values(field: Field) -> st.SearchStrategy[Any]:
    """Values that a key may have on every engine: MySQL's keys take 255 characters."""
    return stored_values(field).map(lambda value: value[:255] if isinstance(value, str) else value)


def _may_be_missing(schema: Schema) -> set[str]:
    """The objects in which every field is nullable."""
    nested = [field for field in schema.fields if field.is_nested]
    return {field.path[0] for field in nested} - {field.path[0] for field in nested if not field.nullable}


def _values(field: Field) -> st.SearchStrategy[Any]:
    value = st.one_of(stored_values(field), json_numbers(field)) if _may_be_number(field) else stored_values(field)
    return st.lists(st.one_of(value, st.none()), max_size=3) if field.is_list else value


def _may_be_number(field: Field) -> bool:
    """Whether a value may be a JSON number instead of text (docs/language.md#inside-json)."""
    return field.is_nested and field.field_type is FieldType.DECIMAL
