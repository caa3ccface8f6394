"""One query, one answer: generated criteria select the same generated records on every engine, in the same order.

The laws are checks of the conformance kit, in tests/conformance.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import criteria
from criteria import CriteriaError, Schema, Search
from criteria.conformance import schemas
from criteria.conformance.checks import expected_page
from criteria.conformance.strategies import criteria_objects, order_by_texts, records
from tests.conftest import CASES, Engines, capped
from tests.engines import Engine, Table

_SHARES = {"scalars": 3, "lists": 3, "nested": 3, "names": 1, "microseconds": 1, "keyed": 1, "objects": 2, "listed": 1}
"""How the examples of a profile are divided among the schemas."""


def tables(engines: Engines, schema: Schema) -> list[tuple[Engine, Table]]:
    """The table of a schema on each engine that can hold its records."""
    found = []
    for engine in engines.all():
        try:
            found.append((engine, engine.table(schema)))
        except CriteriaError as error:
            assert engine.name == "mongodb", error
            assert {problem.code for problem in error.problems} == {"unsupported"}
    return found


def differences(engines: Engines, schema: Schema, rows: list[dict[str, Any]], criteria_json: dict[str, Any],
                order_by: str, limit: int | None, skip: int) -> list[Any]:  # fmt: skip
    """The differences between an engine's answer and the answer of `criteria.conformance.reference`."""
    query = criteria.parse(criteria_json, schema)
    search = Search(query, criteria.parse_order_by(order_by, schema), limit, skip, get_total_count=True)
    page = expected_page(search, rows)
    ids = sorted(expected_page(Search(query, limit=None), rows).data)
    wrong: list[Any] = []
    for engine, table in tables(engines, schema):
        with table.holding(rows):
            keys = sorted(table.select(query))
            if keys != ids:
                wrong.append((engine.name, "selects", keys, "not", ids))
            answer = table.search(search)
            if answer != page:
                wrong.append((engine.name, "pages", answer.data, answer, "not", page.data, page))
    return wrong


def _share(schema: Schema) -> int:
    return capped(max(10, CASES * _SHARES[schema.name] // sum(_SHARES.values())))


@pytest.mark.parametrize("name", schemas.ALL)
def test_generated_criteria_select_the_same_records_everywhere(name: str, engines: Engines) -> None:
    """Every engine selects, orders, pages and counts as docs/language.md#laws says."""
    schema = schemas.ALL[name]

    @settings(max_examples=_share(schema))
    @given(
        rows=records(schema),
        criteria_json=criteria_objects(schema),
        order_by=order_by_texts(schema),
        limit=st.one_of(st.none(), st.integers(1, 4)),
        skip=st.integers(0, 3),
    )
    def agree(
        rows: list[dict[str, Any]], criteria_json: dict[str, Any], order_by: str, limit: int | None, skip: int
    ) -> None:
        assert differences(engines, schema, rows, criteria_json, order_by, limit, skip) == []

    agree()
