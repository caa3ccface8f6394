"""Pages of frames by cursor, put together, are the ordered list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import criteria
from criteria import Page, Search
from criteria.backends import frame as backend
from criteria.conformance.strategies import criteria_objects, order_by_texts, records
from tests.conftest import CASES, capped
from tests.engines.table import rebuilt
from tests.frames.conftest import Frames
from tests.frames.kinds import FrameKind
from tests.frames.tables import arrow_table
from tests.frames.test_agreement import ALL, NUMPY, keys, kinds_for
from tests.search.walks import walk


def runner(kind: FrameKind, table: Any) -> Callable[[Search], Page]:
    """Gives the page of a search on a frame, with ids as its data."""
    frame = kind.make(table)

    def run(search: Search) -> Page:
        page = backend.search(frame, search)
        return Page(tuple(keys(kind, page.data)), page.has_more_records, page.total_count)

    return run


@pytest.mark.heavy("generated walks on every kind of frame")
@pytest.mark.parametrize("name", ALL)
def test_walks_on_every_frame(name: str, frames: Frames) -> None:
    """No row is lost and none comes twice, whatever is null and whatever is equal."""
    schema = ALL[name]
    kinds = kinds_for(frames, schema)

    @settings(max_examples=capped(max(3, CASES // 400)))
    @given(
        rows=records(schema, max_size=7),
        criteria_json=st.one_of(st.just({}), criteria_objects(schema, 2)),
        order_by=order_by_texts(schema),
        size=st.integers(1, 3),
    )
    def whole(rows: list[dict[str, Any]], criteria_json: dict[str, Any], order_by: str, size: int) -> None:
        query, order = criteria.parse(criteria_json, schema), criteria.parse_order_by(order_by, schema)
        typed = {row["id"]: rebuilt(schema, row) for row in rows}
        table = arrow_table(schema, rows)
        for kind in kinds:
            assert walk(Search(query, order, size), typed, runner(kind, table)) == [], kind.name

    whole()


@pytest.mark.parametrize("before", [False, True])
def test_cursors_of_a_page(before: bool, kind: FrameKind) -> None:
    """A page of a frame has the cursors of its first and last row."""
    if not kind.holds_everything:
        pytest.skip("its types hold no nulls in these columns")
    rows = [{"id": number, "string": text} for number, text in enumerate(["b", None, "a", "b"], 1)]
    frame = kind.make(arrow_table(NUMPY, [{"integer": 1, "boolean": True, **row} for row in rows]))
    params = {"orderBy": "string", "limit": 2, "getTotalCount": True}
    first = backend.search(frame, criteria.parse_search(params, NUMPY))
    assert keys(kind, first.data) == [2, 3]
    assert first.previous_cursor is None
    second = backend.search(frame, criteria.parse_search({**params, "after": first.next_cursor}, NUMPY))
    assert (keys(kind, second.data), second.has_more_records, second.total_count) == ([1, 4], False, 4)
    assert second.next_cursor is None
    if before:
        again = backend.search(frame, criteria.parse_search({**params, "before": second.previous_cursor}, NUMPY))
        assert (keys(kind, again.data), again.has_more_records, again.total_count) == ([2, 3], False, 4)
        assert again.previous_cursor is None
        assert again.next_cursor == first.next_cursor


@pytest.mark.heavy("every kind of frame")
@pytest.mark.parametrize("integer", [None, 2])
def test_pages_ordered_by_the_key_alone(integer: int | None, kind: FrameKind) -> None:
    """They have their rows in both directions. DuckDB 1.5.0 lost rows of Arrow tables here."""
    rows = [{"id": number, "integer": number % 3, "boolean": True} for number in range(1, 13)]
    frame = kind.make(arrow_table(NUMPY, rows))
    selected = [row["id"] for row in rows if integer in (None, row["integer"])]
    query = {} if integer is None else {"integer": integer}
    for order_by, expected in (("id", selected), ("id desc", selected[::-1])):
        for skip in (0, 1, len(selected)):
            params = {"query": query, "orderBy": order_by, "limit": 2, "skip": skip}
            page = backend.search(frame, criteria.parse_search(params, NUMPY))
            assert keys(kind, page.data) == expected[skip : skip + 2], (order_by, skip)
            assert page.has_more_records == (len(selected) > skip + 2)
