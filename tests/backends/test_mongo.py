"""The MongoDB backend beyond the agreement tests: arrays under scalar fields, collations, and the BSON types."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timezone
from typing import Any

import pytest
from bson import Code, Decimal128, Int64

import criteria
from criteria import CriteriaError, Field, Schema, Search, SortKey
from tests.conftest import Engines
from tests.days import TEXTS
from tests.linked_users import LINKED

SCHEMA = Schema(
    "item",
    [Field("id", "integer", is_unique=True, nullable=False), Field("n", "integer"), Field("s", "string")],
    system_properties=False,
)


def keys(collection: Any, document: dict[str, Any]) -> list[Any]:
    """The keys of the documents that a filter selects."""
    return sorted(found["id"] for found in collection.find(document))


def test_strict_ignores_arrays_under_scalar_fields(engines: Engines) -> None:
    """With strict=True, an array under a scalar field matches no positive comparison, and every negated one."""
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


def test_a_search_overrides_the_collation_of_the_collection(engines: Engines) -> None:
    """The collation of a compiled search overrides the collection's, for the filter, the order and the count."""
    engine: Any = engines.get("mongodb")
    collection = engine.database.create_collection("folding", collation={"locale": "en", "strength": 1})
    collection.insert_many([{"id": 1, "s": "a"}, {"id": 2, "s": "A"}, {"id": 3, "s": "b"}, {"id": 4, "s": "B"}])
    order = criteria.parse_order_by("s", SCHEMA)
    search = criteria.compile(Search(criteria.parse({"s": {"$ne": "a"}}, SCHEMA), order), "mongo")
    found = collection.find(search.filter, sort=list(search.sort), limit=search.limit, collation=search.collation)
    assert [document["id"] for document in found] == [2, 4, 3]
    assert collection.count_documents(search.filter, collation=search.collation) == 3
    collection.drop()


def test_everything_and_nothing_are_valid_filters(engines: Engines) -> None:
    """The server accepts the filters of always-true and always-false criteria."""
    engine: Any = engines.get("mongodb")
    collection = engine.database["constants"]
    collection.insert_many([{"id": 1}, {"id": 2}])
    assert keys(collection, criteria.compile(criteria.parse({}, SCHEMA), "mongo")) == [1, 2]
    assert keys(collection, criteria.compile(criteria.parse({"n": {"$in": []}}, SCHEMA), "mongo")) == []
    assert keys(collection, criteria.compile(criteria.parse({"n": {"$nin": []}}, SCHEMA), "mongo")) == [1, 2]
    collection.drop()


def test_limit_zero_is_not_sent_as_no_limit() -> None:
    """For MongoDB limit 0 means no limit. The compiled search asks for one document, and has None for all."""
    query = criteria.parse({}, SCHEMA)
    assert criteria.compile(Search(query, limit=0), "mongo").limit == 1
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
    """Documents with dates, null, a missing key, and dateTimes and a number in place of a date."""
    days = ["0001-01-01", "2023-02-28", "2024-02-29", "2024-03-01", "9999-12-31", None]
    noon = datetime(2024, 2, 29, 12, tzinfo=timezone.utc)
    others = [noon, noon.replace(hour=0), Int64(20240229)]
    values = [{"id": number, **place(day)} for number, day in enumerate(days, 1)]
    return [*values, {"id": 7}, *({"id": number, **place(one)} for number, one in enumerate(others, 8))]


@pytest.mark.parametrize("name", ["d", "l", "p.d"])
def test_dates_compare_and_date_times_are_not_dates(engines: Engines, name: str) -> None:
    """Dates of all years compare in order. A dateTime in place of one matches nothing and is not empty."""
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


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("name", ["d", "l", "p.d"])
def test_texts_that_are_not_dates_match_nothing(engines: Engines, name: str, strict: bool) -> None:
    """No ordering comparison selects a text in place of a date, and each negated one does."""
    engine: Any = engines.get("mongodb")
    collection = engine.database["no_days"]
    values: list[Any] = [[None, text] if name == "l" else text for text in ("2024-02-29", *TEXTS)]
    documents = [{"p": {"d": value}} if name == "p.d" else {name: value} for value in values]
    collection.insert_many({"id": key, **document} for key, document in enumerate(documents))
    others = list(range(1, len(values)))
    try:
        for comparison in (
            {"$gt": "0001-01-01"},
            {"$gte": "2024-02-29"},
            {"$lt": "9999-12-31"},
            {"$lte": "2024-02-29"},
            {"$gte": "2024-02-29", "$lt": "2024-03-01"},
        ):
            for criteria_json, expected in (({name: comparison}, [0]), ({"NOT": {name: comparison}}, others)):
                query = criteria.parse(criteria_json, DAYS)
                assert keys(collection, criteria.compile(query, "mongo", strict=strict)) == expected
    finally:
        collection.drop()


def test_ordering_comparisons_of_dates_use_an_index(engines: Engines) -> None:
    """The operand bounds the scan of the index, although the texts are also tested for being dates."""
    engine: Any = engines.get("mongodb")
    collection = engine.database["indexed_days"]
    collection.create_index("d")
    collection.insert_many({"id": month, "d": f"2024-{month:02}-01"} for month in range(1, 13))
    try:
        found = criteria.compile(criteria.parse({"d": {"$gte": "2024-11-01"}}, DAYS), "mongo")
        stats = engine.database.command(
            "explain", {"find": "indexed_days", "filter": found}, verbosity="executionStats"
        )["executionStats"]
        assert (stats["nReturned"], stats["totalDocsExamined"]) == (2, 2)
    finally:
        collection.drop()


def test_dates_are_ordered(engines: Engines) -> None:
    """Null and a missing date come first when ascending, then the dates of all years in order."""
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


def test_dates_are_stored_as_text(engines: Engines) -> None:
    """Encoded values come back from the server unchanged. A date is stored as text, a dateTime as a BSON date."""
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
def test_decode_refuses_values_that_are_not_dates(value: Any) -> None:
    """Decoding a date refuses dateTimes, impossible dates, other spellings and values of other types."""
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
def test_encode_refuses_values_that_are_not_dates(value: Any) -> None:
    """Encoding a date refuses a dateTime, a string and a number."""
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


@pytest.mark.parametrize(
    "condition",
    [
        lambda number: {"friends.id": {"$gt": number}},
        lambda number: {"friends.boss.id": {"$gt": number}},
        lambda number: {"OR": [{"boss.id": {"$gt": number}}, {"id": 10_000 + number}]},
    ],
    ids=["lists", "two steps", "single"],
)
def test_as_many_references_as_a_pipeline_takes(condition: Callable[[int], dict[str, Any]], engines: Engines) -> None:
    """400 conditions on the objects of references are answered. MongoDB takes 1,000 stages, of which 500 are too many,
    so 401 are refused before it is asked."""
    engine: Any = engines.get("mongodb")

    def through(count: int) -> criteria.Search:
        source = {"AND": [condition(number) for number in range(count)]}
        query = criteria.parse(source, LINKED.with_entities({"users": LINKED}))
        return Search(query, criteria.parse_order_by("boss", LINKED), 5, 1, get_total_count=True)

    name = "as_many_references"
    collection = engine.database[name]
    bosses = {1: 2, 2: None, 500: 500, 600: 500, 700: 600}
    collection.insert_many([{"id": key, "friends": [boss], "boss": boss} for key, boss in bosses.items()])
    pipelines = criteria.compile(through(400), "mongo", collections={"users": name})
    found = [one["id"] for one in collection.aggregate(pipelines.rows, collation=pipelines.collation)]
    assert found == [600, 700]
    assert [one["count"] for one in collection.aggregate(pipelines.count)] == [3]
    collection.drop()
    with pytest.raises(CriteriaError) as refused:
        criteria.compile(through(401), "mongo", collections={"users": name})
    assert [(one.code, one.pointer != "") for one in refused.value.problems] == [("unsupported", True)]


def test_a_thousand_conditions_on_the_object_of_one_reference_are_one_look_up(engines: Engines) -> None:
    """Under AND, and negated under OR: the pipeline has three stages, and the rows are those of all conditions."""
    engine: Any = engines.get("mongodb")
    collection = engine.database["one_look_up"]
    collection.insert_many([{"id": 1, "boss": 2}, {"id": 2, "boss": 1}, {"id": 5000, "boss": 5000}, {"id": 6}])
    conditions = [{"boss.id": {"$gt": number}} for number in range(1000)]
    negations = [{"NOT": one} for one in conditions]
    for source, expected in (({"AND": conditions}, [5000]), ({"OR": negations}, [1, 2, 6])):
        query = criteria.parse(source, LINKED.with_entities({"users": LINKED}))
        pipeline = criteria.compile(query, "mongo", collections={"users": "one_look_up"})
        assert len(pipeline) == 3
        assert sorted(one["id"] for one in collection.aggregate(pipeline)) == expected
    collection.drop()


def test_as_many_sort_keys_as_mongodb_takes(engines: Engines) -> None:
    """32 keys are sorted by, with that of the schema. A schema without a key has 31, because _id is sorted by as
    well."""
    engine: Any = engines.get("mongodb")
    collection = engine.database["as_many_sort_keys"]
    own = [Field(f"a{number}", "integer") for number in range(32)]
    order = tuple(SortKey(field, descending=True) for field in own)
    collection.insert_many([{"id": key, "a30": key % 2} for key in (1, 2, 3)])
    keyed = Schema("keyed", [Field("id", "integer", is_unique=True, nullable=False), *own], system_properties=False)
    keyless = Schema("keyless", own, system_properties=False)
    for search, expected in (
        (Search(criteria.parse({}, keyed), order[:31]), [3, 1, 2]),
        (Search(criteria.parse({}, keyless), order[:31], None), [3, 1, 2]),
    ):
        found = criteria.compile(search, "mongo")
        assert len(found.sort) == 32
        assert [one["id"] for one in collection.find(found.filter, sort=list(found.sort))] == expected
    collection.drop()
    with pytest.raises(CriteriaError) as refused:
        criteria.compile(Search(criteria.parse({}, keyless), order, None), "mongo")
    assert [one.code for one in refused.value.problems] == ["unsupported"]
