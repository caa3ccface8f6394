"""Pages by cursor, put together, are the ordered list: on every engine, forwards and backwards."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import criteria
from criteria import Field, Schema, Search
from criteria.conformance import schemas
from criteria.conformance.strategies import criteria_objects, order_by_texts, records
from tests.conftest import CASES, Engines, capped
from tests.engines.table import rebuilt
from tests.search.walks import walk
from tests.test_agreement import tables

RENAMED = Schema(
    "renamed",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("name", "string", column="full_name"),
        Field("nick", "string", column="name"),
        Field("addr.city", "string", column="address"),
    ],
    system_properties=False,
)
"""Columns with other names than their fields, and one with the name of another field."""
WALKED = {**schemas.ALL, RENAMED.name: RENAMED}


@pytest.mark.parametrize("name", WALKED)
def test_walks_on_every_engine(name: str, engines: Engines) -> None:
    """No record is lost and none comes twice, whatever is null and whatever is equal."""
    schema = WALKED[name]

    @settings(max_examples=capped(max(5, CASES // 400)))
    @given(
        rows=records(schema, max_size=9),
        criteria_json=st.one_of(st.just({}), criteria_objects(schema, 2)),
        order_by=order_by_texts(schema),
        size=st.integers(1, 3),
        counts=st.booleans(),
    )
    def whole(
        rows: list[dict[str, Any]], criteria_json: dict[str, Any], order_by: str, size: int, counts: bool
    ) -> None:
        query, order = criteria.parse(criteria_json, schema), criteria.parse_order_by(order_by, schema)
        search = Search(query, order, size, get_total_count=counts)
        typed = {row["id"]: rebuilt(schema, row) for row in rows}
        for engine, table in tables(engines, schema):
            with table.holding(rows):
                assert walk(search, typed, table.search) == [], engine.name

    whole()
