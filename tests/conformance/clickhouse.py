"""ClickHouse in this process, as an adapter of the conformance kit: `pip install chdb-core clickhouse-connect`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

import criteria
from criteria import Field, FieldType, Page, Schema, Search
from criteria.conformance import Adapter

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


class ClickHouse(Adapter):
    """One table of a session. Parameters become text by the binding of clickhouse-connect."""

    name = "clickhouse"
    unsupported: ClassVar = {"years": "Date32 and DateTime64 end there"}

    def __init__(self) -> None:
        from chdb import session

        self.session = session.Session()
        self.session.query("CREATE DATABASE kit")
        self.tables: dict[Schema, str] = {}

    def insert(self, schema: Schema, records: Sequence[Mapping[str, Any]]) -> None:
        if schema not in self.tables:
            self.tables[schema] = f"kit.table_{len(self.tables)}"
            columns = {field.column: column_type(field) for field in schema.fields}
            text = ", ".join(f"{identifier(name)} {kind}" for name, kind in columns.items())
            self.session.query(f"CREATE TABLE {self.tables[schema]} ({text}) ENGINE = Memory")
        self.table = self.tables[schema]
        self.session.query(f"TRUNCATE TABLE {self.table}")
        if records:
            rows = ", ".join(self._row(schema, record) for record in records)
            self.session.query(f"INSERT INTO {self.table} VALUES {rows}")

    def _row(self, schema: Schema, record: Mapping[str, Any]) -> str:
        flat = Schema("flat", [field for field in schema.fields if not field.is_nested], system_properties=False)
        nested = {field.path[0] for field in schema.fields if field.is_nested}
        typed = flat.decode({name: value for name, value in record.items() if name not in nested})
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

    def run(self, search: Search) -> Page:
        statements = criteria.compile(search, "sql", dialect="clickhouse", table=self.table)
        ids = [row["id"] for row in self._ask(statements.rows)] if statements.rows else []
        total = next(iter(self._ask(statements.count)[0].values())) if statements.count else None
        return search.page([int(one) for one in ids], None if total is None else int(total))

    def _ask(self, statement: Any) -> list[Any]:
        from clickhouse_connect.driver.binding import finalize_query

        text = statement.text.replace("%%", "%")  # the driver leaves text without parameters as it is
        if statement.params:
            text = finalize_query(statement.text, statement.params)
        return list(json.loads(str(self.session.query(text, "JSON")))["data"])

    def close(self) -> None:
        self.session.close()
