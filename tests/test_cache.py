"""Caches affect only speed: results are the same with caches of full size, of size 1, and without caches."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import criteria
from criteria import Field, Query, Schema, Search
from criteria.backends import load
from criteria.backends.compiling import _TEMPLATES
from criteria.backends.sql import Sql
from criteria.backends.sql.dialects import DIALECTS, STORED
from criteria.backends.sql.render import Paramstyle
from criteria.backends.sql.search import SqlSearch
from criteria.cache import CACHES
from criteria.conformance import schemas
from criteria.conformance.strategies import criteria_objects, operands, order_by_texts, records
from criteria.tree.parameters import parameterize, parameterize_query
from tests.conftest import CASES, capped
from tests.parsing.outcome import outcome, refused

STYLES: tuple[str, ...] = get_args(Paramstyle)

COLUMNS = Schema(
    "columns",
    [
        schemas.KEY,
        Field("count", "integer"),
        Field("flag", "boolean"),
        Field("amount", "decimal", precision=8, scale=2),
        Field("weight", "decimal", precision=12, scale=5),
        Field("at", "dateTime", precision=6),
        Field("other", "objectRef", object_entity_type="user"),
        Field("token", "guid"),
    ],
    system_properties=False,
)
"""Fields that every dialect takes."""

_SCHEMAS = {**schemas.ALL, "columns": COLUMNS}
_EXAMPLES = capped(max(10, CASES // 100))
"""Few, because each example is compiled for every dialect, three times."""
_LAST = "\U0010ffff"
TRAITS = ("", _LAST, _LAST * 3, "a" + _LAST, _LAST + "a", "a", "a%_!", "\ud7ff")
"""Text operands that compilers may treat differently."""


@contextmanager
def resized_caches(size: int | None = None) -> Iterator[None]:
    """Empties all caches and gives them a size (None: each keeps its own); undoes both at the end."""
    criteria.parse({})  # the first parse makes the cache of tree builders
    before = [(cache, cache.size) for cache in CACHES]
    assert len(before) >= 2
    try:
        for cache, own in before:
            cache.clear()
            cache.size = own if size is None else size
        yield
    finally:
        for cache, own in before:
            cache.clear()
            cache.size = own


def exactly(found: Any) -> Any:
    """A form in which equal values differ: 1 and True, Decimal("1.0") and Decimal("1.00")."""
    if isinstance(found, Sql):
        return found.text, repr(found.params)
    if isinstance(found, SqlSearch):
        return exactly(found.rows), exactly(found.count)
    return found if isinstance(found, tuple) else repr(found)


def compiled(subject: Query | Search, backend: str, **options: Any) -> Any:
    """What a query compiles to, or its problems."""
    return exactly(refused(lambda: criteria.compile(subject, load(backend), **options)))


def everywhere(query: Query, style: str | None, rows: Sequence[Any] = ()) -> list[Any]:
    """A query compiled by every backend and dialect, and the results of its predicates on dicts and on mappings."""
    found = [repr(query.expression), compiled(query, "mongo")]
    found += [compiled(query, "sql", dialect=dialect, paramstyle=style) for dialect in DIALECTS]
    for kind in ("json", "typed"):
        predicate = criteria.compile(query, "python", records=kind)
        found += [predicate.source, repr(predicate.filter(rows)), repr(predicate.filter(map(MappingProxyType, rows)))]
        found += [(predicate(row), predicate(MappingProxyType(row))) for row in rows]
        found.append(criteria.compile(Search(query), "python", records=kind)(rows))
    return found


def answers(sources: Sequence[Any], schema: Schema | None, style: str | None, rows: Sequence[Any]) -> list[Any]:
    """The results of parsing and compiling each source, one after the other."""
    found: list[Any] = []
    for source in sources:
        query = outcome(source, schema)
        found += everywhere(query, style, rows) if isinstance(query, Query) else query
    return found


@st.composite
def of_one_shape(draw: st.DrawFn, schema: Schema) -> list[dict[str, Any]]:
    """Criteria, and two that differ from them only in values, and in how many their lists have."""
    original = draw(criteria_objects(schema, max_leaves=5))
    others = [_revalued(draw, schema, original) for _ in range(2)]
    return [original, *others]


def _revalued(draw: st.DrawFn, schema: Schema, source: dict[str, Any]) -> dict[str, Any]:
    return {key: _revalued_member(draw, schema, key, value) for key, value in source.items()}


def _revalued_member(draw: st.DrawFn, schema: Schema, key: str, value: Any) -> Any:
    if key in ("AND", "OR"):
        return [_revalued(draw, schema, term) for term in value]
    if key == "NOT":
        return _revalued(draw, schema, value)
    in_list = schema.find_through(key)
    field = schema.find(key) if in_list is None else in_list[1]
    if in_list is not None and isinstance(value, dict) and "$elemMatch" in value:
        return {"$elemMatch": _revalued(draw, in_list[0][-1].element, value["$elemMatch"])}
    if field is None:  # a list of objects, compared with null
        return value
    if isinstance(value, dict):
        return {operator: _other(draw, field, operator, operand) for operator, operand in value.items()}
    return _other(draw, field, "", value)


def _other(draw: st.DrawFn, field: Field, operator: str, operand: Any) -> Any:
    """Another operand. Equal values may become different, and different ones equal."""
    if operand is None or draw(st.integers(0, 3)) == 0:
        return operand
    if isinstance(operand, list):
        pool = draw(st.lists(operands(field), min_size=1, max_size=len(operand) + 1))
        length = draw(st.one_of(st.just(len(operand)), st.integers(0, 6)))
        return [draw(st.sampled_from(pool)) for _ in range(length)]
    if operator in ("$startsWith", "$endsWith", "$contains"):
        return draw(st.one_of(st.sampled_from(TRAITS), operands(field)))
    return draw(operands(field))


@pytest.mark.heavy("generated queries, twice")
@pytest.mark.parametrize("name", _SCHEMAS)
@pytest.mark.parametrize("typed", [True, False], ids=["schema", "no schema"])
@settings(max_examples=_EXAMPLES)
@given(data=st.data())
def test_caches_change_no_result(name: str, typed: bool, data: st.DataObject) -> None:
    """Queries of one shape, parsed and compiled one after the other, give the same results as without a cache."""
    schema = _SCHEMAS[name]
    sources: list[Any] = data.draw(of_one_shape(schema))
    sources = [*sources, json.dumps(sources[0]), json.dumps(sources[1])]
    style = data.draw(st.sampled_from([None, *STYLES]))
    drawn = data.draw(records(schema, max_size=3))
    rows = [*drawn, *map(schema.decode, drawn), {}]
    found = []
    for size in (0, 1, None):
        with resized_caches(size):
            found.append(answers(sources, schema if typed else None, style, rows))
    off, tiny, on = found
    assert tiny == off
    assert on == off


def _stored_otherwise(field: Field) -> Field:
    """A field of the same name and type with other attributes."""
    kind, is_nested = field.field_type.value, field.is_nested
    return Field(
        field.name,
        field.field_type,
        object_entity_type=field.object_entity_type,
        is_unique=field.is_unique,
        is_list=field.is_list,
        nullable=not field.nullable if not field.is_unique else False,
        column=None if is_nested else f"c_{field.column}",
        precision={"decimal": 34, "dateTime": 3 if field.precision == 6 else 6}.get(kind),
        scale=(field.scale or 0) if kind == "decimal" else None,
        collation="binary" if kind == "string" else None,
    )


@pytest.mark.parametrize("name", ["scalars", "lists", "columns"])
@settings(max_examples=_EXAMPLES)
@given(data=st.data())
def test_schemas_of_equal_names_share_nothing(name: str, data: st.DataObject) -> None:
    """The same criteria give each schema's own result when schemas have one name and different fields."""
    schema = _SCHEMAS[name]
    other = Schema(schema.name, map(_stored_otherwise, schema.fields), system_properties=False)
    equal = Schema(schema.name, schema.fields, system_properties=False)
    assert equal == schema != other
    source = data.draw(criteria_objects(schema, max_leaves=4))
    found = []
    for size in (0, 1, None):
        with resized_caches(size):
            found.append([answers([source], one, None, []) for one in (schema, other, equal, None, schema, other)])
    assert found[1] == found[0]
    assert found[2] == found[0]


@settings(max_examples=_EXAMPLES)
@given(data=st.data())
def test_searches_share_no_page(data: st.DataObject) -> None:
    """Searches of queries of one form are compiled with their own order, page, count, table and paramstyle."""
    sources = data.draw(of_one_shape(COLUMNS))
    orders = [criteria.parse_order_by(data.draw(order_by_texts(COLUMNS)), COLUMNS), ()]
    pages = [(10, 0, False), (10, 0, True), (0, 10, True), (1, 0, False), (None, 1, False), (None, 0, True)]
    style = data.draw(st.sampled_from(STYLES))
    dialects = data.draw(st.lists(st.sampled_from(list(DIALECTS)), min_size=2, max_size=2))
    found = []
    for size in (0, 1, None):
        with resized_caches(size):
            found.append([
                compiled(Search(criteria.parse(source, COLUMNS), order, *page), "sql", dialect=dialect, **options)
                for source in sources for order in orders for page in pages for dialect in dialects
                for options in ({"table": "t"}, {"table": "u", "paramstyle": style})
            ])  # fmt: skip
    assert found[1] == found[0]
    assert found[2] == found[0]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_paramstyle_of_every_dialect(dialect: str, style: str) -> None:
    """A cached template is filled with the query's own parameters, in the paramstyle of the call."""
    queries = [
        criteria.parse(
            {"OR": [{"count": {"$gt": number}}, {"amount": {"$lt": number}}, {"count": {"$in": [number, 9]}}]}, COLUMNS
        )
        for number in (-1, -2, 1)
    ]
    options = [{"paramstyle": style}, {"paramstyle": style, "table": "t"}, {}]
    found = []
    for size in (0, None):
        with resized_caches(size):
            found.append([compiled(one, "sql", dialect=dialect, **more) for more in options for one in queries])
    assert found[1] == found[0]


@pytest.mark.parametrize("dialect", STORED)
def test_one_template_for_equal_storages(dialect: str) -> None:
    """A storage is the same key as an equal one, as the option `table` too: its queries of a form are compiled once."""
    one, other = criteria.storage(COLUMNS, dialect), criteria.storage(COLUMNS, dialect)
    assert {one: "found"}[other] == "found"
    with resized_caches():
        for number, storage in enumerate((one, other, one)):
            query = criteria.parse({"count": number}, COLUMNS)
            assert criteria.compile(query, "sql", table=storage).params == (number,)
            assert len(_TEMPLATES) == 1


@pytest.mark.heavy("generated queries")
@pytest.mark.parametrize("name", _SCHEMAS)
@pytest.mark.parametrize("typed", [True, False], ids=["schema", "no schema"])
@settings(max_examples=_EXAMPLES)
@given(data=st.data())
def test_a_parsed_query_has_the_form_of_its_tree(name: str, typed: bool, data: st.DataObject) -> None:
    """What tree builders know of their trees is what describing each tree finds."""
    schema = _SCHEMAS[name]
    for source in data.draw(of_one_shape(schema)):
        query = outcome(source, schema if typed else None)
        if isinstance(query, Query):
            for counts_items in (False, True):
                known = parameterize_query(query, counts_items=counts_items)
                described = parameterize(query.expression, counts_items=counts_items)
                assert repr(known) == repr(described)
                assert known[0] == described[0]
