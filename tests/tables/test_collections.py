"""Collections that other programs filled: what validators say, and documents with other values."""

from __future__ import annotations

import pickle
from datetime import datetime, timezone
from typing import Any
from uuid import UUID

import pytest

import criteria
from criteria import Collection, CriteriaError, Field, Schema, Search
from criteria.conformance.reference import is_true, ordered
from tests.conftest import Engines
from tests.engines.documents import MongoEngine
from tests.tables.pairs.mongo import IDS, LEGACY, OPERANDS, binary

GUID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
KEY = Field("id", "integer", is_unique=True, nullable=False)


@pytest.fixture
def collection(engines: Engines) -> Any:
    """An empty collection."""
    engine = engines.get("mongodb")
    assert isinstance(engine, MongoEngine)
    engine.database.drop_collection("foreign")
    return engine.database["foreign"]


def check(collection: Any, stored: Collection, typed: list[dict[str, Any]], search: Search) -> None:
    """The documents of a query and of a page, beside those of the reference."""
    selected = [record for record in typed if is_true(search.query.expression, record)]
    compiled = criteria.compile(search.query, "mongo", collection=stored)
    assert sorted(one["id"] for one in collection.find(compiled)) == [record["id"] for record in selected], compiled
    page = criteria.compile(search, "mongo", collection=stored)
    found = collection.find(page.filter, sort=list(page.sort), skip=page.skip, limit=page.limit or 0,
                            collation=page.collation)  # fmt: skip
    in_order = [record["id"] for record in ordered(selected, search.sort_keys)]
    assert [one["id"] for one in found] == in_order[search.skip :][: search.fetch], page


@pytest.mark.parametrize("name", LEGACY)
def test_guids_of_each_legacy_order_are_found(name: str, collection: Any) -> None:
    """Equality and membership of binary subtype 3, in the byte order of each driver."""
    schema = Schema("foreign", [KEY, Field("value", "guid")], system_properties=False)
    guids = [UUID("00112233-4455-6677-8899-aabbccddeeff"), UUID("ffeeddcc-bbaa-9988-7766-554433221100")]
    collection.insert_many(
        [{"id": at, "value": binary(LEGACY[name])(one)} for at, one in enumerate(guids)] + [{"id": 2}]
    )
    stored = Collection(schema, {"value": name})
    for text, keys in (
        (f'{{"value": "{guids[0]}"}}', [0]),
        (f'{{"value": {{"$nin": ["{guids[0]}"]}}}}', [1, 2]),
        (f'{{"value": {{"$in": ["{guids[1]}", "{guids[0]}"]}}}}', [0, 1]),
        ('{"value": null}', [2]),
    ):
        compiled = criteria.compile(criteria.parse(text, schema), "mongo", collection=stored)
        assert sorted(one["id"] for one in collection.find(compiled)) == keys, compiled


@pytest.mark.parametrize("operand", OPERANDS)
@pytest.mark.heavy("many queries")
def test_object_ids_compare_as_their_digits(operand: str, collection: Any) -> None:
    """Each operator, also negated, on strings that are stored as ObjectIds: as on the strings themselves."""
    from bson import ObjectId

    schema = Schema("foreign", [KEY, Field("value", "string")], system_properties=False)
    collection.insert_many([{"id": at, "value": ObjectId(one)} for at, one in enumerate(IDS)] + [{"id": 9}])
    typed: list[dict[str, Any]] = [{"id": at, "value": one} for at, one in enumerate(IDS)] + [{"id": 9, "value": None}]
    stored = Collection(schema, {"value": "objectId"})
    for comparison in (operand, *({name: operand} for name in ("$ne", "$gt", "$gte", "$lt", "$lte", "$startsWith")),
                       {"$in": [operand, IDS[0]]}, {"$nin": [operand, IDS[0]]}):  # fmt: skip
        for criteria_json in ({"value": comparison}, {"NOT": {"value": comparison}}):
            query = criteria.parse(criteria_json, schema)
            check(collection, stored, typed, Search(query, criteria.parse_order_by("value desc", schema), 9))


def test_what_object_ids_cannot_answer_is_refused() -> None:
    """MongoDB has no search inside an ObjectId."""
    schema = Schema("foreign", [Field("value", "string")], system_properties=False)
    stored = Collection(schema, {"value": "objectId"})
    for operator in ("$contains", "$endsWith"):
        query = criteria.parse({"value": {operator: "5f"}}, schema)
        with pytest.raises(CriteriaError, match=r"stored as ObjectIds"):
            criteria.compile(query, "mongo", collection=stored)


def test_a_validator_says_how_fields_are_stored(engines: Engines) -> None:
    """`$jsonSchema` of a real collection: doubles, ObjectIds, dates, inside objects and lists."""
    engine = engines.get("mongodb")
    assert isinstance(engine, MongoEngine)
    engine.database.drop_collection("validated")
    properties = {
        "price": {"bsonType": ["double", "null"]},
        "owner": {"bsonType": "objectId"},
        "address": {"bsonType": "object", "properties": {"since": {"bsonType": "date"}}},
        "days": {"bsonType": "array", "items": {"bsonType": "date"}},
        "count": {"bsonType": ["int", "long"]},
    }
    collection = engine.database.create_collection("validated", validator={"$jsonSchema": {"properties": properties}})
    fields = [
        KEY,
        Field("price", "decimal", precision=9, scale=2),
        Field("owner", "string"),
        Field("address.since", "date"),
        Field("days", "date", is_list=True),
        Field("count", "integer"),
    ]
    schema = Schema("validated", fields, system_properties=False)
    found = criteria.tables.collection(collection, schema)
    assert found.stored == {
        "price": "double", "owner": "objectId", "address.since": "date", "days": "date", "count": "number",
    }  # fmt: skip
    collection.insert_one({"id": 1, "price": 19.99, "address": {"since": datetime(2026, 6, 1)}})
    for text in ('{"price": 19.99}', '{"address.since": {"$lte": "2026-06-01"}}', '{"days": null}'):
        assert (
            collection.count_documents(criteria.compile(criteria.parse(text, schema), "mongo", collection=found)) == 1
        )
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301
    with pytest.raises(CriteriaError) as refused:
        criteria.tables.collection(collection, Schema("s", [Field("price", "string")], system_properties=False))
    assert [problem.code for problem in refused.value.problems] == ["unfit_column"]


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ({"value": "double"}, "exact up to 15 digits"),
        ({"value": "string"}, "cannot be stored as"),
        ({"other": "double"}, "There is no field"),
    ],
)
def test_unfit_types_are_refused(stored: dict[str, str], words: str) -> None:
    """A decimal of 30 digits is no double, and a field has to exist."""
    schema = Schema("foreign", [Field("value", "decimal")], system_properties=False)
    with pytest.raises(CriteriaError, match=words) as refused:
        Collection(schema, stored)
    assert [problem.code for problem in refused.value.problems] == ["unfit_column"]


@pytest.mark.parametrize(
    ("field", "stored", "right", "wrong"),
    [
        (Field("f", "decimal", precision=9, scale=2), {"f": "double"}, [1.5, None], "decimal"),
        (Field("f", "decimal", precision=9, scale=2), {}, ["decimal", 2, None], 1.5),
        (Field("f", "decimal", scale=2, precision=9, is_list=True), {"f": "double"}, [[1.5, None], None], ["decimal"]),
        (Field("f", "string"), {}, ["a", None], 5),
        (Field("f", "string"), {}, ["a"], ["a"]),
        (Field("f", "date"), {"f": "date"}, [datetime(2026, 1, 1, tzinfo=timezone.utc)], "2026-01-01"),
        (Field("f", "date"), {"f": "date"}, [datetime(2026, 1, 1, tzinfo=timezone.utc)], datetime(2026, 1, 1, 12)),
        (Field("f", "date"), {}, ["2026-02-28", None], "2026-02-30"),
        (Field("f", "date"), {}, ["2026-02-28", None], "2026-2-3"),
        (Field("f", "guid"), {"f": "string"}, [GUID, None], GUID.upper()),
        (Field("f", "guid"), {"f": "string"}, [GUID, None], f"{GUID}\n"),
        (Field("f", "guid", is_list=True), {"f": "string"}, [[GUID, None], []], [GUID, GUID.upper()]),
        (Field("f", "guid"), {}, ["subtype 4", None], "subtype 3"),
        (Field("f", "guid"), {"f": "pythonLegacy"}, ["subtype 3", None], "subtype 4"),
        (Field("f", "dateTime"), {"f": "string"}, ["2026-06-01T12:00:00.000Z"], "2026-06-01T12:00:00Z"),
        (Field("f", "dateTime"), {"f": "string"}, ["2026-06-01T12:00:00.000Z"], "2026-06-31T12:00:00.000Z"),
        (Field("f", "decimal", precision=9, scale=2), {"f": "double"}, [19.99, -0.01, None], 1.005),
        (Field("f", "decimal", precision=9, scale=2), {"f": "double"}, [9999999.99], 1e7),
        (Field("f", "decimal", precision=9, scale=1), {}, ["decimal", 2, None], "finer decimal"),
        (Field("f", "integer"), {}, [1, 2.0, "whole decimal"], "1"),
        (Field("f", "integer"), {}, [1, 2.0, "whole decimal", None], "decimal"),
        (Field("f", "integer"), {}, [2**63 - 1, -(2.0**63)], 2.0**63),
        (Field("f", "double"), {}, [2**53, 0.1, None], 2**53 + 1),
        (Field("f", "double"), {}, [2**53, 0.1, None], "decimal"),
        (Field("f", "decimal", precision=30, scale=2), {}, ["decimal", 2], "infinity"),
        (Field("f", "decimal", precision=9, scale=2), {"f": "double"}, [1.5, 2, -0.0], "decimal"),
        (Field("p.f", "decimal", precision=9, scale=2), {}, ["decimal", 2], 19.99),
        (Field("p.f", "string"), {}, ["a", None], 5),
        (Field("p.f", "string"), {}, ["a", None], "pattern"),
        (Field("p.f", "guid"), {"p.f": "string"}, ["6ba7b810-9dad-11d1-80b4-00c04fd430c8"], b"0123456789abcdef"),
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.heavy("many collections")
def test_a_document_of_another_type_is_found(
    field: Field, stored: dict[str, str], right: list[Any], wrong: Any, collection: Any
) -> None:
    """A value that conditions would take for no match is refused before any query runs, unless that is not wanted."""
    from bson import Binary, Decimal128, Regex

    special: dict[str, Any] = {
        "decimal": Decimal128("1.5"),
        "whole decimal": Decimal128("2.0"),
        "finer decimal": Decimal128("1.55"),
        "infinity": Decimal128("Infinity"),
        "pattern": Regex("a"),
        "subtype 3": Binary(UUID(GUID).bytes, 3),
        "subtype 4": Binary(UUID(GUID).bytes, 4),
    }

    def document(number: int, value: Any) -> dict[str, Any]:
        found = [special["decimal"]] if value == ["decimal"] else value
        found = special.get(found, found) if isinstance(found, str) else found
        return {"_id": number, "id": number, **({"p": {"f": found}} if field.is_nested else {"f": found})}

    schema = Schema("s", [KEY, field], system_properties=False)
    collection.insert_one({"_id": 0, "id": 0})
    collection.insert_many([document(number, value) for number, value in enumerate(right, 1)])
    criteria.tables.collection(collection, schema, stored)
    collection.insert_one(document(77, wrong))
    with pytest.raises(CriteriaError) as refused:
        criteria.tables.collection(collection, schema, stored)
    assert [problem.code for problem in refused.value.problems] == ["unfit_column"]
    assert '"77"' in refused.value.problems[0].message
    assert criteria.tables.collection(collection, schema, stored, verify=False).stored == stored
