"""The MongoDB backend beyond the agreement tests: arrays where none belong, collations, and what is sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timezone
from typing import Any

import pytest
from bson import Code, Decimal128, Int64

import criteria
from criteria import CriteriaError, Field, Schema, Search
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
    from bson import Binary

    schema = Schema("item", [Field("n", "integer"), Field("m", "decimal"), Field("g", "guid")])
    compiled = criteria.compile(
        criteria.parse({"n": 1, "m": 1, "g": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}, schema), "mongo"
    )
    [n, m, g] = [next(iter(condition.values()))["$eq"] for condition in compiled["$and"]]
    assert (type(n), type(m), type(g), g.subtype) == (Int64, Decimal128, Binary, 4)


DAYS = Schema(
    "day",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("d", "date"),
        Field("l", "date", is_list=True),
        Field("p.d", "date"),
        Field("t", "dateTime"),
    ],
    system_properties=False,
)


def stored_days(place: Callable[[Any], dict[str, Any]]) -> list[dict[str, Any]]:
    """Documents: five days, null, a missing key, and instants and a number where days belong."""
    days = ["0001-01-01", "2023-02-28", "2024-02-29", "2024-03-01", "9999-12-31", None]
    noon = datetime(2024, 2, 29, 12, tzinfo=timezone.utc)
    others = [noon, noon.replace(hour=0), Int64(20240229)]
    values = [{"id": number, **place(day)} for number, day in enumerate(days, 1)]
    return [*values, {"id": 7}, *({"id": number, **place(one)} for number, one in enumerate(others, 8))]


@pytest.mark.parametrize("name", ["d", "l", "p.d"])
def test_days_are_found_and_instants_are_no_days(engines: Engines, name: str) -> None:
    """Days of all years compare in their order; an instant in place of one matches nothing and is not empty."""
    engine: Any = engines.get("mongodb")
    collection = engine.database["days"]
    places: dict[str, Callable[[Any], dict[str, Any]]] = {
        "d": lambda value: {"d": value},
        "l": lambda value: {"l": [None, value]},
        "p.d": lambda value: {"p": {"d": value}},
    }
    collection.insert_many(stored_days(places[name]))
    try:
        for comparison, expected in (
            ("2024-02-29", [3]),
            ({"$in": ["0001-01-01", "9999-12-31", "2000-01-01"]}, [1, 5]),
            ({"$gt": "0001-01-01"}, [2, 3, 4, 5]),
            ({"$gte": "2024-02-29"}, [3, 4, 5]),
            ({"$lt": "9999-12-31"}, [1, 2, 3, 4]),
            ({"$lte": "2024-02-29"}, [1, 2, 3]),
            ({"$gt": "2023-02-28", "$lt": "2024-03-01"}, [3]),
            (None, [6, 7]),
        ):
            found = criteria.compile(criteria.parse({name: comparison}, DAYS), "mongo")
            complement = criteria.compile(criteria.parse({"NOT": {name: comparison}}, DAYS), "mongo")
            assert keys(collection, found) == expected
            assert keys(collection, complement) == [key for key in range(1, 11) if key not in expected]
    finally:
        collection.drop()


def test_days_are_ordered(engines: Engines) -> None:
    """Null and a missing day come first when ascending, then the days of all years in their order."""
    engine: Any = engines.get("mongodb")
    collection = engine.database["ordered_days"]
    collection.insert_many(stored_days(lambda day: {"d": day})[6::-1])
    try:
        for text, expected in (("d", [6, 7, 1, 2, 3, 4, 5]), ("d desc", [5, 4, 3, 2, 1, 7, 6])):
            ending = "id" if text == "d" else "id desc"
            order = criteria.parse_order_by(f"{text}, {ending}", DAYS)
            search = criteria.compile(Search(criteria.parse({}, DAYS), order, None), "mongo")
            found = collection.find(search.filter, sort=list(search.sort), collation=search.collation)
            assert [document["id"] for document in found] == expected
    finally:
        collection.drop()


def test_days_are_stored_as_text(engines: Engines) -> None:
    """What is encoded comes back from the server as it was; a day is text there, and an instant a BSON date."""
    engine: Any = engines.get("mongodb")
    collection = engine.database["stored_days"]
    storage = criteria.storage(DAYS, "mongo")
    leap = date(2024, 2, 29)
    record = {"id": 1, "d": date.min, "l": [date.max, None, leap], "p": {"d": leap},
              "t": datetime(2024, 2, 29, tzinfo=timezone.utc)}  # fmt: skip
    collection.insert_one(storage.encode(record))
    try:
        [document] = collection.find({}, {"_id": 0})
        assert (document["d"], document["l"]) == ("0001-01-01", ["9999-12-31", None, "2024-02-29"])
        assert storage.decode(document) == record
        assert collection.count_documents({"t": {"$type": "date"}, "p.d": {"$type": "string"}}) == 1
    finally:
        collection.drop()


@pytest.mark.parametrize(
    "value",
    [datetime(2024, 2, 29), datetime(2024, 2, 29, tzinfo=timezone.utc), "2023-02-29", "2024-2-29", "20240229",
     "2024-02-29T00:00:00Z", " 2024-02-29", 20240229, Int64(738_945), True, Code("2024-02-29"), ["2024-02-29"],
     {"d": "2024-02-29"}, b"2024-02-29", Decimal128("1")],
    ids=repr,
)  # fmt: skip
def test_what_encode_would_not_store_as_a_day_is_refused(value: Any) -> None:
    """Decoding refuses instants, days that do not exist, other spellings and values of other kinds."""
    storage = criteria.storage(DAYS, "mongo")
    for document, pointer in (
        ({"id": 1, "d": value}, "/d"),
        ({"id": 1, "l": [None, value]}, "/l/1"),
        ({"id": 1, "p": {"d": value}}, "/p/d"),
    ):
        with pytest.raises(CriteriaError) as refused:
            storage.decode(document)
        assert [(one.code, one.pointer) for one in refused.value.problems] == [("invalid_record", pointer)]


@pytest.mark.parametrize("value", ["2024-02-29", datetime(2024, 2, 29, tzinfo=timezone.utc), 738_945, True])
def test_what_is_no_day_is_not_stored(value: Any) -> None:
    """Encoding refuses an instant, a text and a number in the place of a day."""
    with pytest.raises(CriteriaError) as refused:
        criteria.storage(DAYS, "mongo").encode({"id": 1, "d": value})
    assert [(one.code, one.pointer) for one in refused.value.problems] == [("invalid_record", "/d")]


def test_an_order_without_a_key_ends_with_the_id_of_the_document(engines: Engines) -> None:
    """Pages of a schema without a key, or of no schema, are in the order of `_id`, in the direction of the last key."""
    engine: Any = engines.get("mongodb")
    collection = engine.database["keyless"]
    collection.insert_many([{"_id": number, "n": number % 2} for number in (3, 1, 4, 2, 0)])
    keyless = Schema("keyless", [Field("n", "integer")], system_properties=False)
    try:
        for schema in (keyless, None):
            query = criteria.parse({"n": {"$gte": 0}}, schema)
            orders: list[tuple[str, list[int]]] = [("", [0, 1, 2, 3, 4])]
            if schema is not None:
                orders += [("n", [0, 2, 4, 1, 3]), ("n desc", [3, 1, 4, 2, 0])]
            for order, expected in orders:
                order_by = criteria.parse_order_by(order, schema) if schema is not None and order else ()
                search = criteria.compile(Search(query, order_by, None), "mongo")
                found = collection.find(search.filter, sort=list(search.sort), collation=search.collation)
                assert [document["_id"] for document in found] == expected, (schema, order)
    finally:
        collection.drop()
