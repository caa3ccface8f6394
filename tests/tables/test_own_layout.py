"""The tables that the library creates are read like those of other programs, and answer alike."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

import criteria
from criteria import Field, FieldType, Schema, Search
from criteria.conformance import schemas
from criteria.conformance.strategies import criteria_objects, order_by_texts, records
from tests.conftest import CASES, Engines, capped
from tests.engines.sql import SqlEngine, SqlTable

SQL_ENGINES = ("sqlite", "duckdb", "postgres", "postgres-natural", "mariadb", "mariadb-binary", "mysql", "mysql-binary")
ATTRIBUTES = ("object_entity_type", "is_unique", "is_list", "nullable", "column", "scale", "collation")


def in_utc(schema: Schema, engine: SqlEngine) -> Schema:
    """The schema with the declaration that columns without a zone hold UTC, and with the digits that columns have."""
    has_microseconds = engine.dialect in ("duckdb", "postgres")
    fields = [
        Field(
            one.name,
            one.field_type,
            time_zone="UTC" if one.field_type is FieldType.DATE_TIME else None,
            precision=6 if one.field_type is FieldType.DATE_TIME and has_microseconds else one.precision,
            **{name: getattr(one, name) for name in ATTRIBUTES},
        )
        for one in schema.fields
    ]
    return Schema(f"{schema.name} in UTC", fields, system_properties=False)


@pytest.mark.parametrize("engine_name", SQL_ENGINES)
@pytest.mark.parametrize("schema_name", ["scalars", "lists", "nested", "names"])
def test_reflected_tables_of_the_library_answer_alike(schema_name: str, engine_name: str, engines: Engines) -> None:
    """Conditions, total conditions and orders of a reflected table select the rows that its storage's do."""
    engine = engines.get(engine_name)
    assert isinstance(engine, SqlEngine)
    table = engine.table(in_utc(schemas.ALL[schema_name], engine))
    assert isinstance(table, SqlTable)
    schema = table.schema
    reflected = criteria.tables.reflect(engine.connection, table.name, schema)

    @settings(max_examples=capped(max(3, CASES // 50)))
    @given(rows=records(schema), criteria_json=criteria_objects(schema), order_by=order_by_texts(schema))
    def agree(rows: list[dict[str, Any]], criteria_json: dict[str, Any], order_by: str) -> None:
        with table.holding(rows):
            query = criteria.parse(criteria_json, schema)
            keys = sorted(table.select(query))
            for total in (False, True):
                where = criteria.compile(query, "sql", table=reflected, total=total)
                text = f"SELECT * FROM {table.name} WHERE {where.text}"
                assert sorted(engine.keys(text, where.params, table.key)) == keys, where
            search = Search(query, criteria.parse_order_by(order_by, schema), None)
            found = criteria.compile(search, "sql", table=reflected).rows
            assert found is not None
            assert tuple(engine.keys(found.text, found.params, table.key)) == table.search(search).data, found

    agree()
