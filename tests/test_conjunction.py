"""`one & other`, `one | other` and `~one`, on every engine."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import criteria
import criteria.backends
from criteria import CriteriaError, Field, Query, Schema
from criteria.conformance import schemas
from criteria.conformance.strategies import criteria_objects, records
from tests.conftest import capped
from tests.engines import Engine


def test_both_select(engine: Engine) -> None:
    """A conjunction selects exactly the records that each of its queries selects."""
    schema = schemas.SCALARS
    table = engine.table(schema)

    @settings(max_examples=capped(max(10, settings().max_examples // 2)))
    @given(rows=records(schema), one=criteria_objects(schema), other=criteria_objects(schema))
    def agree(rows: list[dict[str, Any]], one: Any, other: Any) -> None:
        first, second = criteria.parse(one, schema), criteria.parse(other, schema)
        with table.holding(rows):
            expected = set(table.select(first)) & set(table.select(second))
            assert set(table.select(first & second)) == set(table.select(second & first)) == expected
            either = set(table.select(first)) | set(table.select(second))
            assert set(table.select(first | second)) == set(table.select(second | first)) == either
            assert set(table.select(~first)) == set(table.select(criteria.parse({}, schema))) - set(table.select(first))

    agree()


NARROW = Schema("t", [Field("name", "string")])
WIDE = Schema("t", [Field("name", "string"), Field("isDeleted", "boolean")])
OTHER = Schema("t", [Field("name", "integer")])


def test_the_schema_is_the_wider_one() -> None:
    """A client's criteria on what clients may name, inside a condition on what they may not."""
    client, own = criteria.parse({"name": "x"}, NARROW), criteria.parse({"isDeleted": False}, WIDE)
    for query in (client & own, own & client):
        assert query.schema is WIDE
    assert (client & own).to_json() == {"AND": [{"name": "x"}, {"isDeleted": False}]}
    assert (client & client).schema is NARROW
    untyped = criteria.parse({"name": "x"})
    assert (untyped & untyped).schema is None


@pytest.mark.parametrize("other", [criteria.parse({"name": 1}, OTHER), criteria.parse({"name": "x"})])
def test_neither_schema_has_every_field(other: Query) -> None:
    """Queries are not joined when neither schema has every field of the other, in either order."""
    query = criteria.parse({"name": "x"}, NARROW)
    for one, two in ((query, other), (other, query)):
        with pytest.raises(CriteriaError) as refused:
            one & two
        assert refused.value.problems[0].code == "invalid_schema"
        with pytest.raises(CriteriaError) as refused:
            one | two
        assert refused.value.problems[0].code == "invalid_schema"


@pytest.mark.parametrize("other", [None, {}, "{}", True])
def test_queries_join_with_queries_alone(other: Any) -> None:
    """Joining a query with anything else is a TypeError: criteria have to be parsed first."""
    with pytest.raises(TypeError, match="unsupported operand"):
        criteria.parse({"name": "x"}, NARROW) & other
    with pytest.raises(TypeError, match="unsupported operand"):
        criteria.parse({"name": "x"}, NARROW) | other


@pytest.mark.parametrize("schema", [NARROW, None])
def test_criteria_that_select_everything(schema: Schema | None) -> None:
    """Joined with every record, and negated, queries are still queries that criteria can spell."""
    every, some = criteria.parse({}, schema), criteria.parse({"name": "x"}, schema)
    records = [{"name": "x"}, {"name": "y"}, {"name": None}]
    for query, expected in (
        (every & some, records[:1]),
        (some & every, records[:1]),
        (every & every, records),
        (some | every, records),
        (every | some, records),
        (~every, []),
        (~every | some, records[:1]),
        (~~every, records),
        (~some, records[1:]),
    ):
        again = criteria.parse(query.to_json(), schema)
        for one in (query, again):
            assert criteria.compile(one, "python").filter(records) == expected, query


@given(st.integers(2, 6))
def test_conjunctions_of_many(count: int) -> None:
    """Any number of queries can be joined, and the JSON of the result is a query again."""
    queries = [criteria.parse({"objectId": {"$ne": number}}, NARROW) for number in range(count)]
    joined = queries[0]
    for query in queries[1:]:
        joined &= query
    predicate = criteria.compile(joined, "python")
    found = predicate.filter([{"objectId": number} for number in range(10)])
    assert [one["objectId"] for one in found] == list(range(count, 10))
    assert criteria.parse(joined.to_json(), NARROW) == joined


def test_a_shape_that_is_joined_with_several_conditions() -> None:
    """The same criteria with conditions of two shapes, in turn and with other values, compile as their tree does."""
    conditions = [criteria.parse(text, WIDE) for text in ('{"isDeleted": false}', '{"name": {"$in": ["x", "y"]}}')]
    for name in ("a", "b", "x"):
        for condition in (*conditions, *conditions[::-1]):
            asked = criteria.parse({"OR": [{"name": name}, {"name": {"$startsWith": name}}]}, WIDE)
            for joined in (asked & condition, condition & asked):
                by_hand = Query(joined.expression, WIDE)
                for backend, options in (("sql", {"dialect": "postgres"}), ("mongo", {})):
                    assert criteria.compile(joined, criteria.backends.load(backend), **options) == criteria.compile(
                        by_hand, criteria.backends.load(backend), **options
                    )
                records = [{"name": value, "isDeleted": is_deleted} for value in "abxy" for is_deleted in (True, False)]
                expected = [one for one in records if asked_and(condition, asked, one)]
                assert list(criteria.compile(joined, "python").filter(records)) == expected


def asked_and(one: Query, other: Query, record: dict[str, Any]) -> bool:
    """Whether a record is selected by each of two queries, apart from each other."""
    return all(bool(criteria.compile(query, "python")(record)) for query in (one, other))
