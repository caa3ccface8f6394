"""Values of another kind than their field's are not empty and match nothing positive; conforming ones do match."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

import criteria
from criteria.conformance import schemas
from tests.memory.garbage import (
    NEW_YORK,
    Agreeable,
    BrokenMapping,
    BrokenZone,
    Colour,
    Day,
    Fraction,
    Holiday,
    Level,
    Moment,
    Money,
    Number,
    Shy,
    Word,
    ZoneOfStrings,
    numbers,
)
from tests.memory.test_never_raises import CATCHING

UTC = timezone.utc
ALWAYS: list[Any] = [
    Agreeable(),
    Shy(),
    BrokenMapping(),
    object(),
    b"a",
    1j,
    {},
    [],
    ["a", 1, True],
    (),
    {"a": 1},
    print,
]
DIRTY: dict[str, list[Any]] = {
    "string": [5, True, 1.5, Decimal(1), date(2024, 1, 1), UUID(int=1), bytearray(b"a"),
               datetime(2024, 1, 1, tzinfo=UTC)],
    "integer": ["1", True, False, float("nan"), Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), date(2024, 1, 1)],
    "boolean": [0, 1, "true", 1.0, Decimal(1), Number(1), Level.LOW],
    "decimal": ["1", 1.0, True, Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity"), Money("sNaN")],
    "double": ["1", True, False, float("nan"), Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), 10**400],
    "date": ["2024-01-01", "2024-01-01T00:00:00Z", 738886, datetime(2024, 1, 1), datetime(2024, 1, 1, tzinfo=UTC),
             Moment(2024, 1, 1), datetime.min, datetime.max],
    "dateTime": ["2024-01-01T00:00:00Z", 1704067200, Day(2024, 1, 1), date(2024, 1, 1), datetime(2024, 1, 1),
                 datetime(2024, 1, 1, tzinfo=BrokenZone()), datetime(2024, 1, 1, tzinfo=ZoneOfStrings()),
                 datetime.min.replace(tzinfo=timezone(timedelta(hours=1))), Moment(2024, 1, 1, tzinfo=UTC),
                 datetime.max.replace(tzinfo=timezone(timedelta(hours=-1)))],
    "guid": [str(UUID(int=1)), 1, UUID(int=1).bytes, UUID(int=1).hex],
    "objectRef": ["1", True, {"id": 1}, {"objectId": "1"}, {"objectId": True}, {"objectId": None}, [1], float("nan")],
}  # fmt: skip
CLEAN: dict[str, list[Any]] = {
    "string": ["a", Word("a"), Colour.RED],
    "integer": [1, 1.0, Decimal(1), Number(1), Level.LOW],
    "boolean": [True, False],
    "decimal": [1, Decimal(1), Decimal("1.00"), Money(1), Level.LOW],
    "double": [1.0, 1, Decimal(1), Fraction(1.0), Number(1)],
    "date": [date(2024, 1, 1), Day(2024, 1, 1), Holiday(2024, 1, 1)],
    "dateTime": [datetime(2024, 1, 1, tzinfo=UTC), datetime(2023, 12, 31, 19, tzinfo=NEW_YORK)],
    "guid": [UUID(int=1)],
    "objectRef": [1, 1.0, {"objectId": 1}, {"objectId": 1, "email": "x"}, Number(1)],
}
"""Values of every class that says the value 1, or `a`, or the first of January 2024."""


def answers(source: Any, value: Any, mode: str = "typed") -> set[bool]:
    """What a query says of a value, as a column and inside a document."""
    ((name, comparison),) = source.items()
    found = set()
    for schema, field, record in (
        (schemas.SCALARS, name, {name: value}),
        (schemas.NESTED, f"p.{name}", {"p": {name: value}}),
    ):
        predicate = criteria.compile(criteria.parse({field: comparison}, schema), "python", records=mode)
        found.add(predicate(record))
    return found


@pytest.mark.parametrize("name", DIRTY)
def test_dirty_values(name: str) -> None:
    """A value of another kind matches no positive operator, matches every negative one, and is not empty."""
    for value in DIRTY[name] + [one for one in ALWAYS if not (name == "objectRef" and isinstance(one, Agreeable))]:
        for comparison in CATCHING[name]:
            assert answers({name: comparison}, value) == {False}, (name, comparison, value)
        plain = [one for one in CATCHING[name] if not isinstance(one, dict)]
        assert all(answers({name: {"$ne": one}}, value) == {True} for one in plain)
        assert answers({name: {"$nin": plain}}, value) == {True}
        assert answers({name: None}, value) == {False}
        assert answers({name: {"$ne": None}}, value) == {True}


@pytest.mark.parametrize("name", DIRTY)
def test_a_generator_is_not_a_value(name: str) -> None:
    """A generator is a value of no type, and is not used up."""
    generator = numbers()
    assert answers({name: CATCHING[name][0]}, generator) == {False}
    assert len(list(generator)) == 2


@pytest.mark.parametrize("name", CLEAN)
def test_conforming_values(name: str) -> None:
    """A value of the field's type matches, of whatever class it is."""
    for value in CLEAN[name]:
        found = [answers({name: comparison}, value) for comparison in CATCHING[name]]
        if name == "boolean":
            assert found[-1] == {True}
        else:
            assert {True} in found
            assert found.count({True}) >= len(found) - 1, (name, value, found)


class Identifier(UUID):
    """A guid of a class of its own, as database drivers return it."""


def test_guids_of_other_classes() -> None:
    """A UUID of a subclass is that guid."""
    assert answers({"guid": str(UUID(int=1))}, Identifier(int=1)) == {True}


@pytest.mark.parametrize("name", DIRTY)
def test_dirty_elements(name: str) -> None:
    """Elements of another kind match nothing positive and do not hide the conforming ones beside them."""
    field = f"{name}s"
    for comparison in CATCHING[name]:
        predicate = criteria.compile(criteria.parse({field: comparison}, schemas.LISTS), "python")
        dirty = [one for one in DIRTY[name] if name != "objectRef" or not isinstance(one, list)]
        assert predicate({field: dirty}) is False
        assert predicate({field: [*dirty, *CLEAN[name]]}) is any(predicate({field: [one]}) for one in CLEAN[name])


@pytest.mark.parametrize("value", ["abc", b"abc", {"a": 1}, 5, True, {"a": ["a"]}, iter(["a"]), range(3), object()])
def test_other_values_than_lists(value: Any) -> None:
    """Anything but a list under a list field has no elements, and is empty for it."""
    for comparison, expected in (("a", False), ({"$startsWith": ""}, False), (None, True), ({"$ne": "a"}, True)):
        predicate = criteria.compile(criteria.parse({"strings": comparison}, schemas.LISTS), "python")
        assert predicate({"strings": value}) is expected


@pytest.mark.parametrize("value", [["a"], ("a",), {"a"}, frozenset({"a"}), [None, "a"], [5, "a", None]])
def test_what_is_a_list(value: Any) -> None:
    """Lists, tuples and sets have elements; null is none."""
    for comparison, expected in (("a", True), ({"$startsWith": ""}, True), (None, False), ({"$ne": "a"}, False)):
        predicate = criteria.compile(criteria.parse({"strings": comparison}, schemas.LISTS), "python")
        assert predicate({"strings": value}) is expected


@pytest.mark.parametrize(("hour", "fold", "instant"), [(1, 0, "2021-11-07T05:30:00Z"), (1, 1, "2021-11-07T06:30:00Z")])
def test_times_that_the_clock_shows_twice(hour: int, fold: int, instant: str) -> None:
    """A local time that exists twice is the instant that its fold says, for equality, lists and order."""
    moment = datetime(2021, 11, 7, hour, 30, fold=fold, tzinfo=NEW_YORK)
    assert answers({"dateTime": instant}, moment) == {True}
    assert answers({"dateTime": {"$in": [instant, "2020-01-01T00:00:00Z"]}}, moment) == {True}
    assert (
        answers({"dateTime": {"$gte": instant}}, moment) == answers({"dateTime": {"$lte": instant}}, moment) == {True}
    )
    assert answers({"dateTime": {"$ne": instant}}, moment) == answers({"dateTime": {"$gt": instant}}, moment) == {False}
    assert answers({"dateTime": "2021-11-07T06:00:00Z"}, moment) == {False}


def test_a_time_that_the_clock_never_shows() -> None:
    """A local time inside a gap is the instant that the zone makes of it."""
    moment = datetime(2021, 3, 14, 2, 30, tzinfo=NEW_YORK)
    assert answers({"dateTime": "2021-03-14T07:30:00Z"}, moment) == {True}


def test_order_around_a_clock_change() -> None:
    """Records are sorted by their instants, not by what the clock shows."""
    instants = [datetime(2021, 11, 7, hour, 30, tzinfo=UTC) for hour in range(3, 10)]
    rows = [{"dateTime": instant.astimezone(NEW_YORK), "id": number} for number, instant in enumerate(instants)]
    order = criteria.parse_order_by("dateTime desc", schemas.SCALARS)
    search = criteria.Search(criteria.parse({}, schemas.SCALARS), order, None)
    page = criteria.compile(search, "python")(sorted(rows, key=lambda row: str(row["dateTime"])))
    assert [row["id"] for row in page.data] == list(range(len(rows)))[::-1]
