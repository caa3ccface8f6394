"""Queries without a schema (docs/language.md#without-a-schema) mean the same everywhere: in Python and its
explanations, and on MongoDB. What they mean on frames is in tests/frames/test_without_schema.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import criteria
from criteria import Query
from criteria.conformance.reference import is_true
from criteria.conformance.strategies.without_schema import plain_criteria, plain_records
from criteria.conformance.suite_files import PlainCase, plain_cases
from tests.conftest import CASES, Engines, capped
from tests.engines.memory import as_object

Records = Sequence[dict[str, Any]]
Select = Callable[[Query], list[int]]

PLAIN = list(plain_cases())


def query_of(test: dict[str, Any]) -> Query:
    """The criteria of a test of the suite."""
    return criteria.parse(test["text"] if "text" in test else test["criteria"])


def in_python(records: Records) -> Iterator[tuple[str, Select]]:
    """What Python selects: from dicts, from JSON records, from objects, and what explanations say of each record."""

    def predicate(mode: str, held: Sequence[Any]) -> Select:
        def select(query: Query) -> list[int]:
            matches = criteria.compile(query, "python", records=mode)
            found = matches.filter(held)
            assert [record for record in held if matches(record)] == found
            return [record["id"] if isinstance(record, dict) else record.id for record in found]

        return select

    def explained(query: Query) -> list[int]:
        return [record["id"] for record in records if criteria.explain(query, record).matches]

    yield "dicts", predicate("typed", records)
    yield "json", predicate("json", records)
    yield "objects", predicate("typed", [as_object(record) for record in records])
    yield "explanation", explained


@contextmanager
def on_mongodb(engines: Engines, records: Records) -> Iterator[Select]:
    """What MongoDB selects from the records, as BSON."""
    engine: Any = engines.get("mongodb")
    collection = engine.database["without_schema"]
    collection.delete_many({})
    if records:
        collection.insert_many([as_bson(record) for record in records])
    yield lambda query: sorted(found["id"] for found in collection.find(criteria.compile(query, "mongo")))


def as_bson(value: Any) -> Any:
    """A value as MongoDB stores it: integers of 64 bits, decimals as Decimal128."""
    from criteria.backends.mongo.bson_values import bson_value

    if isinstance(value, dict):
        return {name: as_bson(one) for name, one in value.items()}
    if isinstance(value, list):
        return [as_bson(one) for one in value]
    return None if value is None else bson_value(value)


@pytest.mark.parametrize("case", PLAIN, ids=str)
def test_case_selects_the_same_records_in_python(case: PlainCase) -> None:
    """Every test of a case selects the records that it names."""
    wrong = [
        (test["description"], name, select(query_of(test)))
        for test in case.tests
        for name, select in in_python(case.records)
        if select(query_of(test)) != test["matches"]
    ]
    assert wrong == []


@pytest.mark.parametrize("case", PLAIN, ids=str)
def test_reference_selects_the_same_records(case: PlainCase) -> None:
    """The rule in its plainest form agrees with the answers that were written by hand."""
    for test in case.tests:
        query = query_of(test)
        found = [record["id"] for record in case.records if is_true(query.expression, record)]
        assert found == test["matches"], test["description"]


@pytest.mark.parametrize("case", PLAIN, ids=str)
def test_case_selects_the_same_records_on_mongodb(case: PlainCase, engines: Engines) -> None:
    """The same on the real server, and with `strict`, which is about declared fields."""
    with on_mongodb(engines, case.records) as select:
        wrong = [
            (test["description"], select(query_of(test)), criteria.compile(query_of(test), "mongo"))
            for test in case.tests
            if select(query_of(test)) != test["matches"]
        ]
    assert wrong == []
    for test in case.tests:
        query = query_of(test)
        assert criteria.compile(query, "mongo", strict=True) == criteria.compile(query, "mongo")


@pytest.mark.parametrize("with_decimals", [False, True], ids=["json", "decimals"])
def test_generated_criteria_select_the_same_records(with_decimals: bool, engines: Engines) -> None:
    """Python, its explanations, MongoDB and the reference agree on values of every kind under every name."""

    @settings(max_examples=capped(max(10, CASES // 2)))
    @given(
        records=plain_records(with_decimals=with_decimals),
        found=st.lists(plain_criteria(with_decimals=with_decimals), min_size=1, max_size=8),
    )
    def agree(records: list[dict[str, Any]], found: list[dict[str, Any]]) -> None:
        queries = [criteria.parse(one) for one in found]
        expected = [[one["id"] for one in records if is_true(query.expression, one)] for query in queries]
        with on_mongodb(engines, records) as select:
            selects = [*in_python(records), ("mongodb", select)]
            wrong = [
                (name, query.to_json(), chosen(query), ids)
                for query, ids in zip(queries, expected, strict=True)
                for name, chosen in selects
                if chosen(query) != ids
            ]
        assert wrong == []

    agree()


@pytest.mark.parametrize(
    ("criteria_json", "selected"),
    [
        ({"f": 0.1}, [1, 2]),
        ({"f": {"$in": [0.1, 7]}}, [1, 2]),
        ({"f": {"$gt": 0.1}}, [3]),
        ({"f": {"$lte": 0.1}}, [1, 2]),
        ({"f": {"$ne": 0.1}}, [3, 4]),
    ],
)
def test_python_takes_the_decimal_that_a_double_spells(criteria_json: dict[str, Any], selected: list[int]) -> None:
    """The only bound of agreement: MongoDB compares a decimal with the double itself."""
    held: list[Any] = [0.1, [Decimal("0.1")], Decimal("0.1000000001"), Decimal("NaN")]
    records = [{"id": number, "f": value} for number, value in enumerate(held, 1)]
    for _, select in in_python(records):
        assert select(criteria.parse(criteria_json)) == selected


class Level(int):
    """A number with a class of its own, whose hash is another one."""

    def __hash__(self) -> int:
        return 7


@pytest.mark.parametrize(
    "value",
    [(5, "a"), {5, "a"}, frozenset({5}), [Level(5)], Level(5)],
    ids=["tuple", "set", "frozenset", "list", "int"],
)
def test_every_class_of_lists_is_looked_into(value: Any) -> None:
    """Those of list fields: list, tuple, set and frozenset; and subclasses of numbers are numbers."""
    assert criteria.compile(criteria.parse({"f": 5}), "python")({"f": value})
    assert criteria.compile(criteria.parse({"f": {"$in": [5, 6]}}), "python").filter([{"f": value}]) == [{"f": value}]
    assert criteria.compile(criteria.parse({"f": {"$nin": [4, "b"]}}), "python")({"f": value})
    assert not criteria.compile(criteria.parse({"f": None}), "python")({"f": value})
