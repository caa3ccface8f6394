"""Many records: what is gone through in pieces, quickly, patiently or with care, is selected and ordered by rule."""

from __future__ import annotations

import itertools
import random
import tracemalloc
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import criteria
from criteria import Search
from criteria.conformance import schemas
from criteria.conformance.reference import ordered
from criteria.conformance.strategies import criteria_objects, order_by_texts, records
from tests.conftest import capped

SIZE = 2100
"""More than two pieces."""

ODD: list[Any] = [
    None, True, False, 0, 1, -1, 2**63, 1.0, 0.5, float("nan"), float("inf"), Decimal("0.5"), Decimal("NaN"), "", "a",
    "b", "\u00e9", [], ["a"], [None], {}, {"objectId": 1}, datetime(2024, 1, 1, tzinfo=timezone.utc),
    datetime(2024, 1, 1), b"a", object(),
]  # fmt: skip


class Raising(str):
    """A key that cannot be compared."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        raise ValueError


def many(rows: list[dict[str, Any]], dice: random.Random, oddities: int) -> list[Any]:
    """Copies of some records, among them a few with odd values, missing keys, odd keys, and of other classes."""
    found: list[Any] = [dict(dice.choice(rows), id=number) for number in range(SIZE)]
    for at in dice.sample(range(SIZE), oddities):
        record = dict(found[at])
        name = dice.choice([*record, "integer", "string", "double"])
        match dice.randrange(5):
            case 0 | 1:
                record[name] = dice.choice(ODD)
            case 2:
                record.pop(name, None)
            case 3:
                record = defaultdict(lambda: 5, record)
            case _:
                record = {Raising("integer"): 1, **{key: value for key, value in record.items() if key != "integer"}}
        found[at] = record
    return found


@settings(max_examples=capped(15))
@given(
    rows=records(schemas.SCALARS).filter(bool),
    criteria_json=criteria_objects(schemas.SCALARS),
    seed=st.integers(0, 2**32),
    oddities=st.sampled_from([0, 1, 3, 300]),
)
def test_a_list_is_selected_from_as_its_records_are(
    rows: list[dict[str, Any]], criteria_json: dict[str, Any], seed: int, oddities: int
) -> None:
    """However a list is gone through, it gives the records that the predicate says yes to, one by one, in order."""
    typed = [schemas.SCALARS.decode(row) for row in rows]
    predicate = criteria.compile(criteria.parse(criteria_json, schemas.SCALARS), "python")
    found = many(typed, random.Random(seed), oddities)  # noqa: S311
    sizes = [len(record) for record in found]
    expected = [number for number, record in enumerate(found) if predicate.careful(record)]
    places = {id(record): number for number, record in enumerate(found)}
    assert [places[id(record)] for record in predicate.filter(found)] == expected
    assert [places[id(record)] for record in predicate.filter(iter(found))] == expected
    assert [number for number, record in enumerate(found) if predicate(record)] == expected
    assert [len(record) for record in found] == sizes  # nothing was put into a defaultdict


@settings(max_examples=capped(25))
@given(
    rows=records(schemas.SCALARS).filter(bool),
    order_by=order_by_texts(schemas.SCALARS),
    seed=st.integers(0, 2**32),
    oddities=st.sampled_from([0, 1, 3, 300]),
    limit=st.sampled_from([1, 3, 10, 200, 2000]),
    skip=st.sampled_from([0, 1, 150]),
)
def test_a_page_is_a_part_of_the_whole_order(
    rows: list[dict[str, Any]], order_by: str, seed: int, oddities: int, limit: int, skip: int
) -> None:
    """The first records of an order, found without sorting all, are the first of all in that order."""
    typed = [schemas.SCALARS.decode(row) for row in rows]
    found = many(typed, random.Random(seed), oddities)  # noqa: S311
    query = criteria.parse({}, schemas.SCALARS)
    keys = criteria.parse_order_by(order_by, schemas.SCALARS)
    places = {id(record): number for number, record in enumerate(found)}
    whole = criteria.compile(Search(query, keys, None), "python")(found)
    page = criteria.compile(Search(query, keys, limit, skip, get_total_count=True), "python")(iter(found))
    expected = [places[id(record)] for record in whole.data]
    assert [places[id(record)] for record in page.data] == expected[skip : skip + limit]
    assert page.total_count == SIZE
    assert page.has_more_records is (skip + limit < SIZE)


_SPELLINGS: dict[str, Callable[[int], Any]] = {
    "integer": int,
    "string": "{:06}".format,
    "double": lambda number: number / 8,
    "date": lambda number: date(1970, 1, 1) + timedelta(days=number),
    "decimal": Decimal,
    "dateTime": lambda number: datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(days=number),
}


@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize("empty", ["none", "a few", "half", "nearly all"])
@pytest.mark.parametrize("kept", ["as null", "as a missing key"])
@pytest.mark.parametrize("name", _SPELLINGS)
def test_a_page_holds_the_first_of_many_values(name: str, kept: str, empty: str, direction: str) -> None:
    """Each way in which records are left out early: by class, by empty values, by keys that are missing."""
    dice = random.Random(5)  # noqa: S311
    spell = _SPELLINGS[name]
    share = {"none": 0, "a few": 0.001, "half": 0.5, "nearly all": 0.998}[empty]
    found: list[dict[str, Any]] = []
    for number in range(SIZE):
        record: dict[str, Any] = {"id": number, name: spell(dice.randrange(SIZE))}
        if dice.random() < share:
            record = {"id": number, name: None} if kept == "as null" else {"id": number}
        found.append(record)
    query = criteria.parse({}, schemas.SCALARS)
    keys = criteria.parse_order_by(f"{name} {direction},id", schemas.SCALARS)
    expected = [record["id"] for record in ordered(found, keys)]
    for limit in (1, 20, 300):
        page = criteria.compile(Search(query, keys, limit), "python")(iter(found))
        assert [record["id"] for record in page.data] == expected[:limit], limit


@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize("empty", ["none", "as null", "as a missing key"])
@pytest.mark.parametrize("name", _SPELLINGS)
def test_a_record_that_ties_with_the_last_one_kept_may_be_before_it(name: str, empty: str, direction: str) -> None:
    """The second key decides among records of equal first keys, also when the better ones come late in the stream.

    Every fourth record is a mapping of another class.
    """
    dice = random.Random(7)  # noqa: S311
    found: list[dict[str, Any]] = []
    for number in range(SIZE):
        record: dict[str, Any] = {"id": number, name: _SPELLINGS[name](dice.randrange(5))}
        if empty != "none" and number % 3 == 0:
            record = {"id": number, name: None} if empty == "as null" else {"id": number}
        found.append(record)
    query = criteria.parse({}, schemas.SCALARS)
    keys = criteria.parse_order_by(f"{name} {direction},id desc", schemas.SCALARS)
    expected = [record["id"] for record in ordered(found, keys)]
    for limit, skip in ((1, 0), (20, 0), (20, 900)):
        stream = (MappingProxyType(one) if one["id"] % 4 == 0 else one for one in found)
        page = criteria.compile(Search(query, keys, limit, skip), "python")(stream)
        assert [record["id"] for record in page.data] == expected[skip : skip + limit], (limit, skip)


def test_a_page_of_a_stream_keeps_no_more_than_it_needs() -> None:
    """Ten records of 200,000 that nobody holds take less than two megabytes."""

    def stream() -> Iterator[dict[str, Any]]:
        for number in range(200_000):
            yield {"id": number, "string": str(number * 7919 % 200_000), "integer": None if number % 3 else number}

    keys = criteria.parse_order_by("string desc,integer", schemas.SCALARS)
    run = criteria.compile(Search(criteria.parse({}, schemas.SCALARS), keys, 10), "python")
    tracemalloc.start()
    try:
        page = run(stream())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [record["string"] for record in page.data] == [str(99_999 - number) for number in range(10)]
    assert peak < 2_000_000


@pytest.mark.parametrize("count", [0, 1, 1023, 1024, 1025, 2048])
def test_no_record_is_lost_between_pieces(count: int) -> None:
    """Lists and streams of any length are gone through to the end, with nulls in the last place and in the first."""
    rows = [{"id": number, "integer": None if number in (0, count - 1) else number} for number in range(count)]
    predicate = criteria.compile(criteria.parse({"integer": {"$ne": 5}}, schemas.SCALARS), "python")
    expected = [row for row in rows if row["integer"] != 5]
    assert predicate.filter(rows) == predicate.filter(tuple(rows)) == predicate.filter(iter(rows)) == expected


def test_an_iterator_under_a_list_field_is_left_alone() -> None:
    """Whatever is no list has no elements: an iterator is not consumed, and one without an end does not matter."""
    stream = iter(["a", "b"])
    rows: list[dict[str, Any]] = [{"id": 1, "strings": itertools.repeat("b")}, {"id": 2, "strings": stream}]
    predicate = criteria.compile(criteria.parse({"strings": "a"}, schemas.LISTS), "python")
    assert predicate.filter(rows) == []
    assert not any(map(predicate, rows))
    assert list(stream) == ["a", "b"]


def test_a_descending_page_keeps_the_decimals_that_are_its_doubles() -> None:
    """The decimal 0.1 is the double 0.1, although Python holds it for less: a page keeps the records that tie."""
    schema = criteria.Schema("t", [criteria.Field("d", "double")])
    rows: list[dict[str, Any]] = [{"objectId": number, "d": 0.1} for number in range(2000, 4100)]
    rows += [{"objectId": 10_000 + number, "d": Decimal("0.1")} for number in range(2000)]
    for limit in (4, 5000):
        search = criteria.parse_search({"orderBy": "d desc", "limit": limit}, schema)
        page = criteria.compile(search, "python")(rows)
        assert [row["objectId"] for row in page.data[:4]] == [11_999, 11_998, 11_997, 11_996]


@pytest.mark.parametrize("operand", [2**53, 2**53 + 2])
def test_a_long_integer_in_a_double_has_one_answer(operand: int) -> None:
    """An integer that no double holds is rounded to one, whichever way the record comes in."""
    schema = criteria.Schema("t", [criteria.Field("d", "double")])
    for comparison in ({"$gt": operand}, {"$gte": operand}, operand, {"$lt": operand}):
        predicate = criteria.compile(criteria.parse({"d": comparison}, schema), "python")
        for value in (2**53 - 1, 2**53, 2**53 + 1, 2**53 + 2, 10**400):
            record = {"d": value}
            assert predicate(record) is predicate.careful(record) is (predicate.filter([record]) == [record])


def test_texts_with_a_hash_of_their_own_are_found() -> None:
    """A text that hashes by other rules is the text that it holds, one by one and in a list of records."""

    class Folding(str):
        """A text that does not care for letter case."""

        __slots__ = ()

        def __eq__(self, other: object) -> bool:
            return isinstance(other, str) and self.lower() == other.lower()

        def __hash__(self) -> int:
            return hash(self.lower())

    predicate = criteria.compile(criteria.parse({"string": {"$in": ["A", "b"]}}, schemas.SCALARS), "python")
    rows = [{"string": Folding(text)} for text in ("A", "a", "b", "B")]
    assert [row["string"].upper() for row in predicate.filter(rows)] == ["A", "B"]
    assert [predicate(row) for row in rows] == [True, False, True, False]
