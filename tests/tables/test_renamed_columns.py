"""Pages by cursor where the columns have other names than the fields, and where one's name is another's column."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, Page, Schema, Search
from tests.conftest import Engines
from tests.tables.foreign import KEY
from tests.tables.test_pages_of_json import followed

heavy = pytest.mark.heavy("walks on MongoDB")

NAMES = ["a", "b", "c", "d", "e", "a", None]


def schema_of(*fields: Field) -> Schema:
    return Schema("renamed", fields, system_properties=False)


NAME = Field("name", "string", column="full_name")
CITY = Field("addr.city", "string", column="address")
PUBLIC_ID = Field("id", "integer", column="public_id", is_unique=True, nullable=False)
PK = Field("pk", "integer", column="id", is_unique=True, nullable=False)
NICK = Field("nick", "string", column="name")
DOCUMENTS = [
    {"id": number, "full_name": name, "address": {"city": name}} if name else {"id": number}
    for number, name in enumerate(NAMES, 1)
]
ROWS = [(number, 70 - number * 10, f"z{8 - number}", name) for number, name in enumerate(NAMES, 1)]


def walk(schema: Schema, page_of: Callable[[Search], Page]) -> None:
    """All pages in both directions, by every field, have each record once and in the order of the single query."""
    for order in (f"{field.name}{way}" for field in schema.fields for way in ("", " desc")):
        whole = [row[0] for row in page_of(criteria.parse_search({"orderBy": order, "limit": 100}, schema)).data]
        assert len(whole) == len(NAMES)
        for limit in (1, 2, 3):
            for way in ("after", "before"):
                assert followed(schema, order, limit, way, page_of) == whole, (order, limit, way)


def filled(engines: Engines, documents: list[Any]) -> Any:
    engine: Any = engines.get("mongodb")
    engine.database.drop_collection("renamed_columns")
    engine.database["renamed_columns"].insert_many(documents)
    return engine.database["renamed_columns"]


def documents_of(
    collection: Any,
    table: Any,
    key: str = "id",
    read: Callable[[Any], Any] = dict,
    position_of: Callable[[Search, Any], list[Any]] | None = None,
) -> Callable[[Search], Page]:
    def page_of(search: Search) -> Page:
        compiled = criteria.compile(search, "mongo", collection=table)
        found = collection.find(compiled.filter, sort=list(compiled.sort), skip=compiled.skip, limit=compiled.limit)
        of_one = None if position_of is None else partial(position_of, search)
        page = search.page([read(one) for one in found], position_of=of_one)
        return Page(tuple((one[key],) for one in page.data), page.has_more_records, cursors=page.cursors)

    return page_of


@heavy
def test_walks_of_documents_by_their_columns(engines: Engines) -> None:
    """Whole documents, some of which leave fields out; those of `criteria.storage`; and those without `_id`."""
    schema = schema_of(KEY, NAME, CITY)
    collection = filled(engines, [dict(one) for one in DOCUMENTS])
    walk(schema, documents_of(collection, criteria.tables.collection(collection, schema)))
    storage = criteria.storage(schema, "mongo")
    collection = filled(
        engines,
        [storage.encode({"id": n, "name": name, "addr": {"city": name}}) for n, name in enumerate(NAMES, 1)],
    )
    walk(schema, documents_of(collection, None))
    walk(schema, documents_of(collection, None, read=lambda one: {n: one[n] for n in one if n != "_id"}))


@heavy
def test_walks_of_documents_whose_names_cross(engines: Engines) -> None:
    schema = schema_of(PUBLIC_ID, PK, NICK, NAME)
    documents = [dict(zip(("id", "public_id", "name", "full_name"), row, strict=True)) for row in ROWS]
    collection = filled(engines, documents)
    walk(schema, documents_of(collection, criteria.tables.collection(collection, schema)))


def _digits(search: Search, document: Any) -> list[Any]:
    """The values of the order as a program gives them: ObjectIds as their digits."""
    found = []
    for key in search.sort_keys:
        value = document.get(key.field.column)
        for name in key.field.path[1:]:
            value = None if value is None else value.get(name)
        found.append(None if value is None else str(value))
    return found


@heavy
@pytest.mark.parametrize("name", ["id", "_id"])
def test_walks_by_object_ids(name: str, engines: Engines) -> None:
    """In the key, in another field, and in an object."""
    from bson import ObjectId

    key = Field(name, "string", column="_id", is_unique=True, nullable=False)
    ids = [ObjectId(f"64b7f00000000000000000{number:02x}") for number in (255, 3, 17, 0, 128, 4, 9)]
    schema = schema_of(key, NAME, Field("owner", "string"), Field("in.owner", "string"))
    documents = [
        {"_id": one, "full_name": name, "owner": owner, "in": {"owner": owner}} if name else {"_id": one}
        for one, name, owner in zip(ids, NAMES, [*ids[3:6], None, *ids[:3]], strict=True)
    ]
    collection = filled(engines, documents)
    stored = {key.name: "objectId", "owner": "objectId", "in.owner": "objectId"}
    table = criteria.tables.collection(collection, schema, stored)
    walk(schema, documents_of(collection, table, "_id", position_of=_digits))
    for order in (key.name, "owner", "in.owner"):
        search = criteria.parse_search({"orderBy": order, "limit": 1}, schema)
        with pytest.raises(criteria.CriteriaError) as refused:
            search.page([documents[0], documents[1]]).next_cursor  # noqa: B018
        assert refused.value.problems[0].code == "invalid_record"
        assert "position_of" in str(refused.value.problems[0].hint)
    page = search.page([documents[0], documents[1]], position_of=partial(_digits, search))
    envelope = page.to_json(schema)
    owner = "64b7f0000000000000000000"
    assert envelope["data"] == [{"_id": str(ids[0]), "full_name": "a", "owner": owner, "in": {"owner": owner}}]
    assert envelope["nextCursor"] == page.next_cursor


@pytest.mark.parametrize("read", [dict, tuple, lambda row: row], ids=["dict", "tuple", "row"])
@pytest.mark.parametrize("fields", [(PUBLIC_ID, PK), (PK, NAME, NICK), (PK, NICK, NAME)], ids=["ids", "names", "other"])
def test_walks_of_rows_whose_names_cross(fields: tuple[Field, ...], read: Callable[[Any], Any]) -> None:
    schema = schema_of(*fields)
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, public_id INTEGER NOT NULL UNIQUE, name TEXT, "
                       "full_name TEXT)")  # fmt: skip
    connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", ROWS)
    table = criteria.tables.reflect(connection, "t", schema)

    def page_of(search: Search) -> Page:
        rows: list[Any] = []
        for statement in criteria.compile(search, "sql", table=table).pages:
            rows += [read(row) for row in connection.execute(statement.text, statement.params)]
        page = search.page(rows[: search.fetch])
        data = tuple((next(iter(one.values() if isinstance(one, dict) else one)),) for one in page.data)
        return Page(data, page.has_more_records, cursors=page.cursors)

    walk(schema, page_of)
    connection.close()


@pytest.mark.heavy("walks on PostgreSQL")
@pytest.mark.parametrize("factory", ["dict_row", "namedtuple_row"])
@pytest.mark.parametrize(
    "fields", [(PUBLIC_ID, PK), (PK, NAME, NICK), (PK, Field("count", "string", column="full_name"))],
    ids=["ids", "names", "method"],
)  # fmt: skip
def test_walks_of_rows_of_psycopg(fields: tuple[Field, ...], factory: str, engines: Engines) -> None:
    """A named tuple has the methods `count` and `index`, which are no columns."""
    from psycopg import rows as factories

    engine: Any = engines.get("postgres")
    schema = schema_of(*fields)
    before = engine.connection.row_factory
    try:
        engine.execute('CREATE TABLE renamed (id bigint PRIMARY KEY, public_id bigint NOT NULL UNIQUE, '
                       'name text COLLATE "C", full_name text COLLATE "C")')  # fmt: skip
        for row in ROWS:
            engine.execute("INSERT INTO renamed VALUES (%s, %s, %s, %s)", row)
        engine.connection.row_factory = getattr(factories, factory)
        table = criteria.tables.reflect(engine.connection, "renamed", schema)

        def page_of(search: Search) -> Page:
            rows: list[Any] = []
            for statement in criteria.compile(search, "sql", table=table).pages:
                rows += engine.connection.execute(statement.text, statement.params).fetchall()
            page = search.page(rows[: search.fetch])
            data = tuple((next(iter(one.values() if isinstance(one, dict) else one)),) for one in page.data)
            return Page(data, page.has_more_records, cursors=page.cursors)

        walk(schema, page_of)
    finally:
        engine.connection.row_factory = before
        engine.rollback()


def test_a_record_is_read_by_one_kind_of_names() -> None:
    """By the names of all its columns or of all its fields; the cursor is the same."""
    schema = schema_of(PUBLIC_ID, PK, NAME, NICK)
    search = criteria.parse_search({"orderBy": "name, nick, pk"}, schema)
    by_column = {"public_id": 50, "id": 1, "full_name": "a", "name": "z"}
    by_name = {"id": 50, "pk": 1, "name": "a", "nick": "z"}
    assert search.cursor(by_column) == search.cursor(by_name) == search.cursor((50, 1, "a", "z"))
    assert search.cursor({**by_column, "other": 1}) == search.cursor({**by_name, "other": 1})
    assert search.cursor({**by_column, "nick": "x"}) == search.cursor(by_column)


SWAPPED = (Field("id", "integer", column="pk", is_unique=True, nullable=False), PK)


@pytest.mark.parametrize(
    ("fields", "record"),
    [
        (SWAPPED, {"id": 1, "pk": 2}),
        ((PUBLIC_ID, PK), {"id": 1}),
        ((PUBLIC_ID, PK), {"id": 1, "pk": 2, "public_id": 3}),
        ((KEY, NAME), {"id": 1, "name": "a", "full_name": "b"}),
        ((KEY, NAME), {"_id": 1, "id": 1, "name": "a"}),
        ((KEY, NAME, CITY), {"_id": 1, "id": 1, "name": "a", "addr": {}, "full_name": "b"}),
    ],
    ids=["swapped", "one", "all", "both", "document", "document-with-other-members"],
)
def test_no_cursor_of_a_record_that_can_be_read_in_two_ways(
    fields: tuple[Field, ...], record: Mapping[str, Any]
) -> None:
    schema = schema_of(*fields)
    search = criteria.parse_search({"orderBy": fields[-1].name, "limit": 1}, schema)
    page = search.page([record, record])
    with pytest.raises(CriteriaError, match="the names of the fields or those of the columns") as refused:
        _ = page.next_cursor
    assert [problem.code for problem in refused.value.problems] == ["invalid_record"]
    assert "position_of" in str(refused.value)
    given = search.page(
        [record, record], position_of=lambda row: [None if key.field.nullable else 1 for key in search.sort_keys]
    )
    assert given.next_cursor


def test_members_that_the_order_does_not_need_may_be_absent() -> None:
    schema = schema_of(KEY, NAME, CITY)
    by_id = criteria.parse_search({"orderBy": "id"}, schema)
    assert by_id.cursor({"id": 1}) == by_id.cursor({"id": 1, "name": "a", "full_name": "b"})
    by_name = criteria.parse_search({"orderBy": "name"}, schema)
    assert by_name.cursor({"id": 1, "name": "a"}) == by_name.cursor({"id": 1, "full_name": "a"})
    assert by_name.cursor({"_id": 1, "id": 1}) == by_name.cursor({"id": 1, "full_name": None})
    with pytest.raises(CriteriaError, match='The record has no field "name"'):
        by_name.cursor({"id": 1})
