"""References in SQL that a host writes around them: names, parameters, tables of other programs, cached templates."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, Schema
from tests.conftest import Engines

ID = Field("id", "integer", is_unique=True, nullable=False)
CUSTOMER = Schema(
    "customer",
    [
        ID,
        Field("name", "string"),
        Field("status", "string", values=["new", "old", "odd"]),
        Field("boss", "objectRef", object_entity_type="customer", column="_id"),
    ],
    system_properties=False,
)
ORDER = Schema(
    "order",
    [
        ID,
        Field("name", "string"),
        Field("by", "objectRef", object_entity_type="customer", column="_ID"),
        Field("user", "objectRef", object_entity_type="customer"),
        Field("past", "objectRef", object_entity_type="customer", is_list=True),
    ],
    system_properties=False,
).with_entities({"customer": CUSTOMER})
ROWS = ((1, "a", 1, 2, "[1, 2, 2]"), (2, "b", 2, 1, "[null]"), (3, "a", 9, None, None), (4, None, None, 3, "[9]"))
CUSTOMERS = ((1, "a", "new", 2), (2, "b", "old", None), (3, None, "odd", 9))
EXPECTED: tuple[tuple[dict[str, Any], set[int]], ...] = (
    ({"by.name": "a"}, {1}),
    ({"by.name": {"$ne": "a"}}, {2, 3, 4}),
    ({"user.name": {"$gte": "a"}}, {1, 2}),
    ({"user.name": None}, {3, 4}),
    ({"NOT": {"OR": [{"by.name": "a"}, {"user.name": "a"}]}}, {3, 4}),
    ({"by.boss.name": "b"}, {1}),
    ({"user.boss.boss.name": None}, {1, 2, 3, 4}),
    ({"past.name": "b"}, {1}),
    ({"past.status": {"$in": ["new", "odd"]}}, {1}),
    ({"past.name": {"$ne": "b"}}, {2, 3, 4}),
    ({"name": "a", "by.id": {"$lt": 5}, "user.status": {"$startsWith": "o"}}, {1}),
    ({"user.status": {"$gt": "odd"}}, {1}),
)


def database(name: str, status: str = "TEXT") -> Any:
    """A connection to SQLite or DuckDB, with tables whose names and columns are those that subqueries have."""
    connection: Any = sqlite3.connect(":memory:") if name == "sqlite" else pytest.importorskip("duckdb").connect()
    past = "TEXT" if name == "sqlite" else "BIGINT[]"
    for statement in (
        f'CREATE TABLE "_referred1" (id BIGINT PRIMARY KEY NOT NULL, name TEXT, status {status}, "_id" BIGINT)',
        f'CREATE TABLE "_ids1" (id BIGINT PRIMARY KEY NOT NULL, name TEXT, "_ID" BIGINT, "user" BIGINT, past {past})',
    ):
        connection.execute(statement)
    connection.executemany('INSERT INTO "_referred1" VALUES (?, ?, ?, ?)', CUSTOMERS)
    value = "?" if name == "sqlite" else "CAST(CAST(? AS JSON) AS BIGINT[])"
    connection.executemany(f'INSERT INTO "_ids1" VALUES (?, ?, ?, ?, {value})', ROWS)
    return connection


def ids(connection: Any, condition: str, params: Any, source: str = '"_ids1"') -> set[int]:
    """The ids of the orders that a condition selects."""
    rows = connection.execute(f"SELECT id FROM {source} WHERE {condition}", params).fetchall()
    return {row[0] for row in rows}


@pytest.mark.heavy("a database for each query")
@pytest.mark.parametrize("name", ["sqlite", "duckdb"])
@pytest.mark.parametrize(("source", "expected"), EXPECTED, ids=str)
def test_names_of_the_host_are_not_those_of_subqueries(
    name: str, source: dict[str, Any], expected: set[int], opened: Callable[[Any], Any]
) -> None:
    """Whether the host's columns are qualified or not, whatever they and its table are called, and behind NOT."""
    connection, query = opened(database(name)), criteria.parse(source, ORDER)
    tables = {"customer": "_referred1"}
    for options in ({}, {"table": "_ids1"}, {"total": True}, {"table": "_ids1", "total": True}):
        sql = criteria.compile(query, "sql", dialect=name, tables=tables, **options)
        assert ids(connection, sql.text, sql.params) == expected, sql.text
        if "total" in options:
            assert ids(connection, f"NOT {sql.text}", sql.params) == {1, 2, 3, 4} - expected
    search = criteria.Search(query, criteria.parse_order_by("name desc", ORDER), limit=2, get_total_count=True)
    found = criteria.compile(search, "sql", dialect=name, table="_ids1", tables=tables)
    assert found.count is not None
    assert connection.execute(found.count.text, found.count.params).fetchall() == [(len(expected),)]
    assert {row[0] for row in connection.execute(found.rows.text, found.rows.params).fetchall()} <= expected


@pytest.mark.heavy("a database for each query")
@pytest.mark.parametrize("name", ["sqlite", "duckdb"])
@pytest.mark.parametrize(("source", "expected"), EXPECTED, ids=str)
def test_tables_of_other_programs(
    name: str, source: dict[str, Any], expected: set[int], opened: Callable[[Any], Any]
) -> None:
    """Both tables are reflected. Statements are cached, and depend on the labels of the other table's columns."""
    status = "TEXT" if name == "sqlite" else "ENUM ('odd', 'old', 'new')"
    connection, query = opened(database(name, status)), criteria.parse(source, ORDER)
    customers = criteria.tables.reflect(connection, "_referred1", CUSTOMER)
    orders = criteria.tables.reflect(connection, "_ids1", ORDER)
    for table in (orders, None):
        options: dict[str, Any] = {"dialect": name} if table is None and name == "sqlite" else {"table": orders}
        sql = criteria.compile(query, "sql", tables={"customer": customers}, **options)
        assert ids(connection, sql.text, sql.params) == expected, sql.text
    for status, others in (("new", {1}), ("old", {2}), ("odd", set())):
        one = criteria.parse({"by.status": status}, ORDER)
        sql = criteria.compile(one, "sql", table=orders, tables={"customer": customers})
        assert ids(connection, sql.text, sql.params) == others


def test_parameters_are_numbered_through() -> None:
    """In the order of the text, with a host's prefix and start, and by name."""
    query = criteria.parse({"name": "a", "user.boss.name": "b", "by.name": {"$in": ["c", "d"]}}, ORDER)
    tables = {"customer": "customers"}
    numbered = criteria.compile(query, "sql", dialect="postgres", paramstyle="numeric_dollar", tables=tables, start=4)
    assert numbered.params == ("a", "b", "c", "d")
    assert [at for at in range(1, 10) if f"${at}" in numbered.text] == [4, 5, 6, 7]
    named = criteria.compile(query, "sql", dialect="sqlite", paramstyle="named", tables=tables, prefix="x")
    assert named.params == {"x1": "a", "x2": "b", "x3": "c", "x4": "d"}


def test_templates_know_their_tables() -> None:
    """A query that was compiled for other tables is compiled anew, and one with other values is filled."""
    first, second = (criteria.parse({"by.name": name}, ORDER) for name in ("a", "b"))
    texts = {}
    for tables in ({"customer": "one"}, {"customer": "app.two"}):
        compiled = [criteria.compile(query, "sql", dialect="postgres", tables=tables) for query in (first, second)]
        assert [one.params for one in compiled] == [("a",), ("b",)]
        assert compiled[0].text == compiled[1].text
        texts[compiled[0].text] = tables
    assert len(texts) == 2
    assert '"app"."two" AS "_referred1"' in list(texts)[1]


def test_tables_that_do_not_fit(opened: Callable[[Any], Any]) -> None:
    """A table on another engine, and one without the fields that the query needs."""
    connection = opened(database("sqlite"))
    customers = criteria.tables.reflect(connection, "_referred1", CUSTOMER)
    few = criteria.tables.reflect(connection, "_referred1", Schema("customer", [ID], system_properties=False))
    query = criteria.parse({"by.name": "a"}, ORDER)
    for code, options in (
        ("unknown_option", {"dialect": "postgres", "tables": {"customer": customers}}),
        ("invalid_schema", {"dialect": "sqlite", "tables": {"customer": few}}),
        ("unsupported", {"dialect": "sqlite", "tables": {"customer": 'a"b'}}),
    ):
        try:
            compiled = criteria.compile(query, criteria.backends.load("sql"), **options)
        except CriteriaError as error:
            assert [problem.code for problem in error.problems] == [code]
        else:
            assert code == "unsupported", compiled
            assert '"a""b"' in compiled.text or '`a"b`' in compiled.text
    storage = criteria.storage(CUSTOMER, "sqlite", table="customers")
    assert "customers" in criteria.compile(query, "sql", dialect="sqlite", tables={"customer": storage}).text


@pytest.mark.parametrize(("dialect", "has_arrays"), [("mysql", False), ("mariadb", True), ("postgres", True)])
def test_long_lists_inside_of_references(dialect: str, has_arrays: bool) -> None:
    """MySQL 8 takes exponential time for many subqueries with lists as arrays: fifteen of 500 values ran for a minute.
    There it gets parameters for each value, of a text two."""
    lists = [[f"{at} {one}" for one in range(500)] for at in range(15)]
    query = criteria.parse({"AND": [{"by.name": {"$in": one}} for one in lists]}, ORDER)
    sql = criteria.compile(query, "sql", dialect=dialect, tables={"customer": "customers"})
    assert len(sql.params) == (15 if has_arrays else 15_000)


def within_a_scope(steps: int, scope: dict[str, Any], outer: str = "o") -> criteria.Query:
    """References to the own entity inside each other, under NOT, of which each leads to objects of a scope."""
    person = Schema(
        "person", [ID, Field("n", "integer"), Field("o", "objectRef", object_entity_type="person")],
        system_properties=False,
    )  # fmt: skip
    person = person.with_entities({"person": person})
    found: dict[str, Any] = {"n": 1}
    for _ in range(steps):
        found = {"NOT": {outer: {"$elemMatch": found}}}
    query = criteria.parse(found, person)
    return query.within({"person": criteria.parse(scope, person)}) if scope else query


@pytest.mark.parametrize("scope", [{"o.n": {"$ne": 9}}, {"NOT": {"o.n": 9}}])
def test_scopes_of_references_are_bounded_on_postgres(scope: dict[str, Any]) -> None:
    """Its planner doubles its work with each reference under an OR, which NOT and the scope make: 12 take a quarter of
    a second, 15 six seconds, 16 half a minute."""

    def compiled(query: criteria.Query, dialect: str) -> Any:
        return criteria.compile(query, "sql", dialect=dialect, table="person", tables={"person": "person"})

    assert compiled(within_a_scope(12, scope), "postgres").text
    with pytest.raises(CriteriaError) as caught:
        compiled(within_a_scope(13, scope), "postgres")
    [problem] = caught.value.problems
    assert (problem.code, problem.message[:8]) == ("unsupported", "postgres")
    assert problem.pointer.startswith("/NOT/o/$elemMatch")
    assert compiled(within_a_scope(16, {}), "postgres").text
    assert compiled(within_a_scope(16, scope), "mysql").text


def test_pipelines_inside_each_other_are_bounded_on_mongodb() -> None:
    """MongoDB takes 20: sixteen references of a query, and four of what limits the objects of the last one."""

    def compiled(steps: int) -> Any:
        scope = {"o." * steps + "n": 1}
        return criteria.compile(within_a_scope(16, scope), "mongo", collections={"person": "people"})

    assert compiled(4)
    with pytest.raises(CriteriaError, match="MongoDB does not take references this deep"):
        compiled(5)


_MANY = Schema(
    "many",
    [
        ID,
        Field("name", "string"),
        *(Field(f"r{number}", "objectRef", object_entity_type="many") for number in range(10)),
        Field("friends", "objectRef", object_entity_type="many", is_list=True),
    ],
    system_properties=False,
)
_MANY = _MANY.with_entities({"many": _MANY})


def _through_single_references(tests: int) -> criteria.Query:
    """Ten first steps, a hundred second ones, and the others are third ones."""
    paths = (f"r{at % 10}.r{at // 10 % 10}.r{at // 100}.name" for at in range(tests - 110))
    return criteria.parse({"OR": [{path: "b"} for path in paths]}, _MANY)


def _through_lists(tests: int) -> criteria.Query:
    """Two steps each: under AND no two of them are one."""
    return criteria.parse({"AND": [{"friends.r1.id": {"$gt": -number}} for number in range((tests + 1) // 2)]}, _MANY)


@pytest.mark.heavy("statements of a thousand subqueries")
@pytest.mark.parametrize("name", ["sqlite", "postgres", "mariadb", "mysql"])
@pytest.mark.parametrize("through", [_through_single_references, _through_lists])
def test_as_many_references_as_a_statement_has(
    name: str, through: Callable[[int], criteria.Query], engines: Engines
) -> None:
    """1,000 conditions on the objects of references are answered, each step of a path being one, after those on the
    object of one reference are joined. More take seconds to compile, so they are refused before SQL is made."""
    engine = engines.get(name)
    rows = [
        {"id": 1, "name": "a", **{f"r{number}": 2 for number in range(10)}, "friends": [2, 2]},
        {"id": 2, "name": "b", **{f"r{number}": 2 for number in range(10)}, "friends": [9]},
        {"id": 3, "name": "b", "r1": 9, "friends": []},
    ]
    table, others = engine.table(_MANY), engine.table(_MANY.entities["many"])
    records = [{**dict.fromkeys(_MANY.names), **row} for row in rows]
    with others.holding(records), table.holding(records):
        expected = [1, 2] if through is _through_single_references else [1]
        assert sorted(table.select(through(1000))) == expected
        with pytest.raises(CriteriaError) as refused:
            table.select(through(1001))
    [problem] = refused.value.problems
    assert (problem.code, problem.pointer != "", problem.asked_fields) == ("unsupported", True, ())
    assert "takes at most 1000 conditions on the objects of references" in problem.message


def test_conditions_on_the_object_of_one_reference_do_not_reach_the_bound() -> None:
    """1,000 paths of four steps are four tests."""
    query = criteria.parse({"OR": [{"r1.r2.r3.r4.name": f"x{number}"} for number in range(1000)]}, _MANY)
    for dialect in ("sqlite", "postgres", "mariadb", "mysql", "mysql8", "duckdb"):
        sql = criteria.compile(query, "sql", dialect=dialect, tables={"many": "many"})
        assert sql.text.count("SELECT") <= 8


def test_refusals_of_limited_queries_point_at_what_the_client_asks() -> None:
    """The references of the limited query lead to a wider schema, and some are in the limit alone."""
    wide = Schema("many", [*_MANY.fields, Field("tenant", "integer")], system_properties=False)
    tenant = criteria.parse({"tenant": 7, "r9.name": {"$ne": "x"}}, wide.with_entities({"many": wide}))
    asked = _through_single_references(600)
    for query, dialect in ((asked.within({"many": tenant}), "postgres"), (asked.within({"many": tenant}), "duckdb")):
        with pytest.raises(CriteriaError, match="takes at most") as refused:
            criteria.compile(query, "sql", dialect=dialect, tables={"many": "many"})
        assert re.match(r"/OR/[0-9]+/r[0-9.r]+", refused.value.problems[0].pointer)
    with pytest.raises(CriteriaError, match="not supported on trino") as refused:
        criteria.compile(asked.within({"many": tenant}), "sql", dialect="trino", tables={"many": "many"})
    assert all(problem.pointer for problem in refused.value.problems)
