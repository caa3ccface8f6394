"""ClickHouse in this process: `pip install chdb-core clickhouse-connect`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from importlib.util import find_spec
from typing import Any, ClassVar
from uuid import UUID

from criteria import Field, FieldType, Schema
from criteria.backends.sql import Sql
from tests.engines.further import FurtherEngine
from tests.engines.running import Servers
from tests.engines.table import Record, without_nested

_TYPES: Mapping[FieldType, str] = {
    FieldType.STRING: "String",
    FieldType.INTEGER: "Int64",
    FieldType.BOOLEAN: "Bool",
    FieldType.DECIMAL: "Decimal({precision}, {scale})",
    FieldType.DOUBLE: "Float64",
    FieldType.DATE: "Date32",
    FieldType.DATE_TIME: "DateTime64({precision}, 'UTC')",
    FieldType.GUID: "UUID",
    FieldType.OBJECT_REF: "Int64",
}


def column_type(field: Field) -> str:
    """The type of the column of a field."""
    scalar = _TYPES[field.field_type].format(precision=field.precision, scale=field.scale)
    if field.is_nested:
        return "Nullable(String)"
    return f"Array(Nullable({scalar}))" if field.is_list else f"Nullable({scalar})"


def literal(field: Field, value: Any) -> str:
    """A value as SQL text of ClickHouse."""
    match value:
        case None:
            return "NULL"
        case list():
            return f"[{', '.join(literal(field, one) for one in value)}]"
        case bool() | int():
            return str(value).lower()
        case float():
            return repr(value)
        case str():
            return quoted(value)
        case Decimal():
            return f"toDecimal128('{value:f}', {field.scale})"
        case datetime():
            return (
                f"toDateTime64('{value.replace(tzinfo=None).isoformat(' ', 'microseconds')}', {field.precision}, 'UTC')"
            )
        case date():
            return f"toDate32('{value}')"
        case UUID():
            return f"toUUID('{value}')"
        case _:
            raise AssertionError(value)


def quoted(text: str) -> str:
    """A string as SQL text of ClickHouse."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def identifier(name: str) -> str:
    """A name as SQL text of ClickHouse."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


class ClickHouse(FurtherEngine):
    """Tables of a session. Parameters become text by the binding of clickhouse-connect."""

    name = "clickhouse"
    dialect = "clickhouse"
    unsupported: ClassVar = {
        "years": "Date32 and DateTime64 end there",
        "object_lists": "the dialect compares no objects in lists",
    }

    def __init__(self, session: Any) -> None:
        super().__init__()
        self.session = session
        self.session.query("CREATE DATABASE criteria")
        self.session.query("USE criteria")

    def version(self) -> str:
        return str(self.session.query("SELECT version()", "TabSeparated")).strip()

    def store(self, table: str, schema: Schema, records: Sequence[Record]) -> None:
        self._fill(table, schema, records, "", "Memory")

    def store_indexed(self, table: str, schema: Schema, records: Sequence[Record]) -> None:
        """A MergeTree in the order of its ids, in many granules, with a data-skipping index on each column."""
        indexes = [
            f", INDEX skip_{at} {identifier(field.column)} TYPE {_SKIPPING[field.field_type]} GRANULARITY 1"
            for at, field in enumerate(schema.fields)
            if not field.is_nested and not field.is_list
        ]
        engine = "MergeTree ORDER BY id SETTINGS index_granularity = 64, allow_nullable_key = 1"
        self._fill(table, schema, records, "".join(indexes), engine)
        self.session.query(f"OPTIMIZE TABLE {table} FINAL")

    def _fill(self, table: str, schema: Schema, records: Sequence[Record], indexes: str, engine: str) -> None:
        columns = {field.column: column_type(field) for field in schema.fields}
        text = ", ".join(f"{identifier(name)} {kind}" for name, kind in columns.items())
        self.session.query(f"DROP TABLE IF EXISTS {table}")
        self.session.query(f"CREATE TABLE {table} ({text}{indexes}) ENGINE = {engine}")
        if records:
            rows = ", ".join(row(schema, record) for record in records)
            self.session.query(f"INSERT INTO {table} VALUES {rows}")

    def ask(self, statement: Sql, column: str | None = None) -> list[Any]:
        from clickhouse_connect.driver.binding import finalize_query

        text = statement.text.replace("%%", "%")  # the driver leaves text without parameters as it is
        if statement.params:
            text = finalize_query(statement.text, statement.params)
        rows = json.loads(str(self.session.query(text, "JSON")))["data"]
        return [row[column] if column else next(iter(row.values())) for row in rows]


_SKIPPING: Mapping[FieldType, str] = {
    FieldType.STRING: "bloom_filter",
    FieldType.INTEGER: "minmax",
    FieldType.BOOLEAN: "minmax",
    FieldType.DECIMAL: "minmax",
    FieldType.DOUBLE: "minmax",
    FieldType.DATE: "minmax",
    FieldType.DATE_TIME: "minmax",
    FieldType.GUID: "bloom_filter",
    FieldType.OBJECT_REF: "minmax",
}
"""The kind of the data-skipping index of each field type."""


def row(schema: Schema, record: Record) -> str:
    """The values of a record as SQL text of ClickHouse."""
    typed = without_nested(schema, record)
    cells: dict[str, str] = {}
    for field in schema.fields:
        if field.is_nested:
            document = record.get(field.path[0])
            text = None if document is None else json.dumps(document, ensure_ascii=False)
            cells[field.column] = literal(field, text)
        elif field.is_list and typed.get(field.name) is None:
            cells[field.column] = "[]"
        else:
            cells[field.column] = literal(field, typed.get(field.name))
    return f"({', '.join(cells.values())})"


def missing() -> str | None:
    """How to get ClickHouse; None when it is there."""
    is_there = find_spec("chdb") and find_spec("clickhouse_connect")
    return None if is_there else 'pip install -e ".[clickhouse-test]", 180 MB'


@contextmanager
def clickhouse(servers: Servers) -> Iterator[ClickHouse]:
    """ClickHouse in a session of its own."""
    from chdb import session

    opened = session.Session()
    yield ClickHouse(opened)
    opened.close()
