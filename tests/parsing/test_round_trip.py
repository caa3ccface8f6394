"""From a query to criteria JSON and back."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import criteria
from criteria import CriteriaError, Query, Schema
from criteria.conformance import schemas
from criteria.conformance.strategies import criteria_objects
from criteria.limits import DEFAULT_LIMITS
from criteria.tree.nodes import Comparison
from tests.parsing.arbitrary import FEWER, JSON
from tests.parsing.outcome import outcome

ONE_OF_ALL = st.sampled_from(list(schemas.ALL.values()))
WITH_SCHEMA = ONE_OF_ALL.flatmap(lambda schema: st.tuples(criteria_objects(schema), st.just(schema)))
WITHOUT_SCHEMA = ONE_OF_ALL.flatmap(criteria_objects)


def check_round_trip(query: Query) -> None:
    """A query goes to JSON and to text and comes back equal, with an equal hash."""
    decoded = query.to_json()
    for source in (decoded, json.dumps(decoded), json.dumps(decoded, ensure_ascii=False, indent=2)):
        again = criteria.parse(source, query.schema)
        assert again == query
        assert hash(again) == hash(query)
        assert again.to_json() == decoded


TERMS: list[dict[str, Any]] = [
    {"a": {"$gt": 1}}, {"a": {"$gt": 2}}, {"a": {"$lt": 5}}, {"a": 3}, {"b": {"$gt": 1}}, {"b": {"$gte": 4}},
    {"c": {"$ne": 1}}, {"NOT": {"a": 1}}, {"NOT": {"b": {"$lt": 1}}},
]  # fmt: skip


@pytest.mark.parametrize("connective", ["AND", "OR"])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_terms_that_share_fields_or_operators_come_back(connective: str, size: int) -> None:
    """No term is lost where several members or several operators go into one object, as they do in deep criteria."""
    for terms in itertools.permutations(TERMS, size):
        check_round_trip(criteria.parse({connective: list(terms)}))
        if size < 3 or terms[0] == TERMS[0]:
            source: dict[str, Any] = {connective: list(terms)}
            for _ in range(20):
                source = {"z": 1, "AND": [source]}
            check_round_trip(criteria.parse(source))


@given(pair=WITH_SCHEMA)
def test_round_trip_with_a_schema(pair: tuple[Any, Schema]) -> None:
    """Parsing what a query says as JSON, decoded or as text, gives an equal query."""
    check_round_trip(criteria.parse(*pair))


@example(source={"double": 2.0**53 + 2})
@example(source={"double": 5.686116082096123e16})
@given(source=st.one_of(WITHOUT_SCHEMA, JSON))
def test_round_trip_without_a_schema(source: Any) -> None:
    """The same holds without a schema."""
    query = outcome(source)
    if isinstance(query, Query):
        check_round_trip(query)


@pytest.mark.parametrize(
    "source", [{"a": 2.0**53 + 2}, {"a": 5.686116082096123e16}, {"a": {"$in": [1e17, 1]}}, {"a": -1e16}]
)
def test_round_trip_of_large_whole_floats(source: Any) -> None:
    """The same holds for whole numbers beyond 2^53 that are written with an exponent or a fraction."""
    check_round_trip(criteria.parse(source))


@pytest.mark.parametrize("levels", [10, 20, 31])
def test_round_trip_near_the_nesting_limit(levels: int) -> None:
    """The same holds for criteria whose nesting is as deep as it may be."""
    source: Any = {"a": {"$gt": 1, "$lt": 5}, "b": 1}
    for _ in range(levels - 1):
        source = {"a": 1, "AND": [source]}
    check_round_trip(criteria.parse(source))


DEEP: list[Any] = [
    {"NOT": {"AND": [{"a": 1}, {"a": 2}]}},
    {"a": {"$gt": 1, "$lt": 5}, "b": {"$ne": None}},
    {"AND": [{"a": 1}], "OR": [{"a": {"$gt": 1}}, {"b": 2, "c": 3}], "NOT": {"x": 1, "y": 2}},
    {"AND": [{"NOT": {"a": 1}}, {"NOT": {"b": 1}}]},
    {"AND": [{"a": 1, "b": 2}, {"c": 3}]},
    {"AND": [{"a": {"$gt": 1}}, {"a": {"$gt": 2}}]},
]


@pytest.mark.parametrize("source", DEEP, ids=str)
def test_round_trip_of_deep_criteria(source: Any) -> None:
    """The same holds for the parts of criteria that are too deep to be written with one member in each object."""
    for _ in range(20):
        source = {"a": 1, "AND": [source]}
    check_round_trip(criteria.parse(source))


@pytest.mark.parametrize(
    ("source", "levels"),
    [
        ({"a": {"$gt": 1, "$lt": 5}}, 2),
        ({"a": 1, "b": 2}, 1),
        ({"a": {"$in": [1, 2]}, "b": 2}, 3),
        ({"OR": [{"a": 1, "b": 2}, {"c": {"$gt": 1, "$ne": 5}}]}, 4),
    ],
    ids=str,
)
def test_criteria_as_deep_as_allowed_come_back(source: Any, levels: int) -> None:
    """So do criteria of which one level more, or some, would be too deep if each object had one member."""
    for _ in range(DEFAULT_LIMITS.nesting - levels - 3):
        source = {"NOT": source}
    for _ in range(4):
        check_round_trip(criteria.parse(source))
        source = {"NOT": source}
    with pytest.raises(CriteriaError):
        criteria.parse(source)


@pytest.mark.parametrize(
    ("source", "levels"),
    [
        ({"AND": [{"a": 1}, {"b": {"$gt": 2}}]}, 4),
        ({"AND": [{"a": {"$gt": 1}}, {"a": {"$lt": 5}}]}, 4),
        ({"AND": [{"a": 1}, {"b": {"$in": [2, 3]}}]}, 5),
    ],
    ids=str,
)
def test_strict_criteria_as_deep_as_allowed_come_back_as_they_were(source: Any, levels: int) -> None:
    """Where one member in each object fits, each object has one."""
    for _ in range(DEFAULT_LIMITS.nesting - levels):
        source = {"NOT": source}
    assert criteria.parse(source, strict=True).to_json() == source


@FEWER
@given(pair=WITH_SCHEMA)
def test_printing(pair: tuple[Any, Schema]) -> None:
    """A query prints as one short line, with or without a schema."""
    for query in (criteria.parse(*pair), criteria.parse({"integer": {"$in": list(range(500))}})):
        text = repr(query)
        assert text.startswith("Query({")
        assert len(text) <= 70
        assert "\n" not in text


@FEWER
@given(pair=WITH_SCHEMA, other=WITH_SCHEMA)
def test_queries_are_values(pair: tuple[Any, Schema], other: tuple[Any, Schema]) -> None:
    """Queries of equal criteria are equal and hash alike; a query without the schema is another one."""
    import copy
    import pickle

    query = criteria.parse(*pair)
    assert query == criteria.parse(*pair) == copy.deepcopy(query) == pickle.loads(pickle.dumps(query))  # noqa: S301
    assert len({query, criteria.parse(*pair), pickle.loads(pickle.dumps(query))}) == 1  # noqa: S301
    assert (query == criteria.parse(*other)) is (
        query.schema == other[1] and query.expression == criteria.parse(*other).expression
    )
    with pytest.raises(AttributeError):
        query.schema = None  # type: ignore[misc]


@pytest.mark.parametrize(
    ("source", "canonical"),
    [
        ({"decimal": 1.5}, {"decimal": "1.5000000000"}),
        ({"cents": "-0"}, {"cents": "0.00"}),
        ({"dateTime": "2024-01-01T05:00:00+05:00"}, {"dateTime": "2024-01-01T00:00:00.000Z"}),
        ({"guid": "urn:uuid:6BA7B810-9DAD-11D1-80B4-00C04FD430C8"}, {"guid": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}),
        ({"integer": 1.0}, {"integer": 1}),
        ({"objectRef.objectId": 7}, {"objectRef": 7}),
        ({"string": "a", "integer": {"$gt": 1, "$lt": 5}},
         {"AND": [{"string": "a"}, {"AND": [{"integer": {"$gt": 1}}, {"integer": {"$lt": 5}}]}]}),
        ({}, {}),
    ],
)  # fmt: skip
def test_a_query_says_its_values_in_one_spelling(source: Any, canonical: Any) -> None:
    """to_json writes values canonically, a reference by its own name, and several members with AND."""
    query = criteria.parse(source, schemas.SCALARS)
    assert criteria.parse(canonical, schemas.SCALARS) == query
    if len(json.dumps(canonical)) < 60:
        assert query.to_json() == canonical


@pytest.mark.parametrize(
    ("written", "kind", "value"),
    [
        ("2374407370955616.10", "integer", 2374407370955616),
        ("-2374407370955616.10", "integer", -2374407370955616),
        ("9007199254740992.5", "integer", 2**53),
        ("9007199254740993.5", "double", 9007199254740994.0),
        ("9007199254740993.0", "integer", 2**53 + 1),
        ("1e-400", "integer", 0),
        ("4503599627370495.5", "double", 4503599627370495.5),
        ("0.1", "double", 0.1),
        ("1e23", "double", 1e23),
    ],
)
def test_a_number_without_a_schema_comes_back_as_the_same_type(written: str, kind: str, value: float) -> None:
    """A decoded float does not tell whether its number had a fraction, so the nearest double decides."""
    query = criteria.parse(f'{{"a": {{"$gt": {written}}}}}')
    assert isinstance(query.expression, Comparison)
    assert query.expression.field.field_type.value == kind
    assert query.expression.value == value
    assert type(query.expression.value) is type(value)
    check_round_trip(query)
