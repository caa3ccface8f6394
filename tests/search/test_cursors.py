"""Cursors: what they are made of, what is refused, and what the page about them shows."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import criteria
from criteria import CriteriaError, Field, Schema, Search
from criteria.conformance import schemas
from criteria.conformance.strategies import criteria_objects
from criteria.limits import DEFAULT_LIMITS
from criteria.search import cursor
from tests.site.pages import failed_sessions

USERS = Schema(
    "user",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("name", "string"),
        Field("age", "integer"),
        Field("joined", "dateTime"),
        Field("paid", "decimal", precision=9, scale=2),
    ],
    system_properties=False,
)
ADA = {"id": 1, "name": "Ada", "age": None, "joined": datetime(2026, 1, 2, tzinfo=timezone.utc), "paid": Decimal("1.5")}
KEY = b"sixteen bytes or more"


def search(**params: Any) -> Search:
    """A search of users."""
    return criteria.parse_search(params, USERS)


@contextmanager
def refused(code: str, pointer: str) -> Iterator[None]:
    """Inside the block a search is refused with one problem."""
    with pytest.raises(CriteriaError) as caught:
        yield
    assert [(problem.code, problem.pointer) for problem in caught.value.problems] == [(code, pointer)]


def test_values_too_long_for_a_cursor() -> None:
    """One long value breaks no page: a client that skips goes on without a cursor, one that follows them is told."""
    records = [{**ADA, "id": at, "name": "b" * 30_000 if at == 2 else "a"} for at in range(4)]

    def page(**params: Any) -> criteria.Page:
        found: criteria.Page = criteria.compile(search(orderBy="name desc", limit=1, **params), "python")(records)
        return found

    first = page()
    assert "nextCursor" not in first.to_json()
    assert first.has_more_records
    assert [record["id"] for record in page(skip=1).data] == [3]
    with refused("unsupported", ""):
        _ = first.next_cursor
    following = page(after=search(orderBy="name desc").cursor({**ADA, "name": "c"}))
    assert [record["id"] for record in following.data] == [2]
    with refused("unsupported", ""):
        following.to_json()


def test_criteria_of_a_long_statement_are_in_one_statement() -> None:
    """Each range of a page repeats the criteria: with very many, one statement has all ranges."""
    for count, statements in ((1, 3), (998, 1)):
        pairs = [[{"NOT": {"paid": {"$gt": f"{at}.5"}}}, {"age": {"$ne": at}}] for at in range(count // 2 + 1)]
        query = {"OR": [{"AND": pair} for pair in pairs]}
        cursor = search(query=query, orderBy="name desc").cursor(ADA)
        found = criteria.compile(
            search(query=query, orderBy="name desc", after=cursor), "sql", dialect="sqlite", table="t"
        )
        assert len(found.pages) == statements
        assert (found.pages == (found.rows,)) is (statements == 1)


def test_the_page_shows_what_happens() -> None:
    """The examples of docs/paging.md, run one after the other, print what is shown below them."""
    attempted, report = failed_sessions("docs/paging.md")
    assert attempted > 20
    assert report == []


def test_the_position_of_a_cursor_has_typed_values() -> None:
    """A cursor holds the values of all sort keys, and the key that ends them."""
    order = {"orderBy": "joined desc,paid,age", "limit": 1}
    token = search(**order).cursor(ADA)
    assert search(**order, after=token).after == (ADA["joined"], Decimal("1.50"), None, 1)
    assert search(**order, before=token).before == search(**order, after=token).after
    assert re.fullmatch(r"[0-9A-Za-z_-]+", token)


@pytest.mark.parametrize("record", [
    ADA,
    {**ADA, "joined": "2026-01-02T00:00:00.000Z", "paid": "1.50"},
    (1, "Ada", None, "2026-01-02T00:00:00.000Z", "1.50"),
    (1, "Ada", None, datetime(2026, 1, 2), Decimal("1.50")),
    type("User", (), ADA)(),
], ids=["typed", "json", "row", "row of a driver", "object"])  # fmt: skip
def test_a_cursor_is_the_same_however_the_record_was_fetched(record: Any) -> None:
    """Typed and JSON records, rows and objects with the same values are at the same position."""
    wanted = search(orderBy="joined,paid,age")
    assert wanted.cursor(record) == wanted.cursor(ADA)


@pytest.mark.parametrize(
    "other",
    [
        {"orderBy": "age desc"}, {"orderBy": "name"}, {"orderBy": "age,name"}, {},
        {"orderBy": "age", "query": {"name": "Ada"}}, {"orderBy": "age", "query": {"age": {"$gt": 1}}},
    ],
    ids=str,
)  # fmt: skip
def test_a_cursor_of_another_search_is_refused(other: dict[str, Any]) -> None:
    """The order and the criteria are those of the page that the cursor is of."""
    token = search(orderBy="age", query={"age": {"$gt": 0}}).cursor(ADA)
    with refused("cursor_mismatch", "/after"):
        search(**other, after=token)


def test_the_order_of_members_does_not_matter() -> None:
    """Criteria that are written in another order are the same criteria."""
    token = search(query='{"age": {"$in": [1, 2]}, "name": "Ada"}').cursor(ADA)
    assert search(query='{"name": "Ada", "age": {"$in": [2, 1]}}', after=token).after == (1,)


@given(criteria_objects(schemas.SCALARS))
def test_the_scope_of_criteria_is_that_of_their_json(written: dict[str, Any]) -> None:
    """The text that identifies criteria is made without their JSON, and would be the same with it."""
    query = criteria.parse(written, schemas.SCALARS)
    assert cursor._text(query.expression, DEFAULT_LIMITS.nesting) in (None, cursor._sorted(query.to_json()))


def test_a_cursor_of_another_schema_is_refused() -> None:
    """A field of another type is another order."""
    other = Schema("user", [Field("id", "string", is_unique=True, nullable=False)], system_properties=False)
    with refused("cursor_mismatch", "/after"):
        criteria.parse_search({"after": search().cursor(ADA)}, other)


@pytest.mark.parametrize(
    "token", ["", "?", "AAAA", "=", "a" * 100, "é", 5, True, [], "AAAAAAAAAABbMV0=", "AAAA AAAAAABbMV0"], ids=repr
)
def test_what_is_no_cursor_is_refused(token: Any) -> None:
    """Garbage has an error with its place."""
    with refused("invalid_cursor", "/after"):
        search(after=token)


@given(st.data())
def test_a_changed_cursor_is_never_an_exception_of_another_kind(data: st.DataObject) -> None:
    """Each change of a byte is refused, or is the cursor of another position."""
    body = bytearray(base64.urlsafe_b64decode(search(orderBy="name").cursor(ADA) + "=="))
    body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    token = base64.urlsafe_b64encode(bytes(body)).decode().rstrip("=")
    try:
        found = search(orderBy="name", after=token)
    except CriteriaError as error:
        assert {problem.code for problem in error.problems} <= {"invalid_cursor", "cursor_mismatch"}
    else:
        assert found.after is not None
        assert isinstance(found.after[1], int)


@given(st.integers(0, 100), st.integers(1, 255))
def test_a_signed_cursor_cannot_be_changed(at: int, by: int) -> None:
    """Any other byte breaks the signature; so does another key, or none."""
    signing = criteria.parse_search({"orderBy": "name"}, USERS, cursor_key=KEY)
    token = signing.cursor(ADA)
    assert criteria.parse_search({"orderBy": "name", "after": token}, USERS, cursor_key=KEY).after == ("Ada", 1)
    body = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    body[at % len(body)] ^= by
    changed = base64.urlsafe_b64encode(bytes(body)).decode().rstrip("=")
    for wrong, key in ((changed, KEY), (token, KEY + b"!"), (search(orderBy="name").cursor(ADA), KEY)):
        with refused("invalid_cursor", "/after"):
            criteria.parse_search({"orderBy": "name", "after": wrong}, USERS, cursor_key=key)


def test_parameters_that_exclude_each_other() -> None:
    """skip counts from the first record; a page is after or before."""
    token = search().cursor(ADA)
    with refused("invalid_parameter", "/skip"):
        search(after=token, skip=1)
    with refused("invalid_parameter", "/before"):
        search(after=token, before=token)
    assert search(after=token, skip=0).after == (1,)


def test_a_schema_without_a_key_has_no_cursors() -> None:
    """Positions of records that nothing tells apart would lose some of them."""
    schema = Schema("log", [Field("text", "string")], system_properties=False)
    with refused("unsupported", "/after"):
        criteria.parse_search({"after": "AAAAAAAAAABbMV0"}, schema)
    page = criteria.compile(criteria.parse_search({}, schema), "python")([{"text": "a"}] * 20)
    assert page.next_cursor is None


@pytest.mark.parametrize("record", [{"id": 1}, {"id": None, "age": 1}, {"id": 1, "age": "old"}, (1, 2), 5], ids=str)
def test_a_record_without_the_sort_keys_makes_no_cursor(record: Any) -> None:
    """A cursor of half a position would lose records."""
    with refused("invalid_record", ""):
        search(orderBy="age").cursor(record)


def test_a_condition_of_the_server_keeps_the_cursors() -> None:
    """Cursors belong to the client's query; another tenant's condition changes no cursor."""
    wanted = search(orderBy="name", limit=1)
    own = replace(wanted, query=wanted.query & criteria.parse({"age": None}, USERS))
    page = criteria.compile(own, "python")([ADA, {**ADA, "id": 2}, {**ADA, "id": 3, "age": 5}])
    again = search(orderBy="name", limit=1, after=page.next_cursor)
    own = replace(again, query=again.query & criteria.parse({"age": None}, USERS))
    assert [one["id"] for one in criteria.compile(own, "python")([ADA, {**ADA, "id": 2}, {**ADA, "id": 3}]).data] == [2]


def test_records_written_meanwhile_move_nothing() -> None:
    """Between two pages the last record is deleted and one is inserted before: the rest comes once."""
    records = [{"id": number, "name": None, "age": number % 3, "joined": None, "paid": None} for number in range(9)]
    order = {"orderBy": "age", "limit": 4}
    first = criteria.compile(search(**order), "python")(records)
    assert [one["id"] for one in first.data] == [0, 3, 6, 1]
    later = [one for one in records if one["id"] != 1] + [{**records[0], "id": -1, "age": -5}]
    second = criteria.compile(search(**order, after=first.next_cursor), "python")(later)
    assert [one["id"] for one in second.data] == [4, 7, 2, 5]


def test_a_backend_without_cursors_refuses_them() -> None:
    """A backend of somebody else that does not know positions would answer with the first page."""
    from criteria.backends import Backend
    from criteria.backends.compiling import compile_for

    backend = Backend("words", lambda *_, **__: "", lambda *_, **__: "the first page", storages={})
    assert compile_for(backend, search(), {}) == "the first page"
    with refused("unsupported", ""):
        compile_for(backend, search(after=search().cursor(ADA)), {})


def test_cursors_in_the_envelope() -> None:
    """The response has the cursors of the pages that there are."""
    records = [{**ADA, "id": number} for number in range(1, 4)]
    first = criteria.compile(search(limit=2), "python")(records)
    assert first.to_json(USERS)["nextCursor"] == first.next_cursor
    assert "previousCursor" not in first.to_json(USERS)
    last = criteria.compile(search(limit=2, after=first.next_cursor), "python")(records)
    assert last.to_json(USERS).keys() >= {"previousCursor"}
    assert "nextCursor" not in last.to_json(USERS)
