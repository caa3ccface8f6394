"""Settings of a Spark session that change what a statement means: it selects the same rows under them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import criteria
from criteria import Field, Schema
from criteria.backends import frame as backend
from tests.conftest import Engines
from tests.engines.spark_sql import SparkSql

pytestmark = pytest.mark.needs_spark

SCHEMA = Schema(
    "moments",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("s", "string"),
        Field("at", "dateTime"),
        Field("times", "dateTime", is_list=True),
    ],
    system_properties=False,
)
FIRST, SECOND = "2024-01-01T00:00:00.000Z", "2024-01-01T03:00:00.000Z"
RECORDS: list[dict[str, Any]] = [
    {"id": 1, "s": "xaB\n", "at": FIRST, "times": [FIRST]},
    {"id": 2, "s": "xaB", "at": SECOND, "times": [SECOND]},
    {"id": 3, "s": "Abc.d", "at": None, "times": []},
]
SELECTED: list[tuple[dict[str, Any], set[int]]] = [
    ({"at": FIRST}, {1}),
    ({"at": {"$gt": "2024-01-01T01:00:00Z"}}, {2}),
    ({"at": {"$in": [SECOND, "2023-01-01T00:00:00Z"]}}, {2}),
    ({"NOT": {"times": FIRST}}, {2, 3}),
    ({"s": {"$iendsWith": "ab"}}, {2}),
    ({"s": {"$ieq": "XAB"}}, {2}),
    ({"s": {"$istartsWith": "aB"}}, {3}),
    ({"s": {"$icontains": "Ab"}}, {1, 2, 3}),
]


@contextmanager
def under(session: Any, setting: str, value: str) -> Iterator[None]:
    """A block in which the session has a setting."""
    session.conf.set(setting, value)
    try:
        yield
    finally:
        session.conf.unset(setting)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("spark.sql.timestampType", "TIMESTAMP_NTZ"), ("spark.sql.parser.escapedStringLiterals", "true")],
)
def test_statements_and_frames_select_the_same_rows(setting: str, value: str, engines: Engines) -> None:
    """Instants keep their offset in a session whose time zone is not UTC, and patterns their end."""
    engine = engines.get("spark-sql")
    assert isinstance(engine, SparkSql)
    assert engine.session.conf.get("spark.sql.session.timeZone") == "America/New_York"
    table = engine.table(SCHEMA)
    with table.holding(RECORDS), under(engine.session, setting, value):
        for source, expected in SELECTED:
            query = criteria.parse(source, SCHEMA)
            assert set(table.select(query)) == expected, source
            found = backend.filter(engine.session.table(table.name), query)
            assert {row["id"] for row in found.select("id").collect()} == expected, source
