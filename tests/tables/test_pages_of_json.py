"""Pages by cursor through JSON columns whose documents are strings, numbers, lists and null: drivers return text or
have decoded it, and a string may hold the text of an object."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, Page, Schema, Search
from tests.conftest import Engines
from tests.engines.sql import SqlEngine
from tests.tables.foreign import KEY, Foreign, created

heavy = pytest.mark.heavy("walks on every engine")

ENCODED_TWICE = json.dumps('{"v": 1}')
DOCUMENTS = ('{"v": 2}', '"note"', '{"v": 1}', "5", '[{"v": 3}]', "null", None, "{}", '{"v": "b"}', "true", '"5"',
             '"null"', '""', '"[1]"', '{"v": {"v": 1}}', '{"v": "{\\"v\\": 1}"}', '{"v": 3}', "1.5")  # fmt: skip
"""The documents of rows 1, 2, ..., as JSON. None is NULL."""

HOSTILE = (ENCODED_TWICE, *DOCUMENTS[:9], ENCODED_TWICE, *DOCUMENTS[9:], ENCODED_TWICE)

REFERENCES = ('{"v": 1}', '{"v": {"objectId": 5}}', '{"v": 1.0}', '{"v": 3.0}', '{"v": 2}', '{"v": {"objectId": 0}}',
              '{"v": 9007199254740993}', '{"v": 9007199254740992.0}', '{"v": "4"}', '{"v": null}')  # fmt: skip

REFERENCE = Field("m.v", "objectRef", column="m", object_entity_type="other")
NUMBER, TEXT = Field("m.v", "integer", column="m"), Field("m.v", "string", column="m")
DEEP = Field("m.v.v", "integer", column="m")
ORDERS = ("{}", "{} desc", "{}, id desc")

TEXT_DRIVERS = [("sqlite", "JSON"), ("sqlite", "TEXT"), ("duckdb", "JSON"), ("mariadb", "JSON"), ("mysql", "JSON")]
DECODING_DRIVERS = [("postgres-natural", "jsonb"), ("postgres-natural", "json")]


def followed(schema: Schema, order: str, limit: int, way: str, page_of: Callable[[Search], Page]) -> list[Any]:
    """The ids of the pages of a walk by the cursors that they offer, from the first page on or from the last one."""
    request: dict[str, Any] = {"orderBy": order, "limit": limit}
    found: list[Any] = []
    if way == "before":
        whole = page_of(criteria.parse_search({**request, "limit": 100}, schema)).data
        skipped = criteria.parse_search({**request, "skip": len(whole) - 1}, schema)
        last = page_of(skipped)
        found, request["before"] = [last.data[0][0]], last.previous_cursor
    while len(found) < 100:
        page = page_of(criteria.parse_search(request, schema))
        ids = [row[0] for row in page.data]
        found = ids + found if way == "before" else found + ids
        cursor = page.previous_cursor if way == "before" else page.next_cursor
        if cursor is None:
            return found
        request[way] = cursor
    raise AssertionError(f"The walk does not end: {found}")


def check_walks(schema: Schema, page_of: Callable[[Search], Page], limits: Sequence[int] = (1, 3)) -> None:
    """Each row comes once, in the order of the single query."""
    [field] = [one for one in schema.fields if one != KEY]
    for order in (one.format(field.name) for one in ORDERS):
        whole = [row[0] for row in page_of(criteria.parse_search({"orderBy": order, "limit": 100}, schema)).data]
        for limit in limits:
            for way in ("after", "before"):
                assert followed(schema, order, limit, way, page_of) == whole, (order, limit, way)


@contextmanager
def documents_in(
    engines: Engines, name: str, kind: str, documents: Sequence[str | None], field: Field = NUMBER, verify: bool = True
) -> Iterator[Foreign]:
    """A table with the documents."""
    values = ["NULL" if one is None else f"'{one}'" for one in documents]
    if name not in ("sqlite", "duckdb"):
        values = [one.replace("\\", "\\\\") for one in values]
    if name == "postgres-natural":
        values = [f"E{one}" if one != "NULL" else one for one in values]
    rows = ", ".join(f"({number}, {value})" for number, value in enumerate(values, 1))
    with created(engines, name, f"m {kind}", f"INSERT INTO foreign_rows VALUES {rows}") as engine:
        yield Foreign(engine, [field], verify=verify)


def pages(engine: SqlEngine, table: Any = None, **options: Any) -> Callable[[Search], Page]:
    """Runs a search by the statements for an index, or by the single one, and gives its page."""

    def page_of(search: Search) -> Page:
        compiled = criteria.compile(search, "sql", table=table)
        rows: list[Any] = []
        for statement in compiled.pages:
            rows += engine.execute(statement.text, statement.params)
            if search.fetch is not None and len(rows) >= search.fetch:
                break
        return search.page(rows[: search.fetch], **options)

    return page_of


@heavy
@pytest.mark.parametrize("field", [NUMBER, TEXT, DEEP], ids=["integer", "string", "deep"])
@pytest.mark.parametrize(("name", "kind"), TEXT_DRIVERS)
def test_text_of_documents(name: str, kind: str, field: Field, engines: Engines) -> None:
    with documents_in(engines, name, kind, HOSTILE, field) as foreign:
        check_walks(foreign.schema, pages(foreign.engine, foreign.table))


@heavy
@pytest.mark.parametrize("field", [NUMBER, TEXT, DEEP], ids=["integer", "string", "deep"])
@pytest.mark.parametrize(("name", "kind"), DECODING_DRIVERS)
def test_decoded_documents(name: str, kind: str, field: Field, engines: Engines) -> None:
    with documents_in(engines, name, kind, DOCUMENTS, field) as foreign:
        check_walks(foreign.schema, pages(foreign.engine, foreign.table))
    with documents_in(engines, name, kind, HOSTILE, field, verify=False) as foreign:
        check_walks(foreign.schema, pages(foreign.engine, foreign.table, json_columns="decoded"))


@heavy
@pytest.mark.parametrize(("name", "kind"), [TEXT_DRIVERS[0], *TEXT_DRIVERS[2:], *DECODING_DRIVERS])
def test_references_in_documents(name: str, kind: str, engines: Engines) -> None:
    """A reference is a whole number, with a point or without one. An object with an id is none inside JSON."""
    with documents_in(engines, name, kind, REFERENCES, REFERENCE) as foreign:
        check_walks(foreign.schema, pages(foreign.engine, foreign.table))


@heavy
@pytest.mark.parametrize(("name", "kind"), DECODING_DRIVERS)
@pytest.mark.parametrize("text", ['{"v": 1}', ' \n{"v": 1}', "{v"])
def test_objects_in_strings_are_refused_where_a_driver_may_have_decoded_them(
    name: str, kind: str, text: str, engines: Engines
) -> None:
    with documents_in(engines, name, kind, [*DOCUMENTS, json.dumps(text)], verify=False) as foreign:
        with pytest.raises(CriteriaError) as refused:
            criteria.tables.verify(foreign.engine.connection, foreign.table)
        [problem] = refused.value.problems
        assert problem.code == "unfit_column"
        assert problem.message == (
            'Column "m" of "foreign_rows" does not fit field "m.v": '
            "it holds 1 value other than JSON that is encoded once."
        )
        found_by = (problem.hint or "").partition("found by ")[2]
        assert [row[0] for row in foreign.engine.execute(found_by)] == [len(DOCUMENTS) + 1]


SCHEMA = Schema("foreign", [KEY, NUMBER], system_properties=False)


def test_one_decoded_row_shows_that_all_are_decoded() -> None:
    search = criteria.parse_search({"orderBy": "m.v", "limit": 1}, SCHEMA)
    page = search.page([(1, '{"v": 1}'), (2, {"v": 2})])
    assert page.next_cursor == search.cursor((1, None))
    assert search.page([(1, '{"v": 1}'), (2, '{"v": 2}')]).next_cursor == search.cursor((1, {"v": 1}))


@pytest.mark.parametrize("document", ["note", "", "5", "null", "[1]", '"5"'])
def test_strings_without_an_object_have_no_members(document: str) -> None:
    search = criteria.parse_search({"orderBy": "m.v", "limit": 1}, SCHEMA)
    for record in ((1, document), {"id": 1, "m": document}, (1, document.encode())):
        assert search.cursor(record) == search.cursor((1, None))


def test_text_that_is_neither_a_document_nor_known_to_be_decoded() -> None:
    search = criteria.parse_search({"orderBy": "m.v", "limit": 1}, SCHEMA)
    with pytest.raises(CriteriaError, match="The column cannot be read") as refused:
        search.cursor((1, "Dear {name}"))
    assert 'pass json_columns="decoded"' in str(refused.value)
    assert search.cursor((1, "Dear {name}"), json_columns="decoded") == search.cursor((1, None))


def test_records_that_may_be_documents_or_rows() -> None:
    search = criteria.parse_search({"orderBy": "m.v", "limit": 1}, SCHEMA)
    record = {"_id": 7, "id": 1, "m": '{"v": 1}'}
    with pytest.raises(CriteriaError, match="may be a document of MongoDB, or a row of SQL") as refused:
        search.cursor(record)
    assert [problem.code for problem in refused.value.problems] == ["invalid_record"]
    assert search.cursor(record, json_columns="text") == search.cursor((1, {"v": 1}))
    assert search.cursor(record, json_columns="decoded") == search.cursor((1, None))


def test_another_kind_of_json_columns_is_refused() -> None:
    search = criteria.parse_search({"orderBy": "m.v", "limit": 1}, SCHEMA)
    wrongs: list[Any] = ["json", True, []]
    for wrong in wrongs:
        with pytest.raises(CriteriaError) as refused:
            search.page([], json_columns=wrong)
        with pytest.raises(CriteriaError):
            search.cursor((1, None), json_columns=wrong)
        assert [problem.code for problem in refused.value.problems] == ["unknown_option"]


@heavy
@pytest.mark.parametrize("field", [NUMBER, TEXT], ids=["integer", "string"])
def test_documents_of_mongodb(field: Field, engines: Engines) -> None:
    """Values of other types are refused by `collection`: MongoDB sorts them by their own type."""
    engine: Any = engines.get("mongodb")
    engine.database.drop_collection("json_pages")
    collection = engine.database["json_pages"]
    fitting = [one for one in HOSTILE if '{"v": {' not in (one or "") and not (one or "").startswith("[")]
    decoded = [None if one is None else json.loads(one) for one in fitting]
    kind = int if field is NUMBER else str
    decoded = [one for one in decoded if not isinstance(one, dict) or isinstance(one.get("v"), (kind, type(None)))]
    collection.insert_many([{"id": number, "m": document} for number, document in enumerate(decoded, 1)])
    schema = Schema("foreign", [KEY, field], system_properties=False)

    def page_of(search: Search) -> Page:
        compiled = criteria.compile(search, "mongo")
        found = collection.find(compiled.filter, sort=list(compiled.sort), skip=compiled.skip, limit=compiled.limit)
        page = search.page(list(found))
        return Page(tuple((one["id"],) for one in page.data), page.has_more_records, cursors=page.cursors)

    check_walks(schema, page_of)
    with pytest.raises(CriteriaError, match=r'an object as text on the path of field "m\.v"'):
        criteria.tables.collection(collection, schema)
    collection.delete_many({"m": '{"v": 1}'})
    criteria.tables.collection(collection, schema)
