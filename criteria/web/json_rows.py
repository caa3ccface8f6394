"""Rows of a SQL database as clients read them, a column at a time.

A page takes one pass over each of its columns this way, and not a typed record for each of its rows. Rows with a value
that is not usual take the long way, which words what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from criteria.backends.sql.condition import representation
from criteria.backends.sql.representation import Representation
from criteria.backends.sql.storage import SqlStorage
from criteria.messages import is_encodable
from criteria.schema.custom_properties import CUSTOM_PROPERTIES
from criteria.schema.field import Field, FieldType
from criteria.values.canonical import json_value
from criteria.values.usual_values import (
    MAX_INT64,
    MIN_INT64,
    UNUSUAL,
    Reader,
    canonical_reader,
    json_list_reader,
    list_reader,
    native_reader,
)
from criteria.web.entity import JSON_TYPES, Entity

Column = Sequence[Any]
Read = Callable[[Column], Column | None]
"""The JSON values of a column; None if one of its values is not usual."""


class JsonRows:
    """The rows of an entity's table, in the order of the columns of `storage`, as `Entity.to_json` returns them."""

    def __init__(self, entity: Entity, storage: SqlStorage) -> None:
        shown = {one for one in entity.public.fields if one.name not in entity.on_request}
        self._entity = entity
        self._storage = storage
        self._names = [one.name for one in storage.schema.fields if one in shown]
        self._has_no_properties = entity.custom_properties == ()
        self._columns: list[tuple[int, Read, bool]] | None = []
        for one in storage.schema.fields:
            read = _column_reader(one, storage)
            if read is None or storage.schema.object_lists:
                self._columns = None  # all rows take the long way
                break
            self._columns.append((storage.columns.index(one.column), read, one in shown))

    def __reduce__(self) -> tuple[Any, ...]:
        return JsonRows, (self._entity, self._storage)  # the readers are functions, which cannot be pickled

    def to_json(self, rows: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
        """The objects of some rows. Raises `CriteriaError` as `SqlStorage.decode` does."""
        found = self._quickly(rows) if rows else []
        if found is None:
            return [self._entity.to_json(self._storage.decode(row)) for row in rows]
        if self._has_no_properties:
            for one in found:
                one[CUSTOM_PROPERTIES] = {}
        return found

    def _quickly(self, rows: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]] | None:
        if self._columns is None:
            return None
        columns = list(zip(*rows, strict=True))
        if len(columns) != len(self._storage.columns):
            return None
        kept: list[Column] = []
        for at, read, is_shown in self._columns:
            found = read(columns[at])
            if found is None:
                return None
            if is_shown:
                kept.append(found)
        names = self._names
        return [dict(zip(names, values, strict=True)) for values in zip(*kept, strict=True)]


def _column_reader(one: Field, storage: SqlStorage) -> Read | None:
    """The reader of a field's column; None if its values take the long way."""
    dialect = storage.dialect
    in_json = one.is_list and not dialect.native_lists
    is_native = representation(dialect, one, in_json=False) is Representation.NATIVE
    if one.is_nested or (dialect.max_key_characters is not None and one in storage.schema.key):
        return None
    if not one.is_list and one.values is None and one.field_type is FieldType.STRING:
        return _texts(one.nullable)
    if not one.is_list and one.field_type is FieldType.DATE_TIME and not is_native and one.precision == 3:
        return _moments(one.nullable)
    if not one.is_list and one.field_type is FieldType.INTEGER and is_native:
        return _integers(one.nullable)
    if in_json:
        reader = json_list_reader(one)
    else:
        item = native_reader(one) if is_native else canonical_reader(one)
        reader = list_reader(item) if one.is_list else item
    return None if reader is None else _values(one, reader)


def _values(one: Field, reader: Reader) -> Read:
    """Any values, one after the other."""
    is_json = one.field_type in JSON_TYPES
    is_reference = one.field_type is FieldType.OBJECT_REF

    def item(value: Any) -> Any:
        if value is None:
            return None
        return {"objectId": value} if is_reference else json_value(one, value)

    def read(column: Column) -> Column | None:
        if None in column:
            if not one.nullable:
                return None
            if column.count(None) == len(column):
                return column
        found = [None if value is None else reader(value) for value in column]
        if UNUSUAL in found:
            return None
        if is_json:
            return found
        if one.is_list:
            return [None if values is None else [item(value) for value in values] for values in found]
        return [item(value) for value in found]

    return read


def _texts(is_nullable: bool) -> Read:
    classes = frozenset({str, type(None)} if is_nullable else {str})

    def read(column: Column) -> Column | None:
        if not classes.issuperset(map(type, column)):
            return None
        text = "".join(filter(None, column))
        return column if "\0" not in text and (text.isascii() or is_encodable(text)) else None

    return read


def _integers(is_nullable: bool) -> Read:
    def read(column: Column) -> Column | None:
        found = [value for value in column if value is not None] if is_nullable else column
        if not found:
            return column
        is_usual = set(map(type, found)) == {int} and min(found) >= MIN_INT64 and max(found) <= MAX_INT64
        return column if is_usual else None

    return read


_DAY = (
    "(?!0000)[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    "|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
)
_MOMENT = re.compile(_DAY + r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z", re.ASCII)
"""Instants in canonical form, but for those of 29 February."""


def _moments(is_nullable: bool) -> Read:
    """Instants in canonical form, which is their JSON."""
    fits = _MOMENT.fullmatch

    def read(column: Column) -> Column | None:
        if is_nullable and None in column:
            is_usual = all(value is None or (type(value) is str and fits(value)) for value in column)
        else:
            is_usual = set(map(type, column)) == {str} and all(map(fits, column))
        return column if is_usual else None

    return read
