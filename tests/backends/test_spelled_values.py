"""Decoded JSON that is filtered as typed records: the text of dates and numbers is an empty value, with a warning."""

from __future__ import annotations

import warnings
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

import criteria
from criteria import Field, Schema

FILMS = Schema(
    "film",
    [Field("title", "string"), Field("at", "dateTime", column="shown_at"), Field("day", "date"),
     Field("price", "decimal", precision=6, scale=2), Field("token", "guid"), Field("days", "date", is_list=True),
     Field("info.day", "date")],
    system_properties=False,
)  # fmt: skip
GUID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"


@pytest.mark.parametrize(
    ("query", "record", "name"),
    [
        ({"at": {"$gt": "2020-01-01T00:00:00Z"}}, {"at": "2021-01-01T00:00:00Z"}, "at"),
        ({"at": {"$ne": "2020-01-01T00:00:00Z"}}, {"at": "2021-01-01T00:00:00Z"}, "at"),
        ({"day": "2020-01-01"}, {"day": "2020-01-01"}, "day"),
        ({"price": {"$in": [1, 2]}}, {"price": "2.00"}, "price"),
        ({"token": GUID}, {"token": GUID}, "token"),
        ({"days": "2020-01-01"}, {"days": ["2020-01-01"]}, "days"),
        ({"info.day": {"$lt": "2020-01-01"}}, {"info": {"day": "2019-01-01"}}, "info.day"),
    ],
)
def test_text_that_spells_a_value_is_warned_about(query: Any, record: Any, name: str) -> None:
    """Once, at the line of the caller, by a call, a filter and a search."""
    search = criteria.parse_search({"query": query}, FILMS)
    matches = criteria.compile(search.query, "python")
    for run in (
        lambda: matches(record),
        lambda: criteria.compile(search.query, "python").filter([record]),
        lambda: criteria.compile(search, "python")(iter([record])),
    ):
        with pytest.warns(UserWarning, match=f'Records hold text in "{name}".*records="json"') as found:
            run()
        assert [one.filename for one in found] == [__file__]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        matches(record)
        assert criteria.compile(search.query, "python", records="json").filter([record]) in ([record], [])


def test_the_columns_of_rows() -> None:
    """Rows have the names of columns."""
    query = criteria.parse({"at": {"$gt": "2020-01-01T00:00:00Z"}}, FILMS)
    with pytest.warns(UserWarning, match='"at"'):
        criteria.compile(query, "python", by="column").filter([{"shown_at": "2021-01-01T00:00:00Z"}])


@pytest.mark.parametrize(
    "record",
    [
        {"at": datetime(2021, 1, 1, tzinfo=timezone.utc), "price": Decimal(2), "token": UUID(GUID)},
        {"at": None, "price": 2, "title": "2020-01-01"},
        {"at": "soon", "price": "cheap", "token": "x"},
        {},
        None,
        "2020-01-01",
    ],
)
def test_other_records_are_not(record: Any) -> None:
    """Values of Python, empty ones, and text that spells nothing."""
    query = criteria.parse({"at": {"$gt": "2020-01-01T00:00:00Z"}, "price": 2, "token": GUID, "title": "x"}, FILMS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        matches = criteria.compile(query, "python")
        matches(record)
        matches.filter([record])


def test_without_a_schema_text_is_text() -> None:
    """A query without a schema compares with what the record holds."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert criteria.compile(criteria.parse({"day": "2020-01-01"}), "python")({"day": "2020-01-01"})


def test_a_few_records_are_looked_at() -> None:
    """A predicate that is called for each of many records does not look at all of them."""
    matches = criteria.compile(criteria.parse({"day": "2020-01-01"}, FILMS), "python")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(100):
            matches({"day": None})
        matches({"day": "2020-01-01"})
