"""Records as Arrow tables: the type of each field type in a frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pyarrow as pa

from criteria import Field, FieldType, Schema

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def arrow_type(field: Field) -> pa.DataType:
    """The type of a field's values."""
    match field.field_type:
        case FieldType.STRING | FieldType.GUID:
            return pa.string()
        case FieldType.INTEGER | FieldType.OBJECT_REF:
            return pa.int64()
        case FieldType.BOOLEAN:
            return pa.bool_()
        case FieldType.DECIMAL:
            return pa.decimal128(field.precision, field.scale)
        case FieldType.DOUBLE:
            return pa.float64()
        case FieldType.DATE:
            return pa.date32()
        case FieldType.DATE_TIME:
            return pa.timestamp("ms" if field.precision == 3 else "us", "UTC")


def arrow_schema(schema: Schema) -> pa.Schema:
    """The columns of a schema's table: structs for what is nested, lists of structs for lists of objects."""
    tree: dict[str, Any] = {}
    kinds = [(field, arrow_type(field)) for field in schema.fields]
    kinds += [(one.place, pa.struct(list(arrow_schema(one.element)))) for one in schema.object_lists]
    for field, kind in kinds:
        holder = tree
        for segment in (field.column, *field.path[1:])[:-1]:
            holder = holder.setdefault(segment, {})
        holder[(field.column, *field.path[1:])[-1]] = pa.list_(kind) if field.is_list else kind

    def typed(node: Any) -> pa.DataType:
        return pa.struct({name: typed(one) for name, one in node.items()}) if isinstance(node, dict) else node

    return pa.schema({name: typed(node) for name, node in tree.items()})


def arrow_table(schema: Schema, records: Sequence[Mapping[str, Any]]) -> pa.Table:
    """The table of JSON records."""
    places = (*schema.fields, *(one.place for one in schema.object_lists))
    columns = {field.path[0]: field.column for field in places}
    typed = [schema.decode(record) for record in records]
    rows = [{columns[name]: _plain(value) for name, value in record.items()} for record in typed]
    target = arrow_schema(schema)
    return pa.table({name: pa.array([row.get(name) for row in rows], target.field(name).type) for name in target.names})


def _plain(value: Any) -> Any:
    """A value as Arrow takes it."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, UUID) else value


def decimal_of(field: Field, value: str) -> Decimal:
    """A decimal with all the digits of its field."""
    return Decimal(value).quantize(Decimal((0, (1,), -(field.scale or 0))))
