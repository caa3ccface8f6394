"""`SqlStorage.update` and `if_not_exists`: the rows of the table afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import criteria
from criteria import CriteriaError, Field, Schema
from criteria.conformance import reference, schemas
from criteria.conformance.strategies import criteria_objects, records
from tests.conftest import Engines, capped
from tests.engines.sql import SqlEngine, SqlTable
from tests.engines.table import rebuilt

SQL = ("sqlite", "duckdb", "duckdb-binary", "postgres", "postgres-natural", "mariadb", "mariadb-binary")


@pytest.mark.parametrize("name", ["scalars", "lists", "nested"])
@pytest.mark.parametrize("engine_name", SQL)
def test_only_the_selected_rows_are_updated(engine_name: str, name: str, engines: Engines) -> None:
    """After an update every selected row has the record's values in all columns; the others are unchanged."""
    schema = schemas.ALL[name]
    table: Any = engines.get(engine_name).table(schema)
    assert isinstance(table, SqlTable)

    @settings(max_examples=capped(max(10, settings().max_examples // 4)))
    @given(rows=records(schema, 3), written=records(schema, 3), data=st.data())
    def updates(rows: list[dict[str, Any]], written: list[dict[str, Any]], data: st.DataObject) -> None:
        before = [rebuilt(schema, row) for row in rows]
        for record in (rebuilt(schema, row) for row in written):
            query = criteria.parse(data.draw(criteria_objects(schema)), schema)
            there = criteria.parse({"id": record["id"]}, schema)
            update = table.storage.update(record, table.bound(query & there))
            with table.holding(rows):
                table.engine.execute(update.text, update.params)
                found = table.typed_records()
            expected = [
                record if one["id"] == record["id"] and reference.is_true(query.expression, one) else one
                for one in before
            ]
            assert sorted(found, key=lambda one: one["id"]) == expected

    updates()


@pytest.mark.parametrize("engine_name", SQL)
def test_an_existing_table_stays_unchanged(engine_name: str, engines: Engines) -> None:
    """With `if_not_exists` the statement keeps an existing table with its rows; without, it fails."""
    engine: Any = engines.get(engine_name)
    assert isinstance(engine, SqlEngine)
    schema = engine.adapt(Schema("t", [schemas.KEY, Field("text", "string")], system_properties=False))
    storage = criteria.storage(schema, engine.dialect, table="made_once", if_not_exists=True)
    strict = criteria.storage(schema, engine.dialect, table="made_once")
    record = {"id": 1, "text": "kept"}
    try:
        engine.execute(storage.create_table)
        engine.insert(storage.insert, [storage.encode(record)])
        engine.commit()
        engine.execute(storage.create_table)
        assert [storage.decode(row) for row in engine.execute("SELECT * FROM made_once")] == [record]
        with pytest.raises(Exception, match=r"(?i)already exists"):
            engine.execute(strict.create_table)
        engine.rollback() if engine.dialect == "postgres" else None
    finally:
        engine.execute("DROP TABLE IF EXISTS made_once")
        engine.commit()


def test_invalid_updates_are_refused() -> None:
    """A record that does not conform, an object other than a query, and a query on other fields are refused."""
    schema = Schema("t", [schemas.KEY, Field("text", "string")], system_properties=False)
    other = Schema("t", [Field("number", "integer")], system_properties=False)
    storage = criteria.storage(schema, "sqlite")
    there, record = criteria.parse({"id": 1}, schema), {"id": 1, "text": "x"}
    cases: list[tuple[dict[str, Any], Any, str]] = [
        ({"id": 1, "text": 5}, there, "invalid_record"),
        (record, criteria.parse({"number": 1}, other), "invalid_schema"),
        (record, "{}", "invalid_parameter"),
        (record, None, "invalid_parameter"),
        (record, criteria.parse_search({}, schema), "invalid_parameter"),
    ]
    for values, query, code in cases:
        with pytest.raises(CriteriaError) as refused:
            storage.update(values, query)
        assert refused.value.problems[0].code == code


def test_updates_use_the_paramstyle_of_the_storage() -> None:
    """The statement uses the storage's paramstyle."""
    schema = Schema("t", [schemas.KEY, Field("text", "string")], system_properties=False)
    storage = criteria.storage(schema, "postgres", table="things", paramstyle="numeric")
    update = storage.update({"id": 1, "text": "x"}, criteria.parse({"id": 1}, schema))
    assert update.text == 'UPDATE "things" SET "id" = :1, "text" = :2 WHERE "id" = :3'
    assert update.params == (1, "x", 1)
