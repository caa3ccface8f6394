"""Dates on the SQL engines: hand-written rows with columns, lists and JSON."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, Limits, Schema, Search
from criteria.backends.sql.dialects import STORED
from tests.conftest import Engines
from tests.engines.sql import SqlEngine, SqlTable

DIALECTS = (
    "sqlite", "duckdb", "duckdb-binary", "postgres", "postgres-natural", "mariadb", "mariadb-binary", "mysql",
    "mysql-binary",
)  # fmt: skip

SCHEMA = Schema(
    "day",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("d", "date"),
        Field("ds", "date", is_list=True),
        Field("p.d", "date"),
        Field("p.ds", "date", is_list=True),
    ],
    system_properties=False,
)

DAYS = {
    1: "0001-01-01", 2: "1582-10-10", 3: "1900-02-28", 4: "1900-03-01", 5: "1969-12-31", 6: "1970-01-01",
    7: "2000-02-29", 8: "2024-02-28", 9: "2024-02-29", 10: "2024-03-01", 11: "9999-12-31", 12: None,
}  # fmt: skip
"""The date of each record, in order."""

RECORDS = [
    {"id": key, "d": day, "ds": day and [day, None], "p": {"d": day, "ds": day and [day, None, 5, "no day"]}}
    for key, day in DAYS.items()
]

FIELDS = ("d", "ds", "p.d", "p.ds")

CASES: list[tuple[dict[str, Any] | str | None, list[int]]] = [
    ("0001-01-01", [1]),
    ("9999-12-31", [11]),
    ("2024-02-29", [9]),
    ("2023-02-28", []),
    (None, [12]),
    ({"$ne": None}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
    ({"$ne": "2024-02-29"}, [1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12]),
    ({"$gt": "0001-01-01"}, [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
    ({"$lt": "0001-01-01"}, []),
    ({"$gte": "9999-12-31"}, [11]),
    ({"$gt": "9999-12-31"}, []),
    ({"$lt": "1970-01-01"}, [1, 2, 3, 4, 5]),
    ({"$lte": "1900-03-01"}, [1, 2, 3, 4]),
    ({"$gt": "2024-02-28"}, [9, 10, 11]),
    ({"$in": ["1582-10-10", "2000-02-29", "9999-12-31"]}, [2, 7, 11]),
    ({"$nin": ["1582-10-10", "2000-02-29", "9999-12-31"]}, [1, 3, 4, 5, 6, 8, 9, 10, 12]),
    ({"$in": []}, []),
]


@pytest.fixture(params=DIALECTS)
def table(request: pytest.FixtureRequest, engines: Engines) -> SqlTable:
    """The table of the schema on one SQL engine."""
    engine = engines.get(request.param)
    assert isinstance(engine, SqlEngine)
    return engine.table(SCHEMA)


@pytest.mark.parametrize("field", FIELDS)
def test_comparisons_of_dates_and_their_negations(field: str, table: SqlTable) -> None:
    """Each comparison selects the expected rows, on a column, a list and in JSON; NOT selects all others."""
    with table.holding(RECORDS):
        for operand, expected in CASES:
            found = table.select(criteria.parse({field: operand}, SCHEMA))
            assert sorted(found) == expected, operand
            rest = table.select(criteria.parse({"NOT": {field: operand}}, SCHEMA))
            assert sorted(rest) == sorted(set(DAYS) - set(expected)), operand


@pytest.mark.parametrize("field", ["d", "p.d"])
def test_dates_are_sorted(field: str, table: SqlTable) -> None:
    """Null comes first when ascending and last when descending."""
    everything = criteria.parse({}, SCHEMA)
    with table.holding(RECORDS):
        for direction, expected in (("asc", [12, *range(1, 12)]), ("desc", [*range(11, 0, -1), 12])):
            order = criteria.parse_order_by(f"{field} {direction}", SCHEMA)
            assert list(table.search(Search(everything, order, limit=20)).data) == expected


@pytest.mark.parametrize(
    "field", [one if one == "d" else pytest.param(one, marks=pytest.mark.heavy("long lists")) for one in FIELDS]
)
def test_very_many_dates_are_bound_as_one_array(field: str, table: SqlTable) -> None:
    """`$in` with so many dates that they are bound as an array selects the same rows."""
    first = date(2024, 2, 29) - timedelta(days=2999)
    days = [(first + timedelta(days=at)).isoformat() for at in range(3000)]
    limits = Limits(values=5000)
    with table.holding(RECORDS):
        assert sorted(table.select(criteria.parse({field: {"$in": days}}, SCHEMA, limits=limits))) == [8, 9]
        rest = table.select(criteria.parse({field: {"$nin": days}}, SCHEMA, limits=limits))
        assert sorted(rest) == [1, 2, 3, 4, 5, 6, 7, 10, 11, 12]


def test_dates_come_back_as_they_were_stored(table: SqlTable) -> None:
    """The rows of the driver decode to the same typed records."""
    clean = [{**record, "p": {"d": record["d"], "ds": record["ds"]}} for record in RECORDS]
    with table.holding(clean):
        found = sorted(table.typed_records(), key=lambda record: record["id"])
        assert [table.schema.encode(record) for record in found] == [
            table.schema.encode(table.schema.decode(record)) for record in clean
        ]
        assert {type(record["d"]) for record in found} == {date, type(None)}


def test_the_date_style_of_the_session_changes_nothing(engines: Engines) -> None:
    """PostgreSQL's DateStyle setting does not change the rows."""
    engine = engines.get("postgres")
    assert isinstance(engine, SqlEngine)
    table = engine.table(SCHEMA)
    with table.holding(RECORDS):
        engine.execute("SET LOCAL DateStyle = 'SQL, DMY'")
        engine.execute("SET LOCAL TimeZone = 'Pacific/Kiritimati'")
        for field in FIELDS:
            for operand, expected in CASES:
                assert sorted(table.select(criteria.parse({field: operand}, SCHEMA))) == expected, (field, operand)


@pytest.mark.parametrize("dialect", STORED)
def test_dates_and_date_times_are_never_compared(dialect: str) -> None:
    """A date's operand is a date, a dateTime's operand is a dateTime."""
    schema = Schema("both", [Field("d", "date"), Field("t", "dateTime")], system_properties=False)
    for query in ({"d": "2024-01-01T00:00:00Z"}, {"t": "2024-01-01"}):
        with pytest.raises(CriteriaError) as caught:
            criteria.compile(criteria.parse(query, schema), "sql", dialect=dialect)
        assert [problem.code for problem in caught.value.problems] == ["type_mismatch"]


def test_lists_in_json_text_have_canonical_dates() -> None:
    """SQLite's list column is a JSON array of dates."""
    storage = criteria.storage(SCHEMA, "sqlite")
    row = storage.encode({"id": 1, "d": date(1, 1, 1), "ds": [date(2024, 2, 29)], "p": {"d": date(9999, 12, 31)}})
    assert row[1] == "0001-01-01"
    assert json.loads(row[2]) == ["2024-02-29"]
    assert json.loads(row[3]) == {"d": "9999-12-31", "ds": None}
