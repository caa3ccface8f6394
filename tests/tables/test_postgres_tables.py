"""Kinds of tables and names of PostgreSQL: views, partitions, heirs, schemas, and constraints that do not hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, Schema
from tests.conftest import Engines
from tests.engines.sql import SqlEngine
from tests.server.databases import postgres
from tests.servers import POSTGRES

KEY = Field("id", "integer", is_unique=True, nullable=False)


@pytest.fixture
def engine(engines: Engines) -> Iterator[SqlEngine]:
    """A transaction with a schema of its own, which is first in the search path. It is rolled back."""
    found = engines.get("postgres-natural")
    assert isinstance(found, SqlEngine)
    found.rollback()
    found.execute("CREATE SCHEMA own")
    found.execute("SET LOCAL search_path = own, public")
    yield found
    found.rollback()


def keys(engine: SqlEngine, name: str, query: Any, *fields: Field) -> list[int]:
    """The keys of the rows of a table that a search selects, in order."""
    schema = Schema("one", [KEY, *fields], system_properties=False)
    table = criteria.tables.reflect(engine.connection, name, schema)
    search = criteria.parse_search({"query": criteria.parse(query, schema).to_json(), "orderBy": "id"}, schema)
    rows = criteria.compile(search, "sql", table=table).rows
    return engine.keys(rows.text, rows.params, 0)


NAME = Field("name", "string")
VALUES = "(1, 'a'), (2, 'A'), (3, NULL)"


@pytest.mark.parametrize(
    "statements",
    [
        (f"CREATE VIEW seen AS SELECT * FROM (VALUES {VALUES}) AS v (id, name)",),
        (f"CREATE MATERIALIZED VIEW seen AS SELECT * FROM (VALUES {VALUES}) AS v (id, name)",),
        (
            "CREATE TABLE seen (id integer PRIMARY KEY, name text) PARTITION BY RANGE (id)",
            "CREATE TABLE low PARTITION OF seen FOR VALUES FROM (0) TO (3)",
            "CREATE TABLE high PARTITION OF seen FOR VALUES FROM (3) TO (9)",
            f"INSERT INTO seen VALUES {VALUES}",
        ),
        ("CREATE TEMPORARY TABLE seen (id integer PRIMARY KEY, name text)", f"INSERT INTO seen VALUES {VALUES}"),
        ("CREATE UNLOGGED TABLE seen (id integer, name text, UNIQUE (id))", f"INSERT INTO seen VALUES {VALUES}"),
    ],
    ids=["view", "materialized view", "partitioned", "temporary", "unique"],
)
def test_each_kind_of_table(statements: tuple[str, ...], engine: SqlEngine) -> None:
    for statement in statements:
        engine.execute(statement)
    if "UNIQUE" in statements[0]:
        engine.execute("ALTER TABLE seen ALTER id SET NOT NULL")
    assert keys(engine, "seen", {"name": {"$ne": "a"}}, NAME) == [2, 3]
    assert keys(engine, "seen", {"name": "a"}, NAME) == [1]
    first = criteria.tables.schema(engine.connection, "seen")
    assert [field.name for field in first.fields] == ["id", "name"]


def test_a_partition_is_a_table(engine: SqlEngine) -> None:
    engine.execute("CREATE TABLE whole (id integer PRIMARY KEY, name text) PARTITION BY RANGE (id)")
    engine.execute("CREATE TABLE part PARTITION OF whole FOR VALUES FROM (0) TO (9)")
    engine.execute(f"INSERT INTO whole VALUES {VALUES}")
    assert keys(engine, "part", {"name": {"$ne": "a"}}, NAME) == [2, 3]


def test_the_search_path_and_schemas(engine: SqlEngine) -> None:
    """A name without a schema is the table that a statement would find."""
    engine.execute('CREATE SCHEMA "Other schema"')
    engine.execute("CREATE TABLE twice (id integer PRIMARY KEY, name text)")
    engine.execute('CREATE TABLE "Other schema".twice (id integer PRIMARY KEY, name integer)')
    engine.execute(f"INSERT INTO twice VALUES {VALUES}")
    engine.execute('INSERT INTO "Other schema".twice VALUES (7, 1)')
    assert keys(engine, "twice", {"name": "a"}, NAME) == [1]
    assert keys(engine, "own.twice", {"name": "a"}, NAME) == [1]
    assert keys(engine, "Other schema.twice", {"name": 1}, Field("name", "integer")) == [7]
    engine.execute('SET LOCAL search_path = "Other schema", own')
    assert keys(engine, "twice", {"name": 1}, Field("name", "integer")) == [7]


def test_a_constraint_that_was_not_validated_excludes_nothing(engine: SqlEngine) -> None:
    """Rows that were there before it may hold NULL. PostgreSQL has such constraints from 18 on."""
    engine.execute("CREATE TABLE seen (id integer PRIMARY KEY, name text)")
    engine.execute(f"INSERT INTO seen VALUES {VALUES}")
    [[version]] = engine.execute("SELECT current_setting('server_version_num')::integer")
    if version < 180000:
        pytest.skip("PostgreSQL 18 has constraints NOT NULL that are not validated: name one in CRITERIA_POSTGRES_URL.")
    engine.execute("ALTER TABLE seen ADD CONSTRAINT named NOT NULL name NOT VALID")
    assert keys(engine, "seen", {"name": {"$ne": "a"}}, NAME) == [2, 3]
    assert keys(engine, "seen", {"name": None}, NAME) == [3]


def test_a_domain_that_is_not_null_may_hold_null(engine: SqlEngine) -> None:
    """A subquery without rows is NULL of the domain, which PostgreSQL does not check again."""
    engine.execute("CREATE DOMAIN own.required AS text NOT NULL")
    engine.execute("CREATE TABLE seen (id integer PRIMARY KEY, name own.required)")
    engine.execute("INSERT INTO seen VALUES (1, 'a'), (2, 'A')")
    engine.execute("INSERT INTO seen VALUES (3, (SELECT name FROM seen WHERE false))")
    assert keys(engine, "seen", {"name": {"$ne": "a"}}, NAME) == [2, 3]


def test_not_null_of_a_parent_does_not_hold_for_its_heirs(engine: SqlEngine) -> None:
    """Before PostgreSQL 18 a table that inherits may drop it."""
    engine.execute("CREATE TABLE seen (id integer NOT NULL, name text NOT NULL)")
    engine.execute("CREATE TABLE heirs () INHERITS (seen)")
    engine.execute("INSERT INTO seen VALUES (1, 'a')")
    [[version]] = engine.execute("SELECT current_setting('server_version_num')::integer")
    if version < 180000:
        engine.execute("ALTER TABLE heirs ALTER name DROP NOT NULL")
        engine.execute("INSERT INTO heirs VALUES (3, NULL)")
        expected = [3]
    else:
        expected = []
    schema = Schema("one", [Field("id", "integer", nullable=False), NAME], system_properties=False)
    table = criteria.tables.reflect(engine.connection, "seen", schema)
    where = criteria.compile(criteria.parse({"name": {"$ne": "a"}}, schema), "sql", table=table)
    assert engine.keys(f"SELECT id FROM seen WHERE {where.text}", where.params, 0) == expected


def test_names_in_quotes(engine: SqlEngine) -> None:
    """Letter case, blanks, quotes and reserved words, of the table and of its columns."""
    names = ("Upper", "a b", 'say "x"', "select", "é", "user", "%s", "a'b")
    columns = ", ".join('"' + name.replace('"', '""') + '" integer' for name in names)
    engine.execute(f'CREATE TABLE "Order ""1""" (id integer PRIMARY KEY, {columns})')
    engine.execute(f'INSERT INTO "Order ""1""" VALUES (1{", 1" * len(names)}), (2{", NULL" * len(names)})')
    name = 'Order "1"'
    first = criteria.tables.schema(engine.connection, name)
    assert [field.column for field in first.fields] == ["id", *names]
    table = criteria.tables.reflect(engine.connection, name, first)
    for field in first.fields[1:]:
        search = criteria.parse_search({"query": criteria.parse({field.name: 1}, first).to_json()}, first)
        rows = criteria.compile(search, "sql", table=table).rows
        assert engine.keys(rows.text, rows.params, 0) == [1]


def test_a_table_whose_name_has_a_dot_is_told(engine: SqlEngine) -> None:
    engine.execute('CREATE TABLE "own.seen" (id integer)')
    with pytest.raises(CriteriaError) as told:
        criteria.tables.reflect(engine.connection, "own.seen", Schema("one", [KEY], system_properties=False))
    [problem] = told.value.problems
    assert (problem.code, problem.message) == ("unknown_option", 'There is no table "own.seen", or it has no columns.')
    assert problem.hint == (
        "A name with a dot means a schema and a table in it. A table whose own name has a dot needs a view."
    )


@pytest.mark.heavy("makes databases")
@pytest.mark.parametrize("encoding", ["LATIN1", "KOI8R", "EUC_JP", "WIN1252", "SQL_ASCII"])
def test_databases_in_other_encodings_are_refused(encoding: str, engines: Engines) -> None:
    """PostgreSQL compares texts by their bytes: in KOI8R other letters are after "zh". `verify` refuses them, too."""
    import psycopg

    engines.get("postgres-natural")
    schema = Schema("one", [KEY, NAME], system_properties=False)
    columns = "(id integer PRIMARY KEY, name text)"
    with postgres(engines.servers.get(POSTGRES).url, encoding) as url, psycopg.connect(url) as connection:
        connection.execute(f"CREATE TABLE one {columns}")
        known = criteria.tables.from_ddl(f"CREATE TABLE one {columns}", schema, dialect="postgres")
        for read in (
            lambda: criteria.tables.reflect(connection, "one", schema),
            lambda: criteria.tables.reflect(connection, "one", schema, verify=False),
            lambda: criteria.tables.schema(connection, "one"),
            lambda: criteria.tables.verify(connection, known),
        ):
            with pytest.raises(CriteriaError, match=f"The database is in {encoding}"):
                read()


def test_a_connection_whose_texts_are_bytes_is_refused(engine: SqlEngine) -> None:
    engine.execute("CREATE TABLE one (id integer PRIMARY KEY, name text)")
    engine.execute("SET LOCAL client_encoding = 'SQL_ASCII'")
    with pytest.raises(CriteriaError, match="returns texts of this connection as bytes"):
        keys(engine, "one", {}, NAME)
