"""The MongoDB backend beyond the agreement tests: arrays where none belong, collations, and what is sent."""

from __future__ import annotations

from typing import Any

import criteria
from criteria import Field, Schema, Search
from tests.conftest import Engines

SCHEMA = Schema(
    "item",
    [Field("id", "integer", is_unique=True, nullable=False), Field("n", "integer"), Field("s", "string")],
    system_properties=False,
)


def keys(collection: Any, document: dict[str, Any]) -> list[Any]:
    """The keys of the documents that a filter finds."""
    return sorted(found["id"] for found in collection.find(document))


def test_strict_does_not_look_into_arrays_under_scalar_fields(engines: Engines) -> None:
    """An array where the schema has a scalar matches nothing positive with strict=True, and its complement all."""
    engine: Any = engines.get("mongodb")
    collection = engine.database["arrays"]
    collection.insert_many(
        [{"id": 1, "n": 5}, {"id": 2, "n": [5, 6]}, {"id": 3, "n": None}, {"id": 4}, {"id": 5, "n": []}]
    )
    collection.insert_one({"id": 6, "n": [None]})
    for criteria_json, positive in (
        ({"n": 5}, [1]),
        ({"n": {"$gt": 4}}, [1]),
        ({"n": {"$in": [5, 6]}}, [1]),
        ({"n": None}, [3, 4]),
    ):
        found = criteria.compile(criteria.parse(criteria_json, SCHEMA), "mongo", strict=True)
        complement = criteria.compile(criteria.parse({"NOT": criteria_json}, SCHEMA), "mongo", strict=True)
        assert keys(collection, found) == positive
        assert keys(collection, complement) == sorted({1, 2, 3, 4, 5, 6} - set(positive))
    collection.drop()


def test_a_search_is_right_on_a_collection_that_folds_case(engines: Engines) -> None:
    """The collation of a compiled search overrides the collection's own, for the filter, the order and the count."""
    engine: Any = engines.get("mongodb")
    collection = engine.database.create_collection("folding", collation={"locale": "en", "strength": 1})
    collection.insert_many([{"id": 1, "s": "a"}, {"id": 2, "s": "A"}, {"id": 3, "s": "b"}, {"id": 4, "s": "B"}])
    order = criteria.parse_order_by("s", SCHEMA)
    search = criteria.compile(Search(criteria.parse({"s": {"$ne": "a"}}, SCHEMA), order), "mongo")
    found = collection.find(search.filter, sort=list(search.sort), limit=search.limit, collation=search.collation)
    assert [document["id"] for document in found] == [2, 4, 3]
    assert collection.count_documents(search.filter, collation=search.collation) == 3
    collection.drop()


def test_everything_and_nothing_are_filters(engines: Engines) -> None:
    """Always-true and always-false criteria are filters that the server takes."""
    engine: Any = engines.get("mongodb")
    collection = engine.database["constants"]
    collection.insert_many([{"id": 1}, {"id": 2}])
    assert keys(collection, criteria.compile(criteria.parse({}, SCHEMA), "mongo")) == [1, 2]
    assert keys(collection, criteria.compile(criteria.parse({"n": {"$in": []}}, SCHEMA), "mongo")) == []
    assert keys(collection, criteria.compile(criteria.parse({"n": {"$nin": []}}, SCHEMA), "mongo")) == [1, 2]
    collection.drop()


def test_limit_zero_is_not_sent_as_no_limit() -> None:
    """MongoDB takes limit 0 for no limit: the compiled search says 0, and everything is None."""
    query = criteria.parse({}, SCHEMA)
    assert criteria.compile(Search(query, limit=0), "mongo").limit == 0
    assert criteria.compile(Search(query, limit=None), "mongo").limit is None
    assert criteria.compile(Search(query, limit=20), "mongo").limit == 21


def test_values_are_sent_with_their_bson_types() -> None:
    """Integers are 64 bits wide, decimals Decimal128, guids UUIDs of subtype 4."""
    from bson import Binary, Decimal128, Int64

    schema = Schema("item", [Field("n", "integer"), Field("m", "decimal"), Field("g", "guid")])
    compiled = criteria.compile(
        criteria.parse({"n": 1, "m": 1, "g": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}, schema), "mongo"
    )
    [n, m, g] = [next(iter(condition.values()))["$eq"] for condition in compiled["$and"]]
    assert (type(n), type(m), type(g), g.subtype) == (Int64, Decimal128, Binary, 4)
