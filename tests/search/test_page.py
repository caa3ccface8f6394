"""Pages and their response envelope (docs/language.md#paging)."""

from __future__ import annotations

import json
from collections import OrderedDict
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

import criteria
from criteria import CriteriaError, Field, Page, Schema, Search
from criteria.conformance import schemas
from criteria.conformance.strategies import records
from tests.memory import garbage
from tests.parsing.arbitrary import FEWER
from tests.parsing.outcome import refused

QUERY = criteria.parse({})


@pytest.mark.parametrize(
    ("page", "envelope"),
    [
        (Page((), False), {"apiStatusCode": "Success", "hasMoreRecords": False, "data": []}),
        (
            Page(({"a": 1},), True, 156),
            {"apiStatusCode": "Success", "hasMoreRecords": True, "totalCount": 156, "data": [{"a": 1}]},
        ),
        (Page((), False, 0), {"apiStatusCode": "Success", "hasMoreRecords": False, "totalCount": 0, "data": []}),
    ],
)
def test_envelope(page: Page, envelope: dict[str, Any]) -> None:
    """The envelope has its four keys; totalCount only when the search counts, also when the count is 0."""
    assert page.to_json() == envelope
    assert json.loads(json.dumps(page.to_json())) == envelope


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Decimal("1.50"), "1.50"),
        (Decimal("1E+3"), "1000"),
        (Decimal("-0.0000001"), "-0.0000001"),
        (Decimal("-0.00"), "0.00"),
        (UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), "6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
        (datetime(2024, 1, 1, tzinfo=timezone.utc), "2024-01-01T00:00:00.000Z"),
        (datetime(2024, 1, 1, 5, tzinfo=timezone(timedelta(hours=5))), "2024-01-01T00:00:00.000Z"),
        (datetime(2024, 1, 1, 0, 0, 0, 1, timezone.utc), "2024-01-01T00:00:00.000001Z"),
        (datetime(1, 1, 1, tzinfo=timezone.utc), "0001-01-01T00:00:00.000Z"),
        (date(1, 1, 1), "0001-01-01"),
        (date(2024, 2, 29), "2024-02-29"),
        ([1, None, (Decimal(1), {"b": UUID(int=0)})], [1, None, ["1", {"b": "00000000-0000-0000-0000-000000000000"}]]),
        (MappingProxyType({"a": OrderedDict(b=Decimal(2))}), {"a": {"b": "2"}}),
        (True, True),
        (None, None),
        ("text", "text"),
        (1.5, 1.5),
    ],
)
def test_values(value: Any, written: Any) -> None:
    """Values of Python's own classes are written as JSON records have them, at any depth."""
    record = {"a": value}
    assert Page((record,), False).to_json()["data"] == [{"a": written}]
    assert record == {"a": value}


class Count(int):
    """A subclass of int."""


class Name(str):
    """A subclass of str."""

    __slots__ = ()


def test_values_become_plain() -> None:
    """A value of a subclass becomes one of the plain class: encoders treat subclasses differently."""
    [record] = Page(({Name("n"): Count(5), "s": Name("x")},), False).to_json()["data"]
    assert [type(value) for pair in record.items() for value in pair] == [str, int, str, str]


@pytest.mark.parametrize(
    "value",
    [
        datetime(2024, 1, 1),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=5))),
        timedelta(1),
        float("nan"),
        float("inf"),
        float("-inf"),
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("Infinity"),
        Decimal("1E+999999"),
        b"bytes",
        bytearray(b"bytes"),
        memoryview(b"bytes"),
        {"a"},
        frozenset({"a"}),
        1j,
        range(3),
        object(),
        object,
        "\ud800",
        {5: "key"},
        {None: "key"},
        {"\ud800": "key"},
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_json_cannot_hold_is_refused(value: Any) -> None:
    """What has no JSON, or may mean several things (a naive datetime), is refused at its place, not passed on."""
    page = Page(({"name": "Ann"}, {"name": value, "more": [1, value]}), False)
    with pytest.raises(CriteriaError) as caught:
        page.to_json()
    assert [(one.code, one.pointer) for one in caught.value.problems] == [
        ("invalid_record", "/data/1/name"),
        ("invalid_record", "/data/1/more/1"),
    ]


@pytest.mark.parametrize(
    "record", [object(), b"x", {1, 2}, datetime(2024, 1, 1)], ids=lambda value: type(value).__name__
)
def test_a_record_that_is_not_json_is_refused(record: Any) -> None:
    """A record of a class of its own has to be made a mapping first: its attributes are not guessed at."""
    with pytest.raises(CriteriaError) as caught:
        Page((record,), False).to_json()
    assert [(one.code, one.pointer) for one in caught.value.problems] == [("invalid_record", "/data/0")]


@FEWER
@given(data=st.lists(garbage.records(schemas.NESTED), max_size=3).map(tuple))
def test_pages_of_any_records(data: tuple[Any, ...]) -> None:
    """Whatever a page holds, its envelope is JSON or a CriteriaError, with its schema and without."""
    for schema in (None, schemas.NESTED):
        found = refused(lambda: Page(data, False).to_json(schema))  # noqa: B023
        assert isinstance(found, tuple) or json.loads(json.dumps(found, allow_nan=False)) == found


def test_a_record_without_end_is_refused() -> None:
    """A record that contains itself, or is nested deeper than BSON can be, is refused; 100 levels are not."""
    endless: dict[str, Any] = {}
    endless["a"] = endless
    deep: Any = "x"
    for _ in range(100):
        deep = [deep]
    assert Page((deep,), False).to_json()["data"] == [deep]
    for record in (endless, [deep]):
        with pytest.raises(CriteriaError) as caught:
            Page((record,), False).to_json()
        assert [one.code for one in caught.value.problems] == ["invalid_record"]


DIGITS = Schema(
    "digits",
    [
        Field("ms", "dateTime"),
        Field("us", "dateTime", precision=6),
        Field("price", "decimal", precision=8, scale=3),
        Field("p.times", "dateTime", precision=6, is_list=True),
    ],
    system_properties=False,
)
NEW_YEAR = datetime(2024, 1, 1, tzinfo=timezone.utc)


def test_digits_by_value() -> None:
    """Without a schema an instant has 3 digits of a second, or 6 when it is finer, and a decimal its own digits."""
    record = {"ms": NEW_YEAR, "us": NEW_YEAR.replace(microsecond=1), "price": Decimal("1.5")}
    assert Page((record,), False).to_json()["data"] == [
        {"ms": "2024-01-01T00:00:00.000Z", "us": "2024-01-01T00:00:00.000001Z", "price": "1.5"}
    ]


def test_digits_by_schema() -> None:
    """With a schema an instant and a decimal have the digits that their field declares, whatever the value is."""
    record = {"ms": NEW_YEAR, "us": NEW_YEAR, "price": Decimal("1.5"), "p": {"times": [NEW_YEAR, None]}, "x": NEW_YEAR}
    assert Page((record,), False).to_json(DIGITS)["data"] == [
        {
            "ms": "2024-01-01T00:00:00.000Z",
            "us": "2024-01-01T00:00:00.000000Z",
            "price": "1.500",
            "p": {"times": ["2024-01-01T00:00:00.000000Z", None]},
            "x": "2024-01-01T00:00:00.000Z",
        }
    ]


def test_more_digits_than_the_schema_has() -> None:
    """With a schema, an instant finer than its field or a decimal with more digits is refused, never cut."""
    fine = NEW_YEAR.replace(microsecond=1)
    record = {"ms": fine, "us": fine, "price": Decimal("1.0001"), "p": {"times": [fine, datetime(2024, 1, 1)]}}
    with pytest.raises(CriteriaError) as caught:
        Page((record,), False).to_json(DIGITS)
    assert [one.pointer for one in caught.value.problems] == ["/data/0/ms", "/data/0/price", "/data/0/p/times/1"]


def test_json_records_stay_as_they_are() -> None:
    """Records that are JSON already, and resolved references, are written as they are, with a schema or without."""
    schema = Schema("s", [Field("owner", "objectRef", object_entity_type="user"), *DIGITS.fields])
    record = {"ms": "2024-01-01T00:00:00Z", "price": 1.5, "owner": {"objectId": 1, "email": "x"}}
    assert Page((record,), False).to_json()["data"] == Page((record,), False).to_json(schema)["data"] == [record]


@pytest.mark.parametrize("schema", schemas.ALL.values(), ids=lambda one: one.name)
def test_with_its_schema_a_page_holds_what_the_schema_encodes(schema: Schema) -> None:
    """The envelope of typed records, made with their schema, holds the canonical JSON records."""

    @FEWER
    @given(rows=records(schema))
    def canonical(rows: list[dict[str, Any]]) -> None:
        typed = [schema.decode(row) for row in rows]
        assert Page(tuple(typed), False).to_json(schema)["data"] == [schema.encode(record) for record in typed]

    canonical()


@pytest.mark.parametrize("schema", schemas.ALL.values(), ids=lambda one: one.name)
def test_typed_records_become_json_records(schema: Schema) -> None:
    """The envelope of decoded records can be written as JSON and decoded again to the same records."""

    @FEWER
    @given(rows=records(schema))
    def whole(rows: list[dict[str, Any]]) -> None:
        typed = [schema.decode(row) for row in rows]
        envelope = json.loads(json.dumps(Page(tuple(typed), False).to_json()))
        assert [schema.decode(row) for row in envelope["data"]] == typed

    whole()


@given(count=st.integers(0, 8), limit=st.one_of(st.none(), st.integers(0, 5)), skip=st.integers(0, 5))
def test_a_page_of_fetched_records(count: int, limit: int | None, skip: int) -> None:
    """A page made of the records that a search fetches shows `limit` of them, and says whether more follow."""
    search = Search(QUERY, (), limit, skip)
    stored = list(range(count))
    fetched = stored[skip:] if search.fetch is None else stored[skip : skip + search.fetch]
    page = search.page(fetched, count)
    assert list(page.data) == (stored[skip:] if limit is None else stored[skip : skip + limit])
    assert page.has_more_records is (limit is not None and skip + limit < count)
    assert page.total_count == count


@given(count=st.integers(0, 8), limit=st.integers(1, 5), skip=st.integers(0, 5))
def test_a_page_of_records_in_memory(count: int, limit: int, skip: int) -> None:
    """The Python backend's page of any records, in the order of the request, with the count when the search counts."""
    schema = Schema("s", [Field("n", "integer")], system_properties=False)
    rows = [{"n": number} for number in range(count)]
    params = {"orderBy": "n desc", "limit": limit, "skip": skip, "getTotalCount": True}
    page = criteria.compile(criteria.parse_search(params, schema), "python")(iter(rows))
    assert list(page.data) == rows[::-1][skip : skip + limit]
    assert (page.has_more_records, page.total_count) == (skip + limit < count, count)


def test_no_records() -> None:
    """With a limit of 0 no record is shown, and the count still counts."""
    rows = [{"a": 1}, {"a": 2}]
    assert criteria.compile(Search(QUERY, (), 0), "python")(rows) == Page((), False)
    counted = criteria.compile(Search(QUERY, (), 0, 0, True), "python")(rows)
    assert (counted.data, counted.total_count) == ((), 2)


def test_printing() -> None:
    """A page prints its number of records, not the records."""
    assert repr(Page(({"a": "secret"},), False)) == "Page(1 records)"
    assert repr(Page((), True, 7)) == "Page(0 records of 7, more follow)"


def test_a_record_with_the_names_of_columns_is_told_to_take_those_of_fields() -> None:
    """The declaration that the column holds UTC belongs to the field, so it is not seen under the column's name."""
    field = Field("createdAt", "dateTime", column="created_at", precision=6, time_zone="UTC")
    schema = Schema("order", [field], system_properties=False)
    page = criteria.Page(({"created_at": datetime(2026, 6, 1)},), False)
    with pytest.raises(CriteriaError) as refused:
        page.to_json(schema)
    assert refused.value.problems[0].hint == 'The record has "created_at": name it "createdAt", like the field.'
