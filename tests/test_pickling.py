"""Public values are pickled, for processes that share work: what is loaded is equal, or selects the same."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from decimal import Decimal
from multiprocessing import get_context
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, Limits, Problem, Schema
from criteria.backends.sql.dialects import DIALECTS, STORED
from criteria.conformance.schemas import SCALARS
from criteria.files.faults import DataFault, FaultKind, FileFault, UsageFault
from criteria.web import Access, ApiError, ApiStatus, Caller, Entity, Keys, RequestError, json_object
from criteria.web.json_rows import JsonRows
from criteria.web.starlette import Call

SCHEMA = Schema(
    "thing",
    [
        Field("name", "string"),
        Field("price", "decimal", precision=5, scale=2),
        Field("names", "string", is_list=True),
        Field("other", "objectRef", object_entity_type="thing"),
    ],
    custom_properties=[Field("age", "integer")],
)
QUERY = criteria.parse(
    {"AND": [{"name": {"$startsWith": "a"}}, {"price": {"$in": ["1.00", "2"]}}, {"NOT": {"names": "b"}}]}, SCHEMA
)
PARAMETERS = {"query": {"name": "a"}, "orderBy": "name desc", "limit": 1, "resolve": "other", "getTotalCount": True}
SEARCH = criteria.parse_search(PARAMETERS, SCHEMA)
PLAIN = criteria.parse({"a": {"$gt": 5}}, Schema("plain", [Field("a", "integer")], system_properties=False))
RECORDS = [{"objectId": at, "name": name, "price": Decimal(1)} for at, name in enumerate(("a", "ab", "b", "a"), 1)]
EMPTY = dict.fromkeys(SCHEMA.names[1:3], None)

VALUES: dict[str, Any] = {
    "Schema": SCHEMA,
    "Field": SCALARS.fields[0],
    "Query": QUERY,
    "Query without a schema": criteria.parse({"a.b": 1.5}),
    "Search": SEARCH,
    "SortKey": SEARCH.order_by[0],
    "Limits": Limits(leaves=5),
    "Page": SEARCH.page(RECORDS, 4),
    "Problem": Problem("not_unique", "m", "/a", 1, 2, "h", is_key=True),
    "Explanation": criteria.explain(QUERY, RECORDS[0]),
    **{f"Sql for {name}": criteria.compile(PLAIN, "sql", dialect=name, table="t") for name in DIALECTS},
    "SqlSearch": criteria.compile(SEARCH, "sql", dialect="sqlite", table="t"),
    **{f"storage of {name}": criteria.storage(SCHEMA, name) for name in (*STORED, "mongo")},
    "UPDATE": criteria.storage(SCHEMA, "sqlite").update({"objectId": 1, **EMPTY}, QUERY),
    "MongoDB filter": criteria.compile(QUERY, "mongo"),
    "MongoDB search": criteria.compile(SEARCH, "mongo"),
    "Keys": Keys("a-key", "a-master-key"),
    "Caller": Caller(Access.USER, 5, "a-session"),
    "Entity": Entity("thing", [Field("name", "string")], custom_properties=[]),
    "Call": Call("GET", {"id": "1"}, {}, (("a", "b"),), b"{}"),
    "JsonObject": json_object(b'{"a": 1}'),
}
PROBLEM = Problem("invalid_json", "m", "/a", 1, 2)
ERRORS: dict[str, Exception] = {
    "CriteriaError": CriteriaError(PROBLEM, PROBLEM),
    "RequestError": RequestError(PROBLEM),
    "ApiError": ApiError(ApiStatus.BAD_REQUEST, "m", [PROBLEM], {"Allow": "GET"}),
    "FileFault": FileFault(FaultKind.NO_FILES, PROBLEM),
    "DataFault": DataFault("a.csv", PROBLEM, text=b"x", first_line=3, kind=FaultKind.RAGGED_ROW),
    "UsageFault": UsageFault(FaultKind.NO_FILES, "m", "h", "unsupported"),
}
HOW: dict[str, Callable[[Any], Any]] = {
    "pickled": lambda value: pickle.loads(pickle.dumps(value)),  # noqa: S301
    "copied": copy.copy,
    "copied deeply": copy.deepcopy,
}


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("name", VALUES)
def test_a_value_is_equal_afterwards(name: str, how: str) -> None:
    """And of the same class."""
    found = HOW[how](VALUES[name])
    assert type(found) is type(VALUES[name])
    assert found == VALUES[name]


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("name", ERRORS)
def test_an_error_says_the_same_afterwards(name: str, how: str) -> None:
    """With its problems and everything else that it knows."""
    found = HOW[how](ERRORS[name])
    assert type(found) is type(ERRORS[name])
    assert (str(found), vars(found)) == (str(ERRORS[name]), vars(ERRORS[name]))


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("records", ["typed", "json", "canonical"])
def test_predicates_and_searches_of_records(records: str, how: str) -> None:
    """They are compiled again where they are loaded, and select the same records in the same order."""
    matches = criteria.compile(QUERY, "python", records=records)
    search = criteria.compile(SEARCH, "python", records=records)
    again, searched = HOW[how](matches), HOW[how](search)
    assert again.filter(RECORDS) == matches.filter(RECORDS)
    assert [again(record) for record in RECORDS] == [matches(record) for record in RECORDS]
    assert searched(RECORDS) == search(RECORDS)
    assert searched(RECORDS).data[0]["objectId"] == 4


def test_a_query_of_the_same_form_has_its_own_values() -> None:
    """Templates are shared by queries of one form, and what is pickled has the values of its query."""
    predicates = [criteria.compile(criteria.parse({"name": name}, SCHEMA), "python") for name in ("a", "b", "ab")]
    again = [HOW["pickled"](one) for one in predicates]
    assert [[record["objectId"] for record in one.filter(RECORDS)] for one in again] == [[1, 4], [3], [2]]


def test_another_process_takes_a_predicate() -> None:
    """As `multiprocessing` does it on systems that do not fork."""
    with get_context("spawn").Pool(1) as pool:
        assert pool.map(criteria.compile(QUERY, "python"), RECORDS) == [True, True, False, True]


def test_readers_of_rows_are_pickled_and_copied() -> None:
    """They make the same objects of the rows of a table."""
    entity = Entity("thing", [Field("name", "string"), Field("price", "decimal", precision=5, scale=2)])
    storage = criteria.storage(entity.stored, "sqlite")
    made = "2026-01-01T00:00:00.000Z"
    record = {"objectId": 1, "createDate": made, "updateDate": made, "name": "a", "price": "1.50"}
    rows = [tuple(storage.encode(entity.stored.decode(record)))]
    readers = JsonRows(entity, storage)
    for one in (pickle.loads(pickle.dumps(readers)), copy.deepcopy(readers)):  # noqa: S301
        assert one.to_json(rows) == readers.to_json(rows) == [record]
