"""SQLite's columns of times with a zone, as Python's own driver writes them, and as other programs do."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, Schema

TIMES = ("2026-06-01 12:00:00+00:00", "2026-06-01 12:00:00.500000+00:00", "2026-06-01 12:00:00.000000+00:00", None,
         "2025-06-01 12:00:00+00:00")  # fmt: skip


def schema(time_zone: str | None = None) -> Schema:
    fields = [Field("id", "integer", is_unique=True, nullable=False), Field("at", "dateTime", time_zone=time_zone)]
    return Schema("event", fields, system_properties=False)


def connection(column: str, *times: str | None) -> sqlite3.Connection:
    opened = sqlite3.connect(":memory:")
    opened.execute(f"CREATE TABLE event (id INTEGER PRIMARY KEY, at {column})")
    opened.executemany("INSERT INTO event VALUES (?, ?)", enumerate(times))
    return opened


@pytest.mark.parametrize("column", ["TIMESTAMPTZ", "timestamp with time zone"])
def test_times_with_an_offset_are_compared_and_paged(column: str, opened: Callable[[Any], Any]) -> None:
    """Two spellings of one instant are one value, in conditions, orders and cursors. No declaration is needed."""
    times = opened(connection(column, *TIMES))
    events = criteria.tables.reflect(times, "event", schema())
    noon = "2026-06-01T14:00:00+02:00"
    for operand, expected in (
        (noon, [0, 2]), ({"$gt": noon}, [1]), ({"$gte": noon}, [0, 1, 2]), ({"$lt": noon}, [4]),
        ({"$ne": noon}, [1, 3, 4]), ({"$in": [noon]}, [0, 2]), (None, [3]),
    ):  # fmt: skip
        where = criteria.compile(criteria.parse({"at": operand}, schema()), "sql", table=events)
        assert [row[0] for row in times.execute(f"SELECT id FROM event WHERE {where.text}", where.params)] == expected
    found: list[int] = []
    after = None
    while after is not None or not found:
        asked = {"query": "{}", "orderBy": "at desc", "limit": 2} | ({"after": after} if after else {})
        search = criteria.parse_search(asked, schema())
        statement = criteria.compile(search, "sql", table=events).rows
        rows = times.execute(statement.text, statement.params).fetchall()
        page = search.page([dict(zip(("id", "at"), row, strict=True)) for row in rows])
        found += [row["id"] for row in page.data]
        after = page.next_cursor if page.has_more_records else None
    assert found == [1, 2, 0, 4, 3]


@pytest.mark.filterwarnings("ignore:The default datetime adapter")
def test_the_spelling_is_that_of_pythons_driver(opened: Callable[[Any], Any]) -> None:
    """A datetime in UTC that is bound as it is."""
    times = opened(connection("TIMESTAMPTZ"))
    for key, at in enumerate((datetime(2026, 6, 1, tzinfo=timezone.utc), datetime(2026, 6, 1, 1, 2, 3, 4000))):
        times.execute("INSERT INTO event VALUES (?, ?)", (key, at.replace(tzinfo=timezone.utc)))
    criteria.tables.reflect(times, "event", schema())


@pytest.mark.parametrize("spelled", ["2026-06-01 12:00:00", "2026-06-01 12:00:00.500000"])
def test_times_without_an_offset_are_declared(spelled: str, opened: Callable[[Any], Any]) -> None:
    """They are refused, and the remedy works."""
    times = opened(connection("TIMESTAMPTZ", spelled))
    with pytest.raises(CriteriaError, match=r'add "timeZone": "UTC" to the field') as refused:
        criteria.tables.reflect(times, "event", schema())
    assert [problem.code for problem in refused.value.problems] == ["unfit_column"]
    criteria.tables.reflect(times, "event", schema(time_zone="UTC"))


@pytest.mark.parametrize("spelled", ["2026-06-01 14:00:00+02:00", "2026-06-01T12:00:00Z", "2026-02-30 12:00:00+00:00"])
def test_other_times_are_refused(spelled: str, opened: Callable[[Any], Any]) -> None:
    """Texts with other offsets do not sort as their instants do."""
    with pytest.raises(CriteriaError, match=r"it holds 1 value other than times as YYYY-MM-DD"):
        criteria.tables.reflect(opened(connection("TIMESTAMPTZ", spelled)), "event", schema())
