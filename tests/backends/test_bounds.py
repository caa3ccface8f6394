"""The largest criteria that the limits allow run on every engine, and select the right records."""

from __future__ import annotations

import sqlite3
import tracemalloc
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, FieldType, Limits, Schema
from criteria.backends.backend import Backend
from criteria.backends.python.predicate import compiled
from criteria.backends.sql import render
from criteria.backends.sql.dialects import DIALECTS
from criteria.cache import CACHES
from tests.conftest import Engines
from tests.engines import Engine
from tests.parsing.outcome import refused

SCHEMA = Schema(
    "bounds",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("n", "integer"),
        Field("d", "double"),
        Field("s", "string"),
        Field("m", "decimal"),
        Field("at", "dateTime"),
        Field("g", "guid"),
        Field("tags", "string", is_list=True),
        Field("p.s", "string"),
        Field("p.tags", "integer", is_list=True),
    ],
    system_properties=False,
)
RECORDS: list[dict[str, Any]] = [
    {"id": 1, "n": 1, "d": 1.5, "s": "s1", "m": "1", "tags": ["a"], "p": {"s": "x", "tags": [1]},
     "at": "2024-01-01T00:00:00.001Z", "g": "00000000-0000-0000-0000-000000000001"},
    {"id": 2, "n": 2999, "d": 2.5, "s": "s2999", "m": "-2.5", "tags": ["b", None], "p": {"s": "y", "tags": []},
     "at": "2024-01-01T00:00:00.999Z", "g": "00000000-0000-0000-0000-000000002999"},
    {"id": 3, "n": None, "d": None, "s": None, "m": None, "tags": None, "p": None},
]  # fmt: skip


def selected(engine: Engine, criteria_json: Any, limits: Limits | None = None) -> list[Any]:
    """The keys that criteria select, in order."""
    table = engine.table(SCHEMA)
    with table.holding(RECORDS):
        query = criteria.parse(criteria_json, SCHEMA, limits=limits or Limits())
        return sorted(table.select(query))


def alternating(levels: int, leaf: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """AND and OR nested in each other, each as the last in its list."""
    result = leaf
    for level in range(levels):
        result = {"OR" if level % 2 else "AND": [other if level % 2 else {"NOT": other}, result]}
    return result


LEAVES: list[dict[str, Any]] = [
    {"s": {"$startsWith": "s1"}},
    {"tags": {"$gt": "Z"}},
    {"p.tags": 1},
    {"p.s": {"$contains": "x"}},
    {"NOT": {"m": {"$lt": 0}}},
]


@pytest.mark.parametrize("leaf", LEAVES, ids=str)
def test_the_deepest_criteria_run(leaf: dict[str, Any], engine: Engine) -> None:
    """Sixteen nested groups, around leaves of every kind, do not exceed an engine's parser."""
    never = {"n": {"$gt": 2**62}}
    assert selected(engine, alternating(16, leaf, never)) == selected(engine, leaf)


def test_one_group_more_is_refused() -> None:
    """Seventeen nested groups are refused. Normal form counts: nested groups of one kind are one group."""
    never = {"n": {"$gt": 2**62}}
    with pytest.raises(CriteriaError) as caught:
        criteria.parse(alternating(17, {"n": 1}, never), SCHEMA)
    assert [problem.code for problem in caught.value.problems] == ["too_deep"]
    flat: dict[str, Any] = {"n": 1}
    for _ in range(30):
        flat = {"AND": [{"NOT": never}, flat]}
    assert criteria.parse(flat, SCHEMA)


def test_memory_that_is_used_up_is_not_the_clients_nesting() -> None:
    """Python's parser raises `MemoryError` for sources that are nested too deep. Any other one is the server's."""

    def compile_query(*_: object, **__: object) -> object:
        raise MemoryError

    backend = Backend("full", compile_query, compile_query, storages={})
    with pytest.raises(MemoryError):
        criteria.compile(criteria.parse({"n": 1}, SCHEMA), backend)


def test_sources_that_are_too_deep_for_pythons_parser_are_told() -> None:
    assert compiled("(lambda: " * 40 + "1" + ")()" * 40)
    with pytest.raises((RecursionError, SyntaxError)):
        compiled("(lambda: " * 250 + "1" + ")()" * 250)


@pytest.mark.parametrize("count", [50, 51, 101])
def test_each_of_many_terms_counts(count: int, engine: Engine) -> None:
    """Each term of a long OR finds its own record, and each term of a long AND leaves out its own."""
    terms = [{"s": {"$startsWith": f"{number:03}"}} for number in range(count)]
    rows = [{"id": number, "s": f"{number:03}!"} for number in range(count)] + [{"id": 999, "s": "x"}]
    table = engine.table(SCHEMA)
    with table.holding(rows):
        found = table.select(criteria.parse({"OR": terms}, SCHEMA))
        assert sorted(found) == list(range(count))
        assert table.select(criteria.parse({"AND": [{"NOT": term} for term in terms]}, SCHEMA)) == [999]


@pytest.mark.heavy("the largest queries")
def test_a_thousand_leaves_run(engine: Engine) -> None:
    """A thousand comparisons under one OR, and under one AND, that cannot be merged."""
    either = [
        {"n": {"$gt": 3000 + number}} if number % 2 else {"tags": {"$startsWith": f"t{number}"}}
        for number in range(999)
    ]
    assert selected(engine, {"OR": [*either, {"n": 1}]}) == [1]
    assert selected(engine, {"AND": [*[{"NOT": one} for one in either], {"n": {"$ne": 1}}]}) == [2, 3]


@pytest.mark.heavy("the largest queries")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("n", lambda number: number),
        ("s", lambda number: f"s{number}"),
        ("m", lambda number: f"{-number}.5" if number == 2 else number),
        ("at", lambda number: f"2024-01-01T00:{number // 60_000:02}:{number // 1000 % 60:02}.{number % 1000:03}Z"),
        ("g", lambda number: f"00000000-0000-0000-0000-{number:012}"),
        ("p.tags", lambda number: number),
    ],
    ids=["integer", "string", "decimal", "dateTime", "guid", "nested list"],
)  # fmt: skip
def test_lists_of_a_thousand_values_run(field: str, value: Any, engine: Engine) -> None:
    """Three lists of a thousand values each, and their complements, select the right records."""
    lists = [[value(start + offset) for offset in range(1000)] for start in (1, 1001, 2001)]
    found = {"OR": [{field: {"$in": values}, "id": {"$gt": -number}} for number, values in enumerate(lists)]}
    expected = [
        record["id"]
        for record in criteria.compile(criteria.parse(found, SCHEMA), "python", records="json").filter(RECORDS)
    ]
    assert expected in ([1], [1, 2])
    assert selected(engine, found) == expected
    assert selected(engine, {"NOT": found}) == [key for key in (1, 2, 3) if key not in expected]


def test_many_doubles_run(engine: Engine) -> None:
    """Doubles are bound one by one, because JSON text would be rounded."""
    values = [number / 8 for number in range(12, 3000, 8)]
    criteria_json = {"OR": [{"d": {"$in": values[:1000]}, "id": {"$gt": -number}} for number in range(6)]}
    assert selected(engine, criteria_json) == [1, 2]


VALUES: dict[FieldType, Callable[[int], Any]] = {
    FieldType.STRING: lambda number: f"S{number}",
    FieldType.INTEGER: lambda number: number - 3,
    FieldType.DECIMAL: lambda number: f"{number}.2500000000",
    FieldType.DOUBLE: lambda number: number / 8 - 3,
    FieldType.DATE: lambda number: (date(1970, 1, 1) + timedelta(days=number - 3)).isoformat(),
    FieldType.DATE_TIME: lambda number: f"2024-01-01T00:00:{number // 1000:02}.{number % 1000:03}Z",
    FieldType.GUID: lambda number: f"abcdef00-0000-0000-0000-{number:012}",
    FieldType.OBJECT_REF: lambda number: number - 3,
}
"""Different values of each type, in canonical form; of booleans there are only two."""

MANY = 501
"""Values in each of four lists: together they are more than a statement binds one by one."""


@pytest.mark.parametrize("field_type", VALUES, ids=lambda one: one.value)
def test_values_that_are_bound_as_arrays_are_found(field_type: FieldType, engine: Engine) -> None:
    """Columns, lists and what is in documents of every type, also where 1.5 and "s7" are near to 1 and "S7"."""
    value = VALUES[field_type]
    needed: dict[str, Any] = {"object_entity_type": "user"} if field_type is FieldType.OBJECT_REF else {}
    names = ("f", "fs", "p.f", "p.fs")
    fields = [Field(name, field_type, is_list=name.endswith("s"), **needed) for name in names]
    schema = Schema(f"arrays_{field_type.value}", [SCHEMA.fields[0], *fields], system_properties=False)
    other, near = value(MANY + 1), {FieldType.STRING: "s7", FieldType.INTEGER: 7.5, FieldType.OBJECT_REF: 7.5}
    rows = [
        {"id": 1, "f": value(1)},
        {"id": 2, "fs": [None, value(2)]},
        {"id": 3, "p": {"f": value(3)}},
        {"id": 4, "p": {"fs": [None, value(MANY)]}},
        {"id": 5, "f": other, "fs": [other], "p": {"f": other, "fs": [other]}},
        {"id": 6},
        {"id": 7, "p": {"f": near.get(field_type, other), "fs": [near.get(field_type, other)]}},
    ]
    asked = {"OR": [{name: {"$in": [value(number) for number in range(1, MANY + 1)]}} for name in names]}
    table = engine.table(schema)
    with table.holding(rows):
        assert sorted(table.select(criteria.parse(asked, schema))) == [1, 2, 3, 4]
        assert sorted(table.select(criteria.parse({"NOT": asked}, schema))) == [5, 6, 7]


_WIDE = Limits(text=10**9, leaves=10**6, values=10**6)
_BOUNDS = {name: dialect.max_binds for name, dialect in DIALECTS.items() if dialect.max_binds is not None}


def of_parameters(count: int, dialect: str) -> dict[str, Any]:
    """Criteria that need so many parameters in a dialect, and select the record with n = 1 and d = 1.5."""
    if dialect == "sqlite":  # the only list that is not bound as an array there
        return {"OR": [{"d": {"$in": [1.5, *[number + 0.125 for number in range(count - 1)]]}}]}
    if DIALECTS[dialect].in_array is None:
        return {"n": {"$in": [1, *range(-count, -1)]}}
    return {"OR": [{"n": 1}, *[{"n": {"$gt": 3000 + number}} for number in range(count - 1)]]}


@pytest.mark.heavy("the largest queries")
@pytest.mark.parametrize("dialect", _BOUNDS)
def test_more_parameters_than_a_dialect_takes_are_refused(dialect: str) -> None:
    """A query with as many parameters as the engine takes is compiled; with one more it is `unsupported`."""
    bound = _BOUNDS[dialect]
    schema = Schema("narrow", [SCHEMA.fields[0], Field("n", "integer"), Field("d", "double")], system_properties=False)
    schema = schema if dialect == "sqlite" else Schema("narrow", schema.fields[:2], system_properties=False)
    exceeds = criteria.parse(of_parameters(bound + 1, dialect), schema, limits=_WIDE)
    if bound < 65_535:  # with as many, the test of the engines has one that is compiled
        fits = criteria.parse(of_parameters(bound, dialect), schema, limits=_WIDE)
        assert len(criteria.compile(fits, "sql", dialect=dialect).params) == bound
    problems = refused(lambda: criteria.compile(exceeds, "sql", dialect=dialect))
    assert [problem.code for problem in problems] == ["unsupported"]
    assert str(bound) in problems[0].message


@pytest.mark.heavy("the largest queries")
def test_as_many_parameters_as_the_dialect_takes_run(engine: Engine) -> None:
    """The bound of a dialect is not above that of its engine."""
    bound = _BOUNDS.get(engine.name)
    if bound is None:
        pytest.skip(f"{engine.name} has no bound on parameters: none is there to be reached")
    if engine.name == "sqlite" and hasattr(sqlite3.Connection, "setlimit"):
        # some systems build SQLite with a higher bound than its own
        engine.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 32_766)  # type: ignore[attr-defined]
    assert selected(engine, of_parameters(bound, engine.name), _WIDE) == [1]


def test_a_search_of_more_values_than_parameters_selects_and_counts(engines: Engines) -> None:
    """SQLite takes 32,766 parameters: more values are bound as arrays in both statements of a search."""
    table = engines.get("sqlite").table(SCHEMA)
    query = criteria.parse({"n": {"$in": list(range(1, 40_000))}}, SCHEMA, limits=_WIDE)
    with table.holding(RECORDS):
        page = table.search(criteria.Search(query, limit=1, get_total_count=True))
    assert (list(page.data), page.has_more_records, page.total_count) == ([1], True, 2)


def test_lists_of_doubles_beyond_the_bound_are_refused_at_once() -> None:
    """Forty lists of a thousand doubles are refused by SQLite's dialect, a search of them too."""
    lists = [{"d": {"$in": [number * 1000 + at + 0.5 for at in range(1000)]}} for number in range(40)]
    query = criteria.parse({"OR": lists}, SCHEMA, limits=_WIDE)
    search = criteria.Search(query, get_total_count=True)
    for call in (
        partial(criteria.compile, query, "sql", dialect="sqlite"),
        partial(criteria.compile, search, "sql", dialect="sqlite", table="t"),
    ):
        problems = refused(call)
        assert [problem.code for problem in problems] == ["unsupported"]
    with pytest.raises(CriteriaError, match="unsupported"):
        criteria.storage(SCHEMA, "sqlite").update(SCHEMA.decode(RECORDS[0]), query)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_nodes_of_long_statements_are_freed_after_they_are_printed(
    dialect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Conditions, pages and counts are the same, however long a statement has to be for that."""
    key, decimal = Field("id", "integer", is_unique=True, nullable=False), Field("b", "decimal", precision=9, scale=2)
    schema = Schema("t", [key, decimal], system_properties=False)
    params = {"query": {"OR": [{"id": {"$nin": [1, 2]}}, {"NOT": {"b": "1.5"}}]}, "orderBy": "b desc"}
    search = criteria.parse_search({**params, "getTotalCount": True}, schema)
    found = []
    for length in (1 << 20, -1):
        monkeypatch.setattr(render, "LONG", length)
        for cache in list(CACHES):
            cache.clear()
        page = criteria.compile(search, "sql", dialect=dialect, table="t")
        found.append((criteria.compile(search.query, "sql", dialect=dialect), page.rows, page.count, page.pages))
    assert found[0] == found[1]


@pytest.mark.heavy("compiles 123,000 values")
def test_a_megabyte_of_decimals_compiles_in_fifty_megabytes() -> None:
    """For Spark, which takes any number of parameters."""
    schema = Schema("t", [Field("ds", "decimal", precision=30, scale=10, is_list=True)], system_properties=False)
    source = {"AND": [{"ds": {"$nin": [123 * at + number for number in range(123)]}} for at in range(1000)]}
    query = criteria.parse(source, schema)
    tracemalloc.start()
    try:
        criteria.compile(query, "sql", dialect="spark")
        assert tracemalloc.get_traced_memory()[1] < 50e6
    finally:
        tracemalloc.stop()


@pytest.mark.heavy("compiles 98,000 values")
def test_a_megabyte_of_doubles_without_a_schema_compiles_in_fifty_megabytes() -> None:
    """Decimals of records are compared with the decimals that the doubles spell. No decimal, none are made."""
    source = {"OR": [{"n": {"$in": [98 * at + number + 0.5 for number in range(98)]}} for at in range(1000)]}
    query = criteria.parse(source)
    tracemalloc.start()
    try:
        predicate = criteria.compile(query, "python")
        assert tracemalloc.get_traced_memory()[1] < 50e6
    finally:
        tracemalloc.stop()
    records = [{"n": 97_999.5}, {"n": Decimal("97999.5")}, {"n": [0.25, Decimal("0.5")]}, {"n": 1}, {"n": Decimal(1)}]
    assert [predicate(record) for record in records] == [True, True, True, False, False]
