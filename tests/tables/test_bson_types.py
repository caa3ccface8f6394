"""BSON types: on a collection that another program filled, generated queries select the documents that they should."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import criteria
from criteria import Collection, CriteriaError, Field, FieldType, Page, Schema, Search
from criteria.conformance.reference import is_true, ordered
from criteria.conformance.strategies import criteria_objects, order_by_texts, records
from criteria.tree.nodes import Operator
from tests.conftest import CASES, Engines, capped
from tests.engines.documents import MongoEngine
from tests.tables.pairs.mongo import LEGACY, MONGO, OPERANDS, near_ids
from tests.tables.pairs.pair import Pair

ALL = [pytest.param(pair, id=f"{pair.name} {at}") for at, pair in enumerate(MONGO)]

SAMPLE = [
    one if at % 4 == 0 else pytest.param(*one.values, id=one.id, marks=pytest.mark.heavy("the rest of the pairs"))
    for at, one in enumerate(ALL)
]
"""All pairs, of which the quick profile runs every fourth."""

INSIDE = (Operator.CONTAINS, Operator.ENDS_WITH, Operator.ICONTAINS, Operator.IENDS_WITH)
"""MongoDB has no search inside an ObjectId."""


UNORDERED = ("javaLegacy", "csharpLegacy")
"""Guids whose bytes are not in the order of their text."""


class Filled:
    """A collection whose documents have other keys than the fields have names."""

    def __init__(self, engines: Engines, pair: Pair) -> None:
        from bson.codec_options import CodecOptions

        engine = engines.get("mongodb")
        assert isinstance(engine, MongoEngine)
        engine.database.drop_collection("bson_types")
        read_as: CodecOptions[Any] = CodecOptions(uuid_representation=LEGACY.get(pair.column, 0))
        self.collection, self.pair = engine.database["bson_types"].with_options(codec_options=read_as), pair
        self.schema = schema_of(pair.field_type, **pair.attributes)
        self.stored = Collection(self.schema, {"value": pair.column})

    def hold(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Writes the rows as another program would. Returns them as typed records."""
        typed = [self.fitting(self.schema.decode(row)) for row in rows]
        self.collection.delete_many({})
        if typed:
            self.collection.insert_many([self.document(record) for record in typed])
        return typed

    def fitting(self, record: dict[str, Any]) -> dict[str, Any]:
        """The record, with null in the place of values that the BSON type cannot hold."""
        pair, value = self.pair, record.get("value")
        if isinstance(value, list):
            made = [one if one is None else pair.made(one) for one in value]
            return record | {"value": [one for one in made if one is None or pair.holds(one)]}
        if value is None:
            return record
        made = pair.made(value)
        return record | {"value": made if pair.holds(made) else None}

    def document(self, record: dict[str, Any]) -> dict[str, Any]:
        """A field without a value is left out of every other document, and null in the rest."""
        value = record.get("value")
        if value is None and record["id"] % 2:
            return {"the key": record["id"]}
        return {"the key": record["id"], "the value": None if value is None else self.pair.write(value)}

    def check(self, typed: list[dict[str, Any]], search: Search) -> None:
        """The documents of a query and of a page, beside those of the reference."""
        selected = [record for record in typed if is_true(search.query.expression, record)]
        compiled = criteria.compile(search.query, "mongo", collection=self.stored)
        keys = sorted(one["the key"] for one in self.collection.find(compiled))
        assert keys == [record["id"] for record in selected], compiled
        in_order = [record["id"] for record in ordered(selected, search.sort_keys)]
        found = [one["the key"] for one in self.fetched(search)]
        assert found == in_order[search.skip :][: search.fetch], search
        counted = criteria.compile(search, "mongo", collection=self.stored)
        assert self.collection.count_documents(counted.count_filter, collation=counted.collation) == len(selected)
        self.check_cursors(search, in_order)

    def check_cursors(self, search: Search, in_order: list[int]) -> None:
        """The page after a page, and the page before that one."""
        page, limit = self.page(search), search.limit
        assert limit is not None
        if page.next_cursor is None:
            return
        end = search.skip + limit
        following = self.page(self.continued(search, "after", page.next_cursor))
        assert [one["the key"] for one in following.data] == in_order[end : end + limit], search
        before = self.page(self.continued(search, "before", following.previous_cursor))
        assert [one["the key"] for one in before.data] == in_order[max(0, end - limit) : end], search

    def continued(self, search: Search, direction: str, cursor: str | None) -> Search:
        order_by = ",".join(f"{key.field.name}{' desc' if key.descending else ''}" for key in search.order_by)
        given = {"query": search.query.to_json(), "orderBy": order_by, "limit": search.limit, direction: cursor}
        return criteria.parse_search(given, self.schema)

    def fetched(self, search: Search) -> list[dict[str, Any]]:
        page = criteria.compile(search, "mongo", collection=self.stored)
        return list(
            self.collection.find(
                page.filter, sort=list(page.sort), skip=page.skip, limit=page.limit or 0, collation=page.collation
            )
        )

    def page(self, search: Search) -> Page:
        """A page of the documents as PyMongo reads them. Only the caller knows what the digits of an ObjectId are."""
        if self.pair.column != "objectId":
            return search.page(self.fetched(search))

        def position(document: dict[str, Any]) -> list[Any]:
            found = [document.get(key.field.column) for key in search.sort_keys]
            return [one if one is None or isinstance(one, int) else str(one) for one in found]

        return search.page(self.fetched(search), position_of=position)


def schema_of(field_type: FieldType, **attributes: Any) -> Schema:
    key = Field("id", "integer", column="the key", is_unique=True, nullable=False)
    entity = "other" if field_type is FieldType.OBJECT_REF else None
    value = Field("value", field_type, column="the value", object_entity_type=entity, **attributes)
    return Schema("foreign", [key, value], system_properties=False)


def near(criteria_json: Any, is_value: bool = False) -> Any:
    """Criteria whose texts are ids, or texts beside them."""
    if isinstance(criteria_json, dict):
        return {name: near(one, is_value or name == "value") for name, one in criteria_json.items()}
    if isinstance(criteria_json, list):
        return [near(one, is_value) for one in criteria_json]
    return near_ids(OPERANDS)(criteria_json) if is_value and isinstance(criteria_json, str) else criteria_json


@pytest.mark.parametrize("pair", SAMPLE)
def test_documents_and_their_order_are_those_of_the_reference(pair: Pair, engines: Engines) -> None:
    """Conditions, counts, orders and pages on a field of each BSON type that it may be stored as."""
    filled = Filled(engines, pair)
    schema, are_ids = filled.schema, pair.column == "objectId"
    orders = st.just("id desc") if pair.column in UNORDERED else order_by_texts(schema)
    criteria_json = criteria_objects(schema, 4, [one for one in Operator if not (are_ids and one in INSIDE)])

    @settings(max_examples=capped(min(1000, max(5, CASES // 20))))
    @given(
        rows=records(schema),
        criteria_json=criteria_json.map(near) if are_ids else criteria_json,
        order_by=orders,
        limit=st.integers(1, 4),
        skip=st.integers(0, 3),
    )
    def agree(rows: list[dict[str, Any]], criteria_json: dict[str, Any], order_by: str, limit: int, skip: int) -> None:
        typed = filled.hold(rows)
        query = criteria.parse(criteria_json, schema)
        filled.check(typed, Search(query, criteria.parse_order_by(order_by, schema), limit, skip))

    agree()


@pytest.mark.parametrize("pair", SAMPLE)
def test_what_programs_write_is_taken(pair: Pair, engines: Engines) -> None:
    """The values of each pair, as programs write them, are those of its field."""
    filled = Filled(engines, pair)

    @settings(max_examples=capped(min(100, max(2, CASES // 500))))
    @given(records(filled.schema))
    def taken(rows: list[dict[str, Any]]) -> None:
        filled.hold(rows)
        declared = {"value": pair.column}
        assert criteria.tables.collection(filled.collection, filled.schema, declared) == filled.stored

    taken()


@pytest.mark.parametrize("bson_type", UNORDERED)
@pytest.mark.parametrize("is_key", [False, True])
def test_orders_by_guids_of_another_order_of_bytes_are_refused(bson_type: str, is_key: bool) -> None:
    """Also where the guid is the key that closes the order. Without it, other orders are right."""
    value = Field("value", "guid", is_unique=is_key, nullable=not is_key)
    schema = Schema("guids", [value, Field("n", "integer")], system_properties=False)
    stored = Collection(schema, {"value": bson_type})
    for order_by in ("value", "n desc, value") if not is_key else ("n", "value desc"):
        search = Search(criteria.parse({}, schema), criteria.parse_order_by(order_by, schema))
        with pytest.raises(CriteriaError, match="sorts in another order of bytes") as refused:
            criteria.compile(search, "mongo", collection=stored)
        assert [problem.code for problem in refused.value.problems] == ["unsupported"]
        criteria.compile(search, "mongo", collection=Collection(schema, {"value": "pythonLegacy"}))
    if not is_key:
        other = Search(criteria.parse({}, schema), criteria.parse_order_by("n", schema))
        criteria.compile(other, "mongo", collection=stored)


BSON_TYPES = (
    "double", "string", "object", "array", "binData", "undefined", "objectId", "bool", "date", "null", "regex",
    "dbPointer", "javascript", "symbol", "javascriptWithScope", "int", "timestamp", "long", "decimal", "minKey",
    "maxKey", "number", "pythonLegacy", "javaLegacy", "csharpLegacy",
)  # fmt: skip
"""All that `$type` names, and the orders of a guid's bytes."""


@pytest.mark.parametrize("field_type", FieldType)
def test_every_other_bson_type_is_refused(field_type: FieldType) -> None:
    """A pair that is not among those that are proven cannot be declared."""
    proven = {pair.column for pair in MONGO if pair.field_type is field_type}
    attributes = {"precision": 15, "scale": 4} if field_type is FieldType.DECIMAL else {}
    for is_list in (False, True):
        schema = schema_of(field_type, is_list=is_list, **attributes)
        for bson_type in BSON_TYPES:
            if bson_type in proven:
                Collection(schema, {"value": bson_type})
                continue
            with pytest.raises(CriteriaError) as refused:
                Collection(schema, {"value": bson_type})
            assert [problem.code for problem in refused.value.problems] == ["unfit_column"], bson_type
            assert all(problem.hint for problem in refused.value.problems), bson_type


WHOLE, ANY_NUMBER = {"int", "long"}, {"int", "long", "double", "decimal"}


def beside(pair: Pair) -> set[str]:
    """The BSON types that documents may have under a declaration: numbers compare by value."""
    if pair.field_type in (FieldType.INTEGER, FieldType.OBJECT_REF):
        return ANY_NUMBER
    if pair.field_type is FieldType.DOUBLE or (pair.field_type is FieldType.DECIMAL and pair.column == "double"):
        return WHOLE | {"double"}
    if pair.field_type is FieldType.DECIMAL:
        return WHOLE | {"decimal"}
    return {"binData" if pair.column.endswith("Legacy") else pair.column}


def values() -> Iterator[tuple[str, Any]]:
    """A value of each BSON type that PyMongo writes, except those of empty fields."""
    from bson import Binary, Code, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp
    from bson.datetime_ms import DatetimeMS

    yield from (("double", 7.0), ("string", "7"), ("object", {"a": 7}), ("binData", Binary(b"7", 0)))
    yield from (("objectId", ObjectId()), ("bool", True), ("date", DatetimeMS(7)), ("regex", Regex("7")))
    yield from (("javascript", Code("7")), ("javascriptWithScope", Code("7", {"a": 7})), ("int", 7))
    yield from (("timestamp", Timestamp(7, 7)), ("long", Int64(7)), ("decimal", Decimal128("7")))
    yield from (("minKey", MinKey()), ("maxKey", MaxKey()))


@pytest.mark.parametrize("pair", ALL)
@pytest.mark.heavy("a document of every BSON type for each pair")
def test_a_document_of_every_other_bson_type_is_refused(pair: Pair, engines: Engines) -> None:
    """One document with a value of a type that the field is not stored as, before any query runs."""
    filled = Filled(engines, pair)
    for bson_type, value in values():
        if bson_type in beside(pair):
            continue
        filled.collection.delete_many({})
        filled.collection.insert_one({"_id": 77, "the key": 1, "the value": [value] if is_list(pair) else value})
        with pytest.raises(CriteriaError, match="whose _id is") as refused:
            criteria.tables.collection(filled.collection, filled.schema, {"value": pair.column})
        assert [problem.code for problem in refused.value.problems] == ["unfit_column"], bson_type


def is_list(pair: Pair) -> bool:
    return bool(pair.attributes.get("is_list"))
