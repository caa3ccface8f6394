"""Dates in memory: days of the years 1 to 9999, which no instant equals, in records of either kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timezone
from typing import Any

import pytest

import criteria
from criteria import Field, Schema, Search
from tests.memory.garbage import Day, Holiday, Moment

UTC = timezone.utc
SCHEMA = Schema(
    "day",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("d", "date"),
        Field("l", "date", is_list=True),
        Field("p.d", "date"),
    ],
    system_properties=False,
)

TYPED: Mapping[int, Any] = {
    1: date.min,
    2: date(2023, 2, 28),
    3: date(2024, 2, 29),
    4: date(2024, 3, 1),
    5: date.max,
    6: None,
    7: datetime(2024, 2, 29),
    8: datetime(2024, 2, 29, tzinfo=UTC),
    9: "2024-02-29",
    10: 738_945,
    11: Day(2024, 2, 29),
    12: Holiday(2024, 2, 29),
    13: Moment(2024, 2, 29, tzinfo=UTC),
    14: True,
}
"""Typed records: five days and null, values of other kinds, and a leap day of two classes of its own."""

JSON: Mapping[int, Any] = {
    1: "0001-01-01",
    2: "2023-02-28",
    3: "2024-02-29",
    4: "2024-03-01",
    5: "9999-12-31",
    6: None,
    7: "2023-02-29",
    8: "2024-2-29",
    9: "2024-02-29T00:00:00Z",
    10: 20240229,
    11: date(2024, 2, 29),
    12: "20240229",
    13: "\uff12024-02-29",
    14: "2024-02-29 ",
}
"""JSON records: the same days and null, days that do not exist, and other spellings and kinds."""

QUERIES: list[tuple[Any, list[int], list[int]]] = [
    ("2024-02-29", [3, 11, 12], [3]),
    ("0001-01-01", [1], [1]),
    ("9999-12-31", [5], [5]),
    ({"$in": ["2024-02-29", "9999-12-31"]}, [3, 5, 11, 12], [3, 5]),
    ({"$gt": "0001-01-01"}, [2, 3, 4, 5, 11, 12], [2, 3, 4, 5]),
    ({"$gte": "0001-01-01"}, [1, 2, 3, 4, 5, 11, 12], [1, 2, 3, 4, 5]),
    ({"$lt": "9999-12-31"}, [1, 2, 3, 4, 11, 12], [1, 2, 3, 4]),
    ({"$lte": "2024-02-29"}, [1, 2, 3, 11, 12], [1, 2, 3]),
    ({"$gt": "2023-02-28", "$lt": "2024-03-01"}, [3, 11, 12], [3]),
]
"""Comparisons, with the keys of the typed and of the JSON records that they select."""


def rows(values: Mapping[int, Any], name: str) -> list[dict[str, Any]]:
    """Records that hold the values in a field."""
    place: Mapping[str, Callable[[Any], Any]] = {
        "d": lambda value: {"d": value},
        "l": lambda value: {"l": value if value is None else [None, value]},
        "p.d": lambda value: {"p": {"d": value}},
    }
    return [{"id": key, **place[name](value)} for key, value in values.items()]


@pytest.mark.parametrize("name", ["d", "l", "p.d"])
@pytest.mark.parametrize(("comparison", "of_typed", "of_json"), QUERIES, ids=str)
def test_days(name: str, comparison: Any, of_typed: list[int], of_json: list[int]) -> None:
    """A comparison selects the days that fulfil it, and its negation every other record."""
    for mode, values, expected in (("typed", TYPED, of_typed), ("json", JSON, of_json)):
        records = rows(values, name)
        for criteria_json, keys in (
            ({name: comparison}, expected),
            ({"NOT": {name: comparison}}, [key for key in values if key not in expected]),
        ):
            predicate = criteria.compile(criteria.parse(criteria_json, SCHEMA), "python", records=mode)
            assert [record["id"] for record in predicate.filter(records)] == keys
            assert [record["id"] for record in records if predicate(record)] == keys


def test_null_alone_is_empty() -> None:
    """A value of another kind is no day, and is not empty."""
    for mode, values in (("typed", TYPED), ("json", JSON)):
        predicate = criteria.compile(criteria.parse({"d": None}, SCHEMA), "python", records=mode)
        assert [record["id"] for record in predicate.filter(rows(values, "d"))] == [6]


@pytest.mark.parametrize("copies", [1, 40])
@pytest.mark.parametrize("limit", [None, 4])
def test_order(copies: int, limit: int | None) -> None:
    """Days are in their order, what is no day comes first as null does, and ties are in the order of the keys."""
    for mode, values, days in (("typed", TYPED, [1, 2, 3, 11, 12, 4, 5]), ("json", JSON, [1, 2, 3, 4, 5])):
        empty = [key for key in values if key not in days]
        records = [
            {**record, "id": record["id"] + 100 * copy} for copy in range(copies) for record in rows(values, "d")
        ]
        for text, expected in (("d", empty + days), ("d desc", _descending(days) + empty)):
            search = Search(criteria.parse({}, SCHEMA), criteria.parse_order_by(f"{text}, id", SCHEMA), limit)
            page = criteria.compile(search, "python", records=mode)(records)
            found = [record["id"] % 100 for record in page.data if copies == 1 or record["id"] < 100]
            assert found == (expected if limit is None else expected[: len(found)])
            assert limit is None or len(page.data) == min(limit, len(records))
            whole = criteria.compile(Search(search.query, search.order_by, None), "python", records=mode)(records)
            assert page.data == whole.data[: len(page.data)]


def _descending(days: list[int]) -> list[int]:
    """The days from the last one to the first, the leap days in the order of their keys."""
    leap = [key for key in days if key in (3, 11, 12)]
    return [5, 4, *leap, 2, 1]


def test_pages_of_plain_days_alone() -> None:
    """Of records that all hold plain days, or null, a page is the first of the whole order, in both directions."""
    days = [date.fromordinal(1 + 37 * number % 3_652_059) for number in range(3000)]
    records: list[Any] = [{"id": number, "d": day} for number, day in enumerate(days)]
    records[1500]["d"] = None
    for text in ("d", "d desc"):
        order = criteria.parse_order_by(f"{text}, id", SCHEMA)
        page = criteria.compile(Search(criteria.parse({}, SCHEMA), order, 5), "python")(records)
        filled = sorted((one for one in records if one["d"]), key=lambda one: one["d"], reverse=text != "d")
        expected = filled[:5] if text != "d" else [records[1500], *filled[:4]]
        assert list(page.data) == expected


def test_days_that_say_no_to_every_comparison() -> None:
    """A day of another class is compared as the day that it is, also where all records hold days."""
    records = [{"id": 1, "d": Holiday(2024, 2, 29)}, {"id": 2, "d": date(2024, 3, 1)}]
    for comparison, expected in (
        ("2024-02-29", [1]),
        ({"$in": ["2024-02-29", "2025-01-01"]}, [1]),
        ({"$gt": "2024-02-28"}, [1, 2]),
        ({"$gte": "2024-02-29"}, [1, 2]),
        ({"$lt": "2024-03-01"}, [1]),
        ({"$lte": "2024-02-29"}, [1]),
        ({"$gt": "2024-02-28", "$lt": "2024-03-01"}, [1]),
    ):
        predicate = criteria.compile(criteria.parse({"d": comparison}, SCHEMA), "python")
        assert [record["id"] for record in predicate.filter(records)] == expected, comparison


def test_python_dates_in_json_records_are_empty_to_an_order() -> None:
    """JSON holds no dates of Python: they tie, and the next key decides, on whole orders and on pages."""
    records = [{"id": number, "d": date(2024, 1, 1 + number % 28)} for number in range(3000)]
    for text in ("d, id", "d desc, id"):
        for limit in (None, 3):
            search = Search(criteria.parse({}, SCHEMA), criteria.parse_order_by(text, SCHEMA), limit)
            page = criteria.compile(search, "python", records="json")(records[::-1])
            assert list(page.data) == records[:limit]
