"""What holds for the conditions of every dialect: they may be put beside others, negated, and named apart."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

import criteria
from criteria import Field
from criteria.conformance import schemas
from criteria.conformance.strategies import criteria_objects, records
from tests.conftest import CASES, Engines, capped
from tests.engines.sql import SqlEngine, SqlTable
from tests.tables.foreign import Foreign, created, foreign

ENGINES = ("sqlite", "duckdb", "postgres", "postgres-natural", "mariadb", "mariadb-binary", "mysql", "mysql-binary")
FOREIGN = ("sqlite", "duckdb", "postgres-natural", "mariadb", "mysql")
MOOD = ('DROP TYPE IF EXISTS "Mood of tests"', "CREATE TYPE \"Mood of tests\" AS ENUM ('b', 'a')")


@pytest.mark.parametrize("name", FOREIGN)
def test_another_tenants_rows_stay_out(name: str, engines: Engines) -> None:
    """A condition whose top is OR is in parentheses, so AND before it and after it holds for all of it."""
    rows = "INSERT INTO foreign_rows VALUES (1, 1, NULL), (2, 2, NULL), (3, 2, 'x'), (4, 1, 'y'), (5, 2, 'y')"
    with created(engines, name, "tenant INTEGER, notes VARCHAR(20)", rows) as engine:
        table = Foreign(engine, [Field("notes", "string")])
        for query in ({"notes": {"$ne": "x"}}, {"OR": [{"notes": "y"}, {"notes": None}]}):
            for options in ({}, {"total": True}):
                assert table.keys(query, "tenant = 2 AND {}", **options) == [2, 5]
                assert table.keys(query, "{} AND tenant = 2", **options) == [2, 5]


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("schema_name", ["scalars", "lists", "nested"])
def test_a_total_condition_and_its_negation_partition_the_rows(schema_name: str, name: str, engines: Engines) -> None:
    """Rows of c and rows of NOT c are all rows: of scalars, lists and JSON paths, where any of them is null."""
    engine = engines.get(name)
    assert isinstance(engine, SqlEngine)
    table = engine.table(schemas.ALL[schema_name])
    assert isinstance(table, SqlTable)

    @settings(max_examples=capped(max(5, CASES // 50)))
    @given(rows=records(table.schema), criteria_json=criteria_objects(table.schema))
    def agree(rows: list[dict[str, Any]], criteria_json: dict[str, Any]) -> None:
        query = criteria.parse(criteria_json, table.schema)
        where = criteria.compile(query, "sql", dialect=engine.dialect, total=True)
        with table.holding(rows):
            everything = engine.keys(f"SELECT * FROM {table.name}", None, table.key)
            found = [
                engine.keys(f"SELECT * FROM {table.name} WHERE {text}", where.params, table.key)
                for text in (where.text, f"NOT {where.text}", f"CASE WHEN {where.text} THEN 0 ELSE 1 END = 1")
            ]
            assert sorted(found[0]) == sorted(table.select(query))
            assert sorted(found[0] + found[1]) == sorted(everything), where
            assert sorted(found[1]) == sorted(found[2]), where

    agree()


@pytest.mark.parametrize(
    ("name", "column", "values", "attributes"),
    [
        ("postgres-natural", 'v "Mood of tests"', ("'a'", "NULL", "'b'"), {}),
        ("duckdb", "v ENUM('b', 'a')", ("'a'", "NULL", "'b'"), {}),
        ("mysql", "v ENUM('b', 'a')", ("'a'", "NULL", "'b'"), {}),
        ("mariadb", "v ENUM('b', 'a')", ("'a'", "NULL", "'b'"), {}),
        ("postgres-natural", "v varchar(9)[]", ("'{a}'", "NULL", "'{}'", "'{NULL}'", "'{NULL,a}'"), {"is_list": True}),
        ("duckdb", "v VARCHAR[]", ("['a']", "NULL", "[]", "[NULL]", "[NULL, 'a']"), {"is_list": True}),
    ],
)
@pytest.mark.parametrize(
    "query",
    [{"v": "a"}, {"v": {"$ne": "a"}}, {"v": "unknown"}, {"v": {"$ne": "unknown"}}, {"v": {"$gt": "a"}}, {"v": None},
     {"NOT": {"v": {"$in": ["a", "z"]}}}, {"v": {"$contains": "b"}}],
    ids=str,
)  # fmt: skip
def test_enumerations_and_arrays_are_partitioned_too(
    query: Any, name: str, column: str, values: tuple[str, ...], attributes: dict[str, Any], engines: Engines
) -> None:
    before = MOOD if "Mood" in column else ()
    with foreign(engines, name, column, Field("v", "string", **attributes), values, before) as table:
        matching = table.keys(query, total=True)
        assert table.keys(query) == matching
        assert sorted(matching + table.keys(query, "NOT {}", total=True)) == list(range(1, len(values) + 1))


@pytest.mark.parametrize("style", ["named", "pyformat", "numeric"])
def test_two_conditions_share_a_statement(style: Any) -> None:
    """Each has parameters of its own: by a prefix, or by numbers that go on."""
    schema = criteria.Schema("two", [Field("a", "integer"), Field("b", "string")], system_properties=False)
    texts: tuple[Any, ...] = ({"a": {"$in": [1, 2]}}, {"b": {"$ne": "x"}})
    options: Any = ({}, {"start": 3}) if style == "numeric" else ({"prefix": "left"}, {"prefix": "right"})
    first, second = (
        criteria.compile(criteria.parse(text, schema), "sql", dialect="sqlite", paramstyle=style, **option)
        for text, option in zip(texts, options, strict=True)
    )
    if style == "numeric":
        assert ":1" in first.text
        assert ":3" in second.text
        assert ":1" not in second.text
    else:
        assert not set(first.params) & set(second.params)


def test_two_named_conditions_select_what_both_do(engines: Engines) -> None:
    with foreign(engines, "sqlite", "v INTEGER", Field("v", "integer"), ("1", "2", "3", "4")) as table:
        low = table.where({"v": {"$gt": 1}}, paramstyle="named", prefix="low")
        high = table.where({"v": {"$lt": 4}}, paramstyle="named", prefix="high")
        text = f"SELECT id FROM foreign_rows WHERE {low.text} AND {high.text}"
        assert table.engine.keys(text, {**dict(low.params), **dict(high.params)}, 0) == [2, 3]


def test_prefixes_that_end_with_a_digit_share_no_name(engines: Engines) -> None:
    """`c1` with eleven parameters and `c11` with one: an underscore keeps their numbers apart."""
    with foreign(engines, "sqlite", "v INTEGER", Field("v", "integer"), ("1", "2", "3", "4")) as table:
        first = table.where({"v": {"$in": list(range(2, 13))}}, paramstyle="named", prefix="c1")
        other = table.where({"v": {"$lt": 4}}, paramstyle="named", prefix="c11")
        assert not set(first.params) & set(other.params)
        text = f"SELECT id FROM foreign_rows WHERE {first.text} AND {other.text}"
        assert table.engine.keys(text, {**dict(first.params), **dict(other.params)}, 0) == [2, 3]
