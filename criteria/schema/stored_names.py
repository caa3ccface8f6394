"""Under which name a frame or a file of columns has a field."""

from __future__ import annotations

from collections.abc import Container

from criteria.schema.field import Field
from criteria.schema.schema import Schema


def stored_name(field: Field, names: Container[str], schema: Schema | None) -> str:
    """The column of a field among some names: its `column`, or where that is absent its own name, as files have it that
    were written with the schema. A name that is the column of another field stays that field's."""
    own = field.path[0]
    if field.column == own or field.column in names or own not in names:
        return field.column
    others = () if schema is None else (*schema.fields, *(one.place for one in schema.object_lists))
    return field.column if any(one.column == own and one.path[0] != own for one in others) else own
