"""Pages, and the envelope in which the documents return them."""

from __future__ import annotations

import json
from collections import OrderedDict
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

import criteria
from criteria import Field, Page, Schema, Search
from tests import schemas
from tests.parsing.arbitrary import FEWER
from tests.strategies import records

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
    """The envelope has the documents' keys; totalCount is there when somebody asked for it, also when it is 0."""
    assert page.to_json() == envelope
    assert json.loads(json.dumps(page.to_json())) == envelope


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Decimal("1.50"), "1.50"),
        (Decimal("1E+3"), "1000"),
        (Decimal("-0.0000001"), "-0.0000001"),
        (UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), "6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
        (datetime(2024, 1, 1, tzinfo=timezone.utc), "2024-01-01T00:00:00.000Z"),
        (datetime(2024, 1, 1, 5, tzinfo=timezone(timedelta(hours=5))), "2024-01-01T00:00:00.000Z"),
        (datetime(2024, 1, 1, 0, 0, 0, 1, timezone.utc), "2024-01-01T00:00:00.000001Z"),
        (datetime(1, 1, 1, tzinfo=timezone.utc), "0001-01-01T00:00:00.000Z"),
        ([1, None, (Decimal(1), {"b": UUID(int=0)})], [1, None, ["1", {"b": "00000000-0000-0000-0000-000000000000"}]]),
        (MappingProxyType({"a": OrderedDict(b=Decimal(2))}), {"a": {"b": "2"}}),
        (True, True),
        (None, None),
        ("text", "text"),
        (1.5, 1.5),
    ],
)
def test_values(value: Any, written: Any) -> None:
    """Values of Python's own classes are written as JSON records have them, however deep they lie."""
    record = {"a": value}
    assert Page((record,), False).to_json()["data"] == [{"a": written}]
    assert record == {"a": value}


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
    """The Python backend's page of any records, in the order of the request, with the count when it is asked for."""
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
    """A page prints how much it holds, not what."""
    assert repr(Page(({"a": "secret"},), False)) == "Page(1 records)"
    assert repr(Page((), True, 7)) == "Page(0 records of 7, more follow)"
