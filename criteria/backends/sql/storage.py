"""How a schema's values lie in a SQL table: a table that the compiled queries are right on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.condition import representation
from criteria.backends.sql.dialect import Dialect, Representation
from criteria.backends.sql.dialects import check_schema
from criteria.backends.sql.nodes import Binder, Node
from criteria.backends.sql.render import known_paramstyle, render
from criteria.backends.sql.search import columns, table_name
from criteria.canonical import json_value
from criteria.coerce import coerce
from criteria.errors import CriteriaError, Problem, Refusal
from criteria.records import typed_values
from criteria.schema import Schema
from criteria.types import Field, FieldType


@dataclass(frozen=True, slots=True)
class SqlStorage:
    """A table for a schema.

    `create_table` and `insert` are SQL; `insert` takes what `encode` gives. `columns` are in the order of both, and of
    the rows of a compiled search, which `decode` takes.
    """

    schema: Schema
    dialect: Dialect
    columns: tuple[str, ...]
    create_table: str
    insert: str

    def encode(self, record: Any) -> tuple[Any, ...]:
        """A typed record as the driver's values. Raises `CriteriaError` (`invalid_record`)."""
        row: dict[str, Any] = {}
        for field, value in zip(self.schema.fields, typed_values(self.schema, record), strict=True):
            if field.is_nested:
                _put(row.setdefault(field.column, {}), field.path[1:], _json(field, value))
            else:
                row[field.column] = self._encoded(field, value)
        return tuple(_json_text(value) if isinstance(value, dict) else value for value in row.values())

    def decode(self, row: Sequence[Any] | Mapping[str, Any]) -> dict[str, Any]:
        """A typed record from a row of `columns`, or from a mapping of them.

        Raises `CriteriaError` (`invalid_record`) when the row holds what `encode` would not have stored.
        """
        try:
            return self._decode(row)
        except Refusal as refusal:
            raise CriteriaError(Problem("invalid_record", refusal.message, hint=refusal.hint)) from None
        except (ValueError, TypeError, KeyError) as fault:
            raise CriteriaError(Problem("invalid_record", f"The row cannot be read: {fault}.")) from None

    def _decode(self, row: Sequence[Any] | Mapping[str, Any]) -> dict[str, Any]:
        values = row if isinstance(row, Mapping) else dict(zip(self.columns, row, strict=True))
        record: dict[str, Any] = {}
        documents: dict[str, Any] = {}
        for field in self.schema.fields:
            if field.is_nested:
                if field.column not in documents:
                    documents[field.column] = _decoded_json(values[field.column])
                value = _typed(field, _get(documents[field.column], field.path[1:]))
            else:
                value = self._decoded(field, values[field.column])
            _put(record, field.path, value)
        return record

    def _encoded(self, field: Field, value: Any) -> Any:
        if value is None:
            return None
        if field.is_list and not self.dialect.native_lists:
            return _json_text(_json(field, value))
        if field.is_list:
            return [None if item is None else self._scalar(field, item) for item in value]
        return self._scalar(field, value)

    def _scalar(self, field: Field, value: Any) -> Any:
        if representation(self.dialect, field, in_json=False) is Representation.NATIVE:
            return self.dialect.encode(value)
        return json_value(field, value)

    def _decoded(self, field: Field, value: Any) -> Any:
        if field.is_list and not self.dialect.native_lists:
            value = _decoded_json(value)
        return _typed(field, value)


def sql_storage(
    dialect: Dialect, schema: Schema, *, table: str | None = None, paramstyle: str | None = None
) -> SqlStorage:
    """The table of a schema, by default named as the schema. Raises `CriteriaError` (`unsupported`)."""
    check_schema(dialect, schema)
    style = dialect.paramstyle if paramstyle is None else known_paramstyle(paramstyle)
    name = schema.name if table is None else table
    names = columns(schema)
    definitions = [_definition(dialect, schema, column) for column in names]
    created = exp.Create(this=exp.Schema(this=table_name(name), expressions=definitions), kind="TABLE", exists=False)
    binder = Binder()
    values = [_inserted(dialect, schema, column, binder.bind(None)) for column in names]
    inserted = exp.Insert(
        this=exp.Schema(this=table_name(name), expressions=[nodes.name(column) for column in names]),
        expression=exp.Values(expressions=[exp.Tuple(expressions=values)]),
    )
    return SqlStorage(
        schema,
        dialect,
        names,
        render(created, [], dialect.sqlglot, "qmark").text,
        render(inserted, binder.values, dialect.sqlglot, style).text,
    )


def _field_of(schema: Schema, column: str) -> Field:
    return next(field for field in schema.fields if field.column == column)


def _definition(dialect: Dialect, schema: Schema, column: str) -> exp.ColumnDef:
    field = _field_of(schema, column)
    constraints = []
    if field == schema.key:
        constraints.append(exp.ColumnConstraint(kind=exp.PrimaryKeyColumnConstraint()))
    elif not field.nullable and not field.is_nested:
        constraints.append(exp.ColumnConstraint(kind=exp.NotNullColumnConstraint()))
    if (
        field.collation == "binary"
        and dialect.binary_collation is not None
        and not field.is_list
        and not field.is_nested
    ):
        collation = exp.CollateColumnConstraint(this=dialect.binary_collation.copy())
        constraints.insert(0, exp.ColumnConstraint(kind=collation))
    kind = dialect.column_type(field, field == schema.key)
    return exp.ColumnDef(this=nodes.name(column), kind=kind, constraints=constraints)


def _inserted(dialect: Dialect, schema: Schema, column: str, placeholder: Node) -> Node:
    field = _field_of(schema, column)
    if dialect.casts_lists and (field.is_list or field.is_nested):
        return nodes.cast(placeholder, dialect.column_type(field, False))
    return placeholder


def _json(field: Field, value: Any) -> Any:
    if value is None:
        return None
    if field.is_list:
        return [None if item is None else json_value(field, item) for item in value]
    return json_value(field, value)


def _json_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _decoded_json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, (str, bytes)) else value


def _put(document: dict[str, Any], path: Sequence[str], value: Any) -> None:
    for segment in path[:-1]:
        document = document.setdefault(segment, {})
    document[path[-1]] = value


def _get(document: Any, path: Sequence[str]) -> Any:
    for segment in path:
        document = document.get(segment) if isinstance(document, dict) else None
    return document


def _typed(field: Field, value: Any) -> Any:
    """A typed value from what the driver returned."""
    if value is None:
        return None
    if field.is_list:
        return [_typed_scalar(field, item) for item in value]
    return _typed_scalar(field, value)


def _typed_scalar(field: Field, value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)
    if value is None or isinstance(value, UUID):
        return value
    if field.field_type is FieldType.BOOLEAN and isinstance(value, int):
        return bool(value)
    if field.field_type is FieldType.DOUBLE and isinstance(value, int):
        return float(value)  # jsonb writes a double without a fraction as an integer, by its shortest digits
    return coerce(field, value) if not isinstance(value, Decimal) or field.field_type is FieldType.DECIMAL else value
