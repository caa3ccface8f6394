"""One query, one answer: generated criteria select the same generated records on every engine, in the same order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import criteria
from criteria import CriteriaError, Field, Query, Schema, Search
from criteria.conformance import schemas
from criteria.conformance.reference import is_true, ordered, value_of
from criteria.conformance.strategies import criteria_objects, operands, order_by_texts, records
from tests.conftest import CASES, Engines, capped
from tests.engines import Engine, Table

_SHARES = {"scalars": 3, "lists": 3, "nested": 3, "names": 1, "microseconds": 1, "keyed": 1}
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
    typed = [schema.decode(row) for row in rows]
    selected = [record for record in typed if is_true(query.expression, record)]
    in_order = [record["id"] for record in ordered(selected, search.sort_keys)]
    page = search.page(in_order[skip : None if limit is None else skip + limit + 1], len(in_order))
    wrong: list[Any] = []
    for engine, table in tables(engines, schema):
        with table.holding(rows):
            keys = sorted(table.select(query))
            if keys != sorted(in_order):
                wrong.append((engine.name, "selects", keys, "not", sorted(in_order)))
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


@pytest.mark.parametrize("name", schemas.ALL)
def test_laws_hold_on_every_engine(name: str, engines: Engines) -> None:
    """NOT partitions, NOT of NOT changes nothing, De Morgan holds, AND narrows, the order of terms does not matter."""
    schema = schemas.ALL[name]

    @settings(max_examples=capped(max(10, _share(schema) // 10)))
    @given(rows=records(schema), first=criteria_objects(schema, 3), second=criteria_objects(schema, 3))
    def lawful(rows: list[dict[str, Any]], first: dict[str, Any], second: dict[str, Any]) -> None:
        for engine, table in tables(engines, schema):
            with table.holding(rows):
                check_laws(engine.name, table, schema, rows, first, second)

    lawful()


def check_laws(name: str, table: Table, schema: Schema, rows: list[dict[str, Any]],
               first: dict[str, Any], second: dict[str, Any]) -> None:  # fmt: skip
    """The laws of AND, OR and NOT, on one engine's table."""
    from criteria.tree.nodes import And, Not, Or

    p, q = criteria.parse(first, schema).expression, criteria.parse(second, schema).expression

    def selected(expression: Any) -> set[Any]:
        return selected_keys(table, Query(expression, schema))

    everything = {row["id"] for row in rows}
    of_p, of_q = selected(p), selected(q)
    assert selected(Not(p)) == everything - of_p, name
    assert selected(Not(Not(p))) == of_p, name
    assert selected(And((p, q))) == selected(And((q, p))) == of_p & of_q, name
    assert selected(Or((p, q))) == selected(Or((q, p))) == of_p | of_q, name
    assert selected(Not(And((p, q)))) == selected(Or((Not(p), Not(q)))), name
    assert selected(Not(Or((p, q)))) == selected(And((Not(p), Not(q)))), name
    assert selected_keys(table, criteria.parse(turned(first), schema)) == of_p, name


def selected_keys(table: Table, query: Query) -> set[Any]:
    """The keys that a query selects, none of them twice."""
    keys = table.select(query)
    assert len(keys) == len(set(keys))
    return set(keys)


def turned(decoded: Any) -> Any:
    """Criteria JSON with the members of each object in the opposite order."""
    if isinstance(decoded, list):
        return [turned(item) for item in decoded]
    if isinstance(decoded, dict):
        return {key: turned(value) for key, value in reversed(decoded.items())}
    return decoded


@st.composite
def rows_and_values(draw: st.DrawFn, schema: Schema) -> tuple[list[dict[str, Any]], Field, list[Any]]:
    """Records, a field, and values to look for: those that the records hold there, and others."""
    rows = draw(records(schema))
    field = draw(st.sampled_from(schema.fields))
    found = [value_of(field, row) for row in rows]
    held = [one for value in found for one in (value if isinstance(value, list) else [value]) if one is not None]
    values = st.one_of(st.sampled_from(held), operands(field)) if held else operands(field)
    return rows, field, draw(st.lists(values, max_size=3))


@pytest.mark.parametrize("name", schemas.ALL)
def test_laws_of_operators_hold_on_every_engine(name: str, engines: Engines) -> None:
    """$nin is NOT $in, $ne is NOT equals (also of null), and each is the rest; $in of a list is that of its parts."""
    schema = schemas.ALL[name]

    @settings(max_examples=capped(max(10, _share(schema) // 10)))
    @given(drawn=rows_and_values(schema))
    def lawful(drawn: tuple[list[dict[str, Any]], Field, list[Any]]) -> None:
        rows, field, values = drawn
        for engine, table in tables(engines, schema):
            with table.holding(rows):
                check_operator_laws(engine.name, table, schema, rows, field, values)

    lawful()


def check_operator_laws(name: str, table: Table, schema: Schema, rows: list[dict[str, Any]],
                        field: Field, values: list[Any]) -> None:  # fmt: skip
    """The laws of the operators that are defined by others, on one engine's table."""

    def selected(comparison: Any) -> set[Any]:
        return selected_keys(table, criteria.parse({field.name: comparison}, schema))

    def left_out(comparison: Any) -> set[Any]:
        return selected_keys(table, criteria.parse({"NOT": {field.name: comparison}}, schema))

    everything = {row["id"] for row in rows}
    of_all = selected({"$in": values})
    assert selected({"$nin": values}) == left_out({"$in": values}) == everything - of_all, name
    assert left_out({"$nin": values}) == of_all, name
    assert selected({"$in": values[:1]}) | selected({"$in": values[1:]}) == of_all, name
    for value in [None, *values[:1]]:
        equal = selected(value)
        assert selected({"$ne": value}) == left_out(value) == everything - equal, name
        assert left_out({"$ne": value}) == equal, name
        assert value is None or equal == selected({"$in": [value]}), name


@pytest.mark.parametrize("name", schemas.ALL)
def test_pages_put_together_are_the_full_list(name: str, engines: Engines) -> None:
    """Pages of any size put together are the full ordered list without repeats, and the count is its length."""
    schema = schemas.ALL[name]

    @settings(max_examples=capped(max(10, _share(schema) // 20)))
    @given(
        rows=records(schema),
        criteria_json=criteria_objects(schema, 2),
        order_by=order_by_texts(schema),
        size=st.integers(1, 3),
    )
    def whole(rows: list[dict[str, Any]], criteria_json: dict[str, Any], order_by: str, size: int) -> None:
        query, order = criteria.parse(criteria_json, schema), criteria.parse_order_by(order_by, schema)
        for engine, table in tables(engines, schema):
            with table.holding(rows):
                full = table.search(Search(query, order, None, 0, get_total_count=True))
                pages = [table.search(Search(query, order, size, skip)) for skip in range(0, len(rows) + 1, size)]
            assert [key for page in pages for key in page.data] == list(full.data), engine.name
            assert full.total_count == len(full.data) == len(set(full.data)), engine.name
            assert [page.has_more_records for page in pages] == [
                (number + 1) * size < len(full.data) for number in range(len(pages))
            ], engine.name

    whole()
