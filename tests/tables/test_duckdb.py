"""DuckDB tables that other programs created: what their columns need to be answered right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import criteria
from criteria import Field, Schema
from tests.conftest import Engines
from tests.engines.duckdb_version import is_duckdb_before_2
from tests.tables.foreign import Foreign, created, foreign, refused


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tokyo"])
def test_a_timestamp_does_not_depend_on_the_session(zone: str, engines: Engines) -> None:
    values = ("'2026-06-01 12:00'", "'2026-11-01 05:30'", "'2026-11-01 06:30'", "NULL")
    with foreign(
        engines, "duckdb", "moment TIMESTAMP", Field("moment", "dateTime", precision=6, time_zone="UTC"), values
    ) as table:
        table.engine.execute(f"SET TimeZone = '{zone}'")
        try:
            assert table.keys({"moment": "2026-06-01T12:00:00Z"}) == [1]
            assert table.keys({"moment": "2026-11-01T05:30:00Z"}) == [2]
            assert table.keys({"moment": {"$ne": "2026-11-01T01:30:00-05:00"}}) == [1, 2, 4]
        finally:
            table.engine.execute("SET TimeZone = 'Asia/Tokyo'")


def test_a_timestamp_without_the_declaration_is_refused(engines: Engines) -> None:
    assert "has no time zone" in refused(engines, "duckdb", "moment TIMESTAMP", Field("moment", "dateTime"))


def test_a_date_is_no_instant(engines: Engines) -> None:
    assert 'as "date"' in refused(engines, "duckdb", "day DATE", Field("day", "dateTime", time_zone="UTC"))


def test_float_compares_by_the_value_that_it_holds(engines: Engines) -> None:
    with foreign(engines, "duckdb", "v FLOAT", Field("v", "double"), ("0.1", "0.5", "NULL")) as table:
        assert table.keys({"v": 0.1}) == []
        assert table.keys({"v": 0.10000000149011612}) == [1]
        assert table.keys({"v": {"$gt": 0.1}}) == [1, 2]


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ({"v": "unknown"}, []),
        ({"v": {"$ne": "unknown"}}, [1, 2, 3, 4, 5]),
        ({"v": {"$gt": "Z"}}, [1, 4]),
        ({"v": {"$contains": "a"}}, [1, 4]),
        ({"v": {"$startsWith": "O"}}, [2]),
        ({"v": {"$istartsWith": "o"}}, [2]),
        ({"v": {"$icontains": "A"}}, [1, 4]),
    ],
)
def test_labels_compare_as_text(query: Any, keys: list[int], engines: Engines) -> None:
    values = ("'sad'", "'OK'", "'Z'", "'a'", "NULL")
    with foreign(engines, "duckdb", "v ENUM('sad', 'OK', 'Z', 'a')", Field("v", "string"), values) as table:
        assert table.keys(query) == keys
        assert [key for key in table.in_order("v") if key != 5] == [2, 3, 4, 1]


@pytest.mark.parametrize("column", ["TINYINT", "INTEGER", "BIGINT"])
def test_integers_take_every_operand(column: str, engines: Engines) -> None:
    with foreign(engines, "duckdb", f"v {column}", Field("v", "integer"), ("1", "2", "NULL")) as table:
        assert table.keys({"v": 2**40}) == []
        assert table.keys({"v": {"$lt": 2**40}}) == [1, 2]
        assert table.keys({"v": {"$nin": [1, 2**40]}}) == [2, 3]


def test_arrays_take_every_operand(engines: Engines) -> None:
    field = Field("v", "integer", is_list=True)
    with foreign(engines, "duckdb", "v INTEGER[]", field, ("[1, 2]", "[2]", "NULL")) as table:
        assert table.keys({"v": 2**40}) == []
        assert table.keys({"v": {"$in": [1, 2**40]}}) == [1]
        assert table.keys({"v": {"$ne": 1}}) == [2, 3]


@pytest.fixture(scope="module")
def indexed(engines: Engines) -> Any:
    """A table with an index on each column, and 50,000 rows."""
    fields = (
        Field("amount", "integer"),
        Field("small", "integer"),
        Field("total", "decimal", precision=10, scale=2),
        Field("day", "date"),
        Field("token", "guid"),
        Field("moment", "dateTime", precision=6, time_zone="UTC"),
    )
    columns = "amount BIGINT, small INTEGER, total DECIMAL(10, 2), day DATE, token UUID, moment TIMESTAMP"
    rows = (
        "INSERT INTO foreign_rows SELECT n, n, n, n, DATE '1900-01-01' + n::INTEGER, "
        "('00000000-0000-4000-8000-' || lpad(n::VARCHAR, 12, '0'))::UUID, TIMESTAMP '2020-01-01' + INTERVAL (n) HOUR "
        "FROM range(50000) AS t(n)"
    )
    indexes = [f"CREATE INDEX by_{one.name} ON foreign_rows ({one.name})" for one in fields]
    with created(engines, "duckdb", columns, rows, *indexes) as engine:
        yield Foreign(engine, fields)


@pytest.mark.parametrize("total", [False, True])
@pytest.mark.parametrize(
    "query",
    [
        {"amount": 7},
        {"small": 7},
        {"total": 7},
        {"day": "1900-01-08"},
        {"token": "00000000-0000-4000-8000-000000000007"},
        {"moment": "2020-01-01T07:00:00Z"},
        {"amount": {"$in": [7, 7]}},
    ],
    ids=str,
)
def test_indexes_serve(query: Any, total: bool, indexed: Foreign) -> None:
    """An equality is looked up in the index on the column, total or not."""
    where = indexed.where(query, total=total)
    assert indexed.keys(query, total=total) == [7]
    text = f"EXPLAIN ANALYZE SELECT * FROM foreign_rows WHERE {where.text}"
    [[_, plan]] = indexed.engine.execute(text, where.params)
    if total and is_duckdb_before_2():
        return  # it finds no index in `amount = 7 AND amount IS NOT NULL`
    assert "Index Scan" in plan, plan


def test_an_index_on_an_expression_is_no_key_however_long_the_names_beside_it_are(tmp_path: Path) -> None:
    """Reading the columns of such an index took a second for a name of 23 letters, and twice as long for each more."""
    name = "a_column_with_a_name_of_very_many_letters"
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect(tmp_path / "one.duckdb") as connection:
        connection.execute(f"CREATE TABLE one (id INTEGER PRIMARY KEY, {name} VARCHAR NOT NULL, n INTEGER NOT NULL)")
        connection.execute(f"CREATE UNIQUE INDEX on_expressions ON one ({name}, (n + 1))")
        connection.execute(f"CREATE UNIQUE INDEX on_columns ON one (n, {name})")
        fields = [Field("id", "integer", is_unique=True, nullable=False), Field(name, "string", nullable=False)]
        schema = Schema("one", fields, system_properties=False)
        assert criteria.tables.reflect(connection, "one", schema).keys == (("id",), ("n", name))
