"""Connections that cannot answer, and names that do not exist: refused with a code, the driver's words and a hint."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from importlib import import_module
from typing import Any

import aiosqlite
import duckdb
import pytest

import criteria
from criteria import CriteriaError, Field, Schema
from criteria.tables.reflecting import refused
from tests.conftest import Engines
from tests.engines.sql import SqlEngine
from tests.tables.foreign import KEY, created

SCHEMA = Schema("order", [KEY, Field("code", "string")], system_properties=False)
ENGINES = ["sqlite", "duckdb", "postgres-natural", "mysql", "mariadb"]


def refusal(connection: Any, name: str = "orders", schema: Schema = SCHEMA) -> criteria.Problem:
    """How reading a table is refused, with one problem."""
    with pytest.raises(CriteriaError) as error:
        criteria.tables.reflect(connection, name, schema)
    [problem] = error.value.problems
    assert problem.hint
    return problem


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    """A database with a table."""
    with closing(sqlite3.connect(":memory:")) as made:
        made.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, code TEXT)")
        yield made


def test_closed_connections(connection: sqlite3.Connection) -> None:
    connection.close()
    problem = refusal(connection)
    assert (problem.code, problem.hint) == ("database_error", "Pass an open connection.")
    other = duckdb.connect()
    other.close()
    assert refusal(other).code == "database_error"


@pytest.mark.parametrize("name", ["postgres-natural", "mysql", "mariadb"])
def test_closed_connections_of_servers(name: str, engines: Engines) -> None:
    engine = engines.get(name)
    assert isinstance(engine, SqlEngine)
    own = engine.connection
    if name == "postgres-natural":
        other: Any = import_module("psycopg").connect(own.info.dsn)
    else:
        socket = own.unix_socket
        other = import_module("pymysql").connect(
            unix_socket=socket, host=own.host, port=own.port, user=own.user.decode(), database=own.db.decode()
        )
    other.close()
    problem = refusal(other)
    assert (problem.code, problem.hint) == ("database_error", "Pass an open connection.")


def test_an_aborted_transaction(engines: Engines) -> None:
    """PostgreSQL answers nothing after a statement that failed."""
    engine = engines.get("postgres-natural")
    assert isinstance(engine, SqlEngine)
    engine.begin()
    try:
        with pytest.raises(Exception, match="nothing"):
            engine.execute("SELECT nothing")
        problem = refusal(engine.connection)
    finally:
        engine.rollback()
    assert problem.code == "database_error"
    assert "Roll it back" in (problem.hint or "")


def test_a_broken_view(connection: sqlite3.Connection) -> None:
    """A view of a column that is gone."""
    connection.executescript(
        "CREATE TABLE old (id INTEGER, code TEXT); CREATE VIEW broken AS SELECT id, code FROM old; DROP TABLE old;"
    )
    problem = refusal(connection, "broken")
    assert problem.code == "database_error"
    assert "old" in problem.message


def test_an_unknown_database(connection: sqlite3.Connection) -> None:
    problem = refusal(connection, "nothing.orders")
    assert problem.code == "database_error"
    assert "nothing" in problem.message


def test_a_cursor_is_not_a_connection(connection: sqlite3.Connection, engines: Engines) -> None:
    cursors = [connection.cursor()]
    for name in ("postgres-natural", "mysql"):
        engine = engines.get(name)
        assert isinstance(engine, SqlEngine)
        cursors.append(engine.connection.cursor())
    for cursor in cursors:
        problem = refusal(cursor)
        assert problem.code == "unsupported"
        assert "not from a Cursor" in problem.message
        cursor.close()


@pytest.mark.parametrize("factory", [bytes, bytearray, lambda text: text.decode("latin-1")])
def test_a_text_factory(factory: Any, connection: sqlite3.Connection) -> None:
    """Whatever text the connection reads, the table is read; and the connection reads as before."""
    plain = criteria.tables.reflect(connection, "orders", SCHEMA)
    connection.text_factory = factory
    assert criteria.tables.reflect(connection, "orders", SCHEMA) == plain
    assert connection.text_factory is factory
    assert 'Did you mean "orders"?' in (refusal(connection, "order").hint or "")


def test_a_text_that_is_not_utf_8_is_shown(connection: sqlite3.Connection) -> None:
    """The driver itself would fail on it."""
    connection.execute("INSERT INTO orders VALUES (1, CAST(X'6100FF' AS TEXT))")
    assert "texts without U+0000" in refusal(connection).message


def test_a_value_that_is_finer_than_its_field_makes_no_cursor() -> None:
    """Without the verification, the refusal of a page says what to do."""
    schema = Schema("order", [KEY, Field("total", "decimal", precision=10, scale=2)], system_properties=False)
    search = criteria.parse_search({"query": "{}", "orderBy": "total", "limit": 1}, schema)
    with pytest.raises(CriteriaError) as error:
        search.cursor({"id": 1, "total": 1.005})
    [problem] = error.value.problems
    assert (problem.code, "declare the field" in (problem.hint or "")) == ("invalid_record", True)


@pytest.mark.parametrize("start", [0, -1, "x", 10**9])
def test_a_wrong_start_has_a_hint(start: Any, connection: sqlite3.Connection) -> None:
    table = criteria.tables.reflect(connection, "orders", SCHEMA)
    with pytest.raises(CriteriaError, match="The number of the first parameter is from 1") as error:
        criteria.compile(criteria.parse({"id": 1}, SCHEMA), "sql", table=table, paramstyle="numeric", start=start)
    assert error.value.problems[0].hint


def test_a_text_factory_of_an_asynchronous_connection() -> None:
    async def reflected() -> None:
        async with aiosqlite.connect(":memory:") as made:
            await made.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, code TEXT)")
            made.text_factory = bytes
            table = await criteria.tables.reflect_async(made, "orders", SCHEMA)
            assert [column.name for column in table.columns] == ["id", "code"]
            assert made.text_factory is bytes
            await made.execute("DROP TABLE orders")
            with pytest.raises(CriteriaError, match="There is no table"):
                await criteria.tables.reflect_async(made, "orders", SCHEMA)

    asyncio.run(reflected())


def test_the_text_factory_is_never_changed(connection: sqlite3.Connection) -> None:
    """Other threads may read with the same connection while its table is read."""
    seen: set[Any] = set()
    connection.text_factory = bytes
    connection.set_trace_callback(lambda _text: seen.add(connection.text_factory))
    criteria.tables.reflect(connection, "orders", SCHEMA)
    criteria.tables.schema(connection, "orders")
    assert seen == {bytes}


def test_the_text_factory_of_an_asynchronous_connection_is_never_changed() -> None:
    """Other tasks read with the connection meanwhile, and some read tables with it, too."""

    async def reflected() -> None:
        async with aiosqlite.connect(":memory:") as made:
            for name in ("orders", "others"):
                await made.execute(f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, code TEXT)")
            made.text_factory = bytes
            seen: set[Any] = set()
            await made.set_trace_callback(lambda _text: seen.add(made.text_factory))
            names = ("orders", "others", "orders")
            await asyncio.gather(*(criteria.tables.reflect_async(made, name, SCHEMA) for name in names))
            assert seen == {bytes}
            assert made.text_factory is bytes

    asyncio.run(reflected())


@pytest.mark.parametrize("factory", [str, bytes])
@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
def test_names_in_each_encoding(encoding: str, factory: Any) -> None:
    with closing(sqlite3.connect(":memory:")) as made:
        made.execute(f"PRAGMA encoding = '{encoding}'")
        made.execute('CREATE TABLE "größe" (id INTEGER PRIMARY KEY, "länge €😀" INTEGER UNIQUE)')
        made.text_factory = factory
        schema = Schema("order", [KEY, Field("long", "integer", column="länge €😀")], system_properties=False)
        table = criteria.tables.reflect(made, "größe", schema)
        assert [(column.name, column.type) for column in table.columns] == [
            ("id", "INTEGER"),
            ("länge €😀", "INTEGER"),
        ]
        assert table.keys == (("id",), ("länge €😀",))
        assert refusal(made, "grösse", schema).hint == 'Did you mean "größe"?'


@pytest.mark.parametrize("name", ENGINES)
def test_a_table_that_does_not_exist_has_a_near_name(name: str, engines: Engines) -> None:
    with created(engines, name, "code VARCHAR(20)") as engine:
        problem = refusal(engine.connection, "foreign_row")
        assert (problem.code, problem.hint) == ("unknown_option", 'Did you mean "foreign_rows"?')
        dotted = refusal(engine.connection, "nothing.foreign_rows") if name != "sqlite" else problem
        assert "foreign_rows" in (dotted.hint or "")


def test_an_empty_database() -> None:
    with closing(sqlite3.connect(":memory:")) as empty:
        assert refusal(empty).hint == "There are no tables."


@pytest.mark.parametrize(
    "fault",
    [{"sqlstate": "57014"}, {"pgcode": "57014"}, {"errno": 3024}, {"args": (1969, "max_statement_time exceeded")}],
    ids=str,
)
def test_a_cancelled_statement_needs_time_and_no_rights(fault: dict[str, Any]) -> None:
    """`sqlstate` is psycopg's and asyncpg's, `pgcode` psycopg2's, a number that of the drivers of MySQL."""
    error = Exception("canceling statement due to statement timeout")
    for name, value in fault.items():
        setattr(error, name, value)
    [problem] = refused(error, "orders").problems
    assert problem.message.startswith('The database did not answer about "orders": ')
    assert "verify=False" in str(problem.hint)


def test_a_statement_timeout_of_postgresql(engines: Engines) -> None:
    engine = engines.get("postgres-natural")
    assert isinstance(engine, SqlEngine)
    with import_module("psycopg").connect(engine.connection.info.dsn) as other:
        other.execute(
            "CREATE TEMPORARY VIEW slow AS SELECT 1 AS id, pg_sleep(1)::text || clock_timestamp()::text AS code"
        )
        other.execute("SET statement_timeout = 200")
        schema = Schema("slow", [Field("code", "guid")], system_properties=False)
        assert "verify=False" in str(refusal(other, "slow", schema).hint)
        other.rollback()
