"""Collections with arrays where a field has none, and validators that say what documents hold in several ways."""

from __future__ import annotations

from typing import Any

import pytest

import criteria
from criteria import Collection, CriteriaError, Field, ObjectList, Schema
from tests.conftest import Engines
from tests.engines.documents import MongoEngine

KEY = Field("id", "integer", is_unique=True, nullable=False)

CITIES: list[Any] = [
    {"address": {"city": "Rome"}},
    {"address": {"city": "Oslo"}},
    {"address": {"city": None}},
    {"address": "Rome"},
    {"address": None},
    {},
]
CITIES_IN_ARRAYS: list[Any] = [
    {"address": [{"city": "Rome"}, {"city": "Oslo"}]},
    {"address": []},
    {"address": [[{"city": "Rome"}]]},
    {"address": {"city": ["Rome", "Oslo"]}},
    {"address": {"city": []}},
]
CITY = Field("address.city", "string")
CITY_QUERIES: list[Any] = [
    None, {"$ne": None}, "Rome", {"$ne": "Rome"}, {"$in": ["Rome", "Bonn"]}, {"$nin": ["Rome", "Bonn"]}, {"$gt": "P"},
    {"$startsWith": "R"}, {"$icontains": "O"},
]  # fmt: skip

TAGS: list[Any] = [
    {"a": {"tags": ["x", None]}},
    {"a": {"tags": [["x"]]}},
    {"a": {"tags": "x"}},
    {"a": {"tags": []}},
    {},
]
TAGS_IN_ARRAYS: list[Any] = [{"a": [{"tags": ["x"]}]}, {"a": [[{"tags": ["x"]}]]}]
TAG = Field("a.tags", "string", is_list=True)
TAG_QUERIES: list[Any] = [None, {"$ne": None}, "x", {"$ne": "x"}, {"$in": ["x"]}, {"$startsWith": "x"}]

ITEMS: list[Any] = [{"items": [{"part": {"sku": "a"}}, None, {}]}, {"items": "a"}, {"items": []}, {}]
ITEMS_IN_ARRAYS: list[Any] = [
    {"items": [[{"part": {"sku": "a"}}]]},
    {"items": [{"part": [{"sku": "a"}]}]},
    {"items": [{"part": {"sku": ["a"]}}]},
]
ITEM = ObjectList("items", [Field("part.sku", "string")])
ITEM_QUERIES: list[Any] = [{"$elemMatch": {"part.sku": "a"}}, {"$elemMatch": {"part.sku": None}}, None]

CASES = {
    "a path": (CITY, CITIES, CITIES_IN_ARRAYS, CITY_QUERIES),
    "a list on a path": (TAG, TAGS, TAGS_IN_ARRAYS, TAG_QUERIES),
}


@pytest.fixture
def collection(engines: Engines) -> Any:
    """An empty collection."""
    engine = engines.get("mongodb")
    assert isinstance(engine, MongoEngine)
    engine.database.drop_collection("foreign_arrays")
    return engine.database["foreign_arrays"]


def schema_of(field: Field | ObjectList) -> Schema:
    return Schema("foreign", [KEY, field], system_properties=False)


def check(documents_of: Any, schema: Schema, criteria_json: Any, documents: list[Any], **options: Any) -> None:
    """The documents of a query and of its negation are those of the predicate of Python."""
    for one in (criteria_json, {"NOT": criteria_json}):
        query = criteria.parse(one, schema)
        holds = criteria.compile(query, "python")
        expected = [at for at, document in enumerate(documents) if holds({"id": at, **document})]
        found = documents_of.find(criteria.compile(query, "mongo", **options)).sort("id")
        assert [document["id"] for document in found] == expected, one


@pytest.mark.parametrize(
    ("field", "right", "wrong"),
    [
        *((field, right, one) for field, right, wrong, _ in CASES.values() for one in wrong),
        *((ITEM, ITEMS, one) for one in ITEMS_IN_ARRAYS),
    ],
    ids=str,
)
def test_an_array_on_a_path_is_refused(
    field: Field | ObjectList, right: list[Any], wrong: dict[str, Any], collection: Any
) -> None:
    """MongoDB would look into it, and find values that no other engine finds there."""
    schema = schema_of(field)
    wanted = [one for one in right if not isinstance(one.get("address"), str)]
    collection.insert_many([{"id": at, **one} for at, one in enumerate(wanted)])
    criteria.tables.collection(collection, schema)
    collection.insert_one({"_id": 77, "id": 77, **wrong})
    with pytest.raises(CriteriaError) as refused:
        criteria.tables.collection(collection, schema)
    [problem] = refused.value.problems
    assert (problem.code, "77" in problem.message, "an array" in problem.message) == ("unfit_column", True, True)
    assert criteria.tables.collection(collection, schema, verify=False) == Collection(schema)


@pytest.mark.parametrize("name", CASES)
def test_strict_conditions_are_right_beside_arrays(name: str, collection: Any) -> None:
    """With `strict=True` each operator answers as Python does, whatever arrays are in a field or on its path."""
    field, right, wrong, comparisons = CASES[name]
    documents = [*right, *wrong]
    collection.insert_many([{"id": at, **one} for at, one in enumerate(documents)])
    for comparison in comparisons:
        check(collection, schema_of(field), {field.name: comparison}, documents, strict=True)


def test_verified_lists_of_objects_are_those_of_python(collection: Any) -> None:
    """Elements that are no objects fulfil nothing."""
    collection.insert_many([{"id": at, **one} for at, one in enumerate(ITEMS)])
    schema = schema_of(ITEM)
    stored = criteria.tables.collection(collection, schema)
    for comparison in ITEM_QUERIES:
        check(collection, schema, {"items": comparison}, ITEMS, collection=stored)


def test_other_values_in_lists_of_objects_are_refused(collection: Any) -> None:
    """A guid in an element has the form that all guids have."""
    schema = schema_of(ObjectList("items", [Field("day", "date"), ObjectList("parts", [Field("day", "date")])]))
    collection.insert_one({"id": 1, "items": [{"day": "2026-06-01", "parts": [{"day": "2026-06-01"}, {}]}, None]})
    criteria.tables.collection(collection, schema)
    collection.insert_one({"id": 2, "items": [{"parts": [{"day": "2026-6-1"}]}]})
    with pytest.raises(CriteriaError) as refused:
        criteria.tables.collection(collection, schema)
    assert [problem.pointer for problem in refused.value.problems] == ["/items.parts.day"]


def test_pages_of_a_verified_collection_lose_no_document(collection: Any) -> None:
    """MongoDB orders values of other types, and doubles beside decimals, by rules of its own: they are refused."""
    schema = schema_of(Field("m.price", "decimal", precision=10, scale=2))
    collection.insert_many([{"id": at, "m": {"price": 19.99}} for at in range(6)])
    with pytest.raises(CriteriaError, match=r"`stored`"):
        criteria.tables.collection(collection, schema)
    stored = criteria.tables.collection(collection, schema, {"m.price": "double"})
    collection.insert_one({"id": 7, "m": {"price": "19.99"}})
    with pytest.raises(CriteriaError, match=r"as another BSON type"):
        criteria.tables.collection(collection, schema, {"m.price": "double"})
    collection.delete_one({"id": 7})
    found: list[int] = []
    after = None
    while after is not None or not found:
        asked = {"query": "{}", "orderBy": "m.price", "limit": 4} | ({"after": after} if after else {})
        search = criteria.parse_search(asked, schema)
        compiled = criteria.compile(search, "mongo", collection=stored)
        page = search.page(list(collection.find(compiled.filter, sort=list(compiled.sort), limit=compiled.limit or 0)))
        found += [document["id"] for document in page.data]
        after = page.next_cursor if page.has_more_records else None
    assert found == list(range(6))


PRICE = Field("f", "decimal", precision=9, scale=2)
NUMBER = {"bsonType": "number"}


@pytest.mark.parametrize(
    ("field", "said", "stored"),
    [
        (PRICE, {"anyOf": [{"bsonType": "double"}, {"bsonType": "null"}]}, "double"),
        (PRICE, {"oneOf": [{"bsonType": ["int", "double"]}]}, "double"),
        (PRICE, {"bsonType": ["int", "long", "null"]}, "long"),
        (PRICE, {"bsonType": ["int", "decimal"]}, "decimal"),
        (Field("f", "double"), NUMBER, "number"),
        (Field("f", "integer"), {"type": "number"}, "number"),
        (Field("f", "boolean"), {"type": ["boolean", "null"]}, "bool"),
        (Field("f", "date"), {"bsonType": ["date", "string"]}, None),
        (Field("f", "date"), {"description": "a day"}, None),
        (Field("f", "date", is_list=True), {"bsonType": "array", "items": {"anyOf": [{"bsonType": "date"}]}}, "date"),
        (Field("f", "date", is_list=True), {"items": [{"bsonType": "date"}, {"bsonType": "date"}]}, "date"),
        (Field("f.g", "date"), {"anyOf": [{"properties": {"g": {"bsonType": "date"}}}, {"bsonType": "null"}]}, "date"),
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("is_wrapped", [False, True])
def test_a_validator_says_types_in_several_ways(
    field: Field, said: Any, stored: str | None, is_wrapped: bool, engines: Engines
) -> None:
    """`bsonType` and `type`, lists of them, and alternatives, also of a validator with further conditions."""
    engine = engines.get("mongodb")
    assert isinstance(engine, MongoEngine)
    engine.database.drop_collection("said")
    validator: Any = {"$jsonSchema": {"allOf": [{"properties": {"f": said}}], "required": ["id"]}}
    if is_wrapped:
        validator = {"$and": [{"id": {"$gte": 0}}, validator]}
    made = engine.database.create_collection("said", validator=validator)
    found = criteria.tables.collection(made, schema_of(field))
    assert found.stored == ({} if stored is None else {field.name: stored})


@pytest.mark.parametrize(
    ("field", "said", "words"),
    [
        (PRICE, NUMBER, "whichever all documents hold"),
        (PRICE, {"bsonType": ["double", "decimal"]}, "whichever all documents hold"),
        (Field("f", "string"), {"bsonType": "array", "items": {"bsonType": "string"}}, "cannot be stored as"),
        (Field("f.g", "string"), {"bsonType": ["array", "null"]}, r'an array in "f", on the path of field "f\.g"'),
    ],
    ids=str,
)  # fmt: skip
def test_what_a_validator_says_may_not_fit(field: Field, said: Any, words: str, engines: Engines) -> None:
    """It is refused although no document is there yet. Naming the type helps where the validator allows several."""
    engine = engines.get("mongodb")
    assert isinstance(engine, MongoEngine)
    engine.database.drop_collection("said")
    validator = {"$jsonSchema": {"properties": {"f": said}}}
    made = engine.database.create_collection("said", validator=validator)
    with pytest.raises(CriteriaError, match=words) as refused:
        criteria.tables.collection(made, schema_of(field))
    assert [problem.code for problem in refused.value.problems] == ["unfit_column"]
    if "whichever" in words:
        made.insert_many([{"id": 1, "f": 19.99}, {"id": 2, "f": 20.0}])
        stored = criteria.tables.collection(made, schema_of(field), {"f": "double"})
        query = criteria.parse({"f": {"$in": [19.99, 20]}}, schema_of(field))
        assert made.count_documents(criteria.compile(query, "mongo", collection=stored)) == 2
