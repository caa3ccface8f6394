"""Decides whether a fetched record has the names of the fields or those of the columns (docs/paging.md#records)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from criteria.errors import Refusal
from criteria.messages import quoted
from criteria.schema.field import Field
from criteria.schema.schema import Schema
from criteria.search.order_by import SortKey
from criteria.values.loading import is_instance, is_routine, is_row

RecordNames = Literal["fields", "columns"]
"""The names that a record has. One record has one kind of them: what is one field's name may be another's column."""

_HINT = (
    "Pass records with the names of all fields, or with those of all columns, and no other members. Or give the values "
    "yourself: search.page(records, position_of=...)."
)


def name_in(field: Field, names: RecordNames) -> str:
    """The name under which a record has a field, or the object that the field is in."""
    return field.column if names == "columns" else field.path[0]


def names_of(record: Any, fields: Iterable[Field], schema: Schema) -> RecordNames:
    """The kind of names that a record has, as far as it matters to some fields of the schema.

    Names that only fields have, or only columns, tell. A record with both has the kind that it has completely.

    Raises `Refusal` (`invalid_record`) for a record that can be read in both ways, or in neither.
    """
    renamed = [field for field in fields if field.path[0] != field.column]
    if not renamed or type(record) in (tuple, list):
        return "fields"
    places = (*schema.fields, *(one.place for one in schema.object_lists))
    names, columns = {one.path[0] for one in places}, {one.column for one in places}
    is_document = is_instance(record, Mapping) and "_id" in record and "_id" not in names
    has_names, has_columns = _has_any(record, names - columns), _has_any(record, columns - names)
    if has_columns and not has_names:
        return "columns"
    if has_names and not has_columns and not is_document:
        return "fields"
    crosses = any(one.column in names or one.path[0] in columns for one in renamed)
    if not has_names and not has_columns and not crosses:
        return "fields"  # the record has none of these fields
    all_names, all_columns = _has_all(record, names), _has_all(record, columns)
    if all_columns and not all_names:
        return "columns"
    # A document of MongoDB may lack columns and have members that are not in the schema.
    if all_names and not all_columns and not is_document:
        return "fields"
    field = renamed[0]
    message = (
        f"Field {quoted(field.name)} is in column {quoted(field.column)}, and the record may have the names of the "
        "fields or those of the columns."
    )
    raise Refusal("invalid_record", message, _HINT)


def names_of_keys(record: Any, keys: Sequence[SortKey], schema: Schema) -> RecordNames:
    """As `names_of`, for the fields of sort keys."""
    return names_of(record, (key.field for key in keys), schema)


def holds(record: Any, name: str) -> bool:
    """Whether a record has a member, a column or an attribute of a name, null or not. Methods do not count."""
    try:
        if is_instance(record, Mapping):
            return name in record
        if is_row(type(record)):
            return name in list(record.keys())
        return hasattr(record, name) and not is_routine(getattr(record, name))
    except Exception:  # foreign code may raise anything
        return False


def _has_any(record: Any, names: Iterable[str]) -> bool:
    return any(holds(record, name) for name in names)


def _has_all(record: Any, names: Iterable[str]) -> bool:
    return all(holds(record, name) for name in names)
