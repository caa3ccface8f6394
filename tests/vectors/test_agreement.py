"""Vector stores select what docs/language.md says, or refuse."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import criteria
from criteria import Field, Query, Schema
from criteria.conformance import schemas
from criteria.conformance.reference import is_true
from criteria.conformance.strategies import criteria_objects, records
from criteria.conformance.suite_files import SuiteCase, cases
from criteria.tree.nodes import (
    And,
    AnyElement,
    AnyReferred,
    Comparison,
    Expression,
    Not,
    Operator,
    Or,
    assert_never,
    leaves,
)
from tests.conftest import CASES, capped
from tests.vectors.stores import STORES, Store, Table, refused

NAMES = Schema(
    "names",
    [field for field in schemas.HOSTILE_NAMES.fields if not {*'"\\`'} & {*field.column}],
    system_properties=False,
)
"""The names that both stores can have."""

SCHEMAS = {
    schema.name: schema
    for schema in (schemas.SCALARS, schemas.LISTS, schemas.NESTED, NAMES, schemas.MICROSECONDS, schemas.KEYED)
}

QUERIES = 6
"""Queries on the same records: making a table takes most of the time."""


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Store:
    """Each store in turn."""
    found = STORES[request.param]
    found.check()
    return found


def answered(expression: Expression, store: Store) -> Expression:
    """An expression with a null test in the place of each comparison that the store refuses."""
    match expression:
        case And(terms):
            return And(tuple(answered(term, store) for term in terms))
        case Or(terms):
            return Or(tuple(answered(term, store) for term in terms))
        case Not(term):
            return Not(answered(term, store))
        case Comparison(field=field):
            return Comparison(field, Operator.EQ, None) if store.refuses(expression) else expression
        case AnyElement() | AnyReferred():
            raise AssertionError("no list of objects and no other entity is generated here")
        case _:
            assert_never(expression)


def check(table: Table, store: Store, query: Query, typed: list[dict[str, Any]]) -> None:
    """A query selects what the reference does. Each refused comparison is refused alone, and the rest is answered."""
    for leaf in leaves(query.expression):
        if store.refuses(leaf):
            alone = Query(leaf, query.schema)
            with refused(str(alone.to_json())):
                table.select(alone)
    mine = Query(answered(query.expression, store), query.schema)
    expected = sorted(record["id"] for record in typed if is_true(mine.expression, record))
    assert table.select(mine) == expected, mine.to_json()


@pytest.mark.heavy("opens tables")
@pytest.mark.parametrize("name", SCHEMAS)
def test_generated_queries(name: str, store: Store) -> None:
    """Generated queries on generated records select what the reference evaluator does."""
    schema = SCHEMAS[name]
    table = store.table(schema)
    queries = st.lists(criteria_objects(schema), min_size=QUERIES, max_size=QUERIES)

    @settings(max_examples=capped(max(8, CASES // (4 * QUERIES))))
    @given(records(schema), queries)
    def agree(rows: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> None:
        typed = [schema.decode(row) for row in rows]
        table.insert(typed)
        for one in wanted:
            check(table, store, criteria.parse(one, schema), typed)

    agree()


@pytest.mark.heavy("opens tables")
@pytest.mark.parametrize(
    "case", [case for case in cases(refused=False) if not case.other_kinds and not case.schema.object_lists], ids=str
)
def test_suite_case(case: SuiteCase, store: Store) -> None:
    """A hand-written case of the language-neutral suite; the tests that only order or page are left out, and those of
    lists of objects, which these stores do not have."""
    if not store.can_name(case.schema):
        with refused("a name"):
            criteria.storage(case.schema, store.name)
        return
    table = store.table(case.schema)
    typed = [case.schema.decode(record) for record in case.records]
    table.insert(typed)
    for test in case.tests:
        check(table, store, case.search(test).query, typed)


@pytest.mark.heavy("opens tables")
@pytest.mark.parametrize("name", SCHEMAS)
def test_records_come_back(name: str, store: Store) -> None:
    """A store returns the records that were stored, with null for what was missing; Qdrant's lists have no nulls."""
    schema = SCHEMAS[name]
    table = store.table(schema)

    @settings(max_examples=capped(max(8, CASES // 50)))
    @given(records(schema))
    def same(rows: list[dict[str, Any]]) -> None:
        typed = [schema.decode(row) for row in rows]
        table.insert(typed)
        assert table.records() == [whole(schema, record, store) for record in typed]

    same()


def whole(schema: Schema, record: dict[str, Any], store: Store) -> dict[str, Any]:
    """A record with every field of the schema."""
    made: dict[str, Any] = {}
    for field in schema.fields:
        holder, value = made, value_at(field, record)
        for segment in field.path[:-1]:
            holder = holder.setdefault(segment, {})
        if isinstance(value, list) and store.name == "qdrant":
            value = [item for item in value if item is not None]
        holder[field.path[-1]] = value
    return made


def value_at(field: Field, record: dict[str, Any]) -> Any:
    """The value of a field in a typed record."""
    value: Any = record
    for segment in field.path:
        value = value.get(segment) if isinstance(value, dict) else None
    return value
