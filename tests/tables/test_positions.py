"""Pages in an order by columns of which drivers return other values than those that are stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

import criteria
from criteria import Field, Page, Search
from tests.conftest import Engines
from tests.search.walks import walk
from tests.tables.foreign import Foreign, foreign
from tests.tables.test_nan_pages import page_of

pytestmark = pytest.mark.heavy("walks on four engines")

DOUBLE = Field("value", "double")
INSTANT = Field("value", "dateTime", precision=6)
FLOATS = ("0.7", "0.70000005", "NULL", "0.7", "0.1", "-0.7", "16777216", "16777217", "1e-30")
"""0.7 and 0.70000005 are two floats of 32 bits; of both MySQL returns 0.7."""

TIMES = ("1793511000", "1793514600.5", "NULL", "1793518200", "1793514600", "1793511000")
"""Seconds since 1970, of which New York's clocks show two as 01:30 on 1 November 2026."""

SPELLED = [f"FROM_UNIXTIME({one})" for one in TIMES]

COLUMNS = [
    pytest.param("postgres-natural", "real", DOUBLE, FLOATS, id="postgres: real"),
    pytest.param("mysql", "float", DOUBLE, FLOATS, id="mysql: float"),
    pytest.param("mariadb", "float", DOUBLE, FLOATS, id="mariadb: float"),
    pytest.param("mariadb", "float(7, 4)", DOUBLE, ("0.7", "0.1", "NULL", "-0.3", "0.7"), id="mariadb: float(7, 4)"),
    pytest.param("duckdb", "FLOAT", DOUBLE, FLOATS, id="duckdb: FLOAT"),
    pytest.param("mysql", "timestamp(6) NULL", INSTANT, SPELLED, id="mysql: timestamp(6)"),
    pytest.param("mariadb", "timestamp(6) NULL", INSTANT, SPELLED, id="mariadb: timestamp(6)"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "column", "field", "values"), COLUMNS)
def test_every_page_that_is_offered_follows(
    name: str, column: str, field: Field, values: Sequence[str], engines: Engines
) -> None:
    """A search selects the value that it sorts by, so that each row comes once, in the order of one walk."""
    with foreign(engines, name, f"value {column}", field, values) as table:
        whole = criteria.parse_search({"limit": 100}, table.schema)
        rows = page_of(table.engine, whole, True, table=table.table).data
        by_id = {row[0]: {"id": row[0], "value": row[1]} for row in rows}

        def run(search: Search) -> Page:
            page = page_of(table.engine, search, True, table=table.table)
            return Page(tuple(row[0] for row in page.data), page.has_more_records)

        for order in ("value", "value desc", "value desc, id"):
            for limit in (1, 2):
                search = criteria.parse_search({"orderBy": order, "limit": limit}, table.schema)
                assert walk(search, by_id, run) == [], (order, limit)


@pytest.mark.parametrize(("name", "column", "field", "values"), COLUMNS)
def test_a_selected_value_finds_its_row(
    name: str, column: str, field: Field, values: Sequence[str], engines: Engines
) -> None:
    """What a client reads is what a query compares."""
    with foreign(engines, name, f"value {column}", field, values) as table:
        for number, value in selected(table):
            if value is not None:
                asked = value.isoformat() + "Z" if isinstance(value, datetime) else value
                assert number in table.keys({"value": asked}), value


def selected(table: Foreign) -> list[tuple[Any, ...]]:
    search = criteria.parse_search({"limit": 100}, table.schema)
    statement = criteria.compile(search, "sql", table=table.table).rows
    return table.engine.execute(statement.text, statement.params)


@pytest.mark.parametrize("name", ["mysql", "mariadb"])
def test_a_timestamp_is_selected_in_utc(name: str, engines: Engines) -> None:
    """Whatever the time zone of the session, also in the hour that its clocks show twice."""
    with foreign(engines, name, "value timestamp(6) NULL", INSTANT, SPELLED) as table:
        [[zone]] = table.engine.execute("SELECT @@session.time_zone")
        try:
            for other in ("+00:00", "-05:00", "+12:45"):
                table.engine.execute(f"SET time_zone = '{other}'")
                assert [value for _, value in selected(table)] == [
                    datetime(2026, 11, 1, 5, 30), datetime(2026, 11, 1, 6, 30, 0, 500_000), None,
                    datetime(2026, 11, 1, 7, 30), datetime(2026, 11, 1, 6, 30), datetime(2026, 11, 1, 5, 30),
                ]  # fmt: skip
        finally:
            table.engine.execute(f"SET time_zone = '{zone}'")
