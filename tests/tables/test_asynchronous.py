"""Tables read by asynchronous drivers are those that synchronous ones read, and their conditions run there."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, Schema, Table
from tests.conftest import Engines, require
from tests.engines.sql import SqlEngine
from tests.servers import POSTGRES
from tests.tables.foreign import KEY
from tests.tables.orms import HOW_TO_GET

SCHEMA = Schema(
    "foreign",
    [KEY, Field("small", "integer"), Field("name", "string"),
     Field("at", "dateTime", precision=6, time_zone="UTC"), Field("token", "guid")],
    system_properties=False,
)  # fmt: skip
GUID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
NAME = "asynchronous_rows"
QUERIES: tuple[tuple[Any, list[int]], ...] = (
    ({"small": 2**40}, []),
    ({"small": {"$lt": 2**40}}, [1, 2]),
    ({"small": {"$nin": [1, 2**40]}}, [2, 3]),
    ({"name": {"$ne": "a"}}, [2, 3]),
    ({"name": {"$startsWith": "A"}}, [2]),
    ({"at": "2026-06-01T12:00:00Z"}, [1]),
    ({"at": {"$gt": "2026-06-01T12:00:00Z"}}, [2]),
    ({"token": GUID}, [1]),
)
COLUMNS = "(id INTEGER PRIMARY KEY, small SMALLINT, name VARCHAR(20), at {at}, token {guid})"
ROWS = (
    f"INSERT INTO {NAME} VALUES (1, 1, 'a', '2026-06-01 12:00:00', '{GUID}'), "
    "(2, 2, 'A', '2026-06-01 13:00:00', NULL), (3, NULL, NULL, NULL, NULL)"
)


def statements(table: Table, style: Any) -> list[tuple[str, Any, list[int]]]:
    """A statement for each query, with its parameters and its keys."""
    found = []
    for query, keys in QUERIES:
        where = criteria.compile(criteria.parse(query, SCHEMA), "sql", table=table, paramstyle=style)
        found.append((f"SELECT id FROM {NAME} WHERE {where.text} ORDER BY id", where.params, keys))
    return found


def test_a_first_schema_is_the_one_of_a_synchronous_connection(tmp_path: Path) -> None:
    async def run() -> None:
        path = tmp_path / "rows.db"
        async with import_module("aiosqlite").connect(path) as connection:
            await connection.execute(f"CREATE TABLE {NAME} {COLUMNS.format(at='DATETIME', guid='CHAR(36)')}")
            await connection.commit()
            first = await criteria.tables.schema_async(connection, NAME, exclude=["token"], time_zone="UTC")
            assert [field.name for field in first.fields] == ["id", "small", "name", "at"]
            with closing(sqlite3.connect(path)) as synchronous:
                assert first == criteria.tables.schema(synchronous, NAME, exclude=["token"], time_zone="UTC")
            assert (await criteria.tables.reflect_async(connection, NAME, first)).schema == first
            with pytest.raises(CriteriaError) as refused:
                await criteria.tables.schema_async(connection, "nowhere")
            assert [problem.code for problem in refused.value.problems] == ["unknown_option"]
            with pytest.raises(CriteriaError, match="asynchronous"):
                criteria.tables.schema(connection, NAME)

    asyncio.run(run())


def test_aiosqlite(tmp_path: Path) -> None:
    async def run() -> None:
        async with import_module("aiosqlite").connect(tmp_path / "rows.db") as connection:
            await connection.execute(f"CREATE TABLE {NAME} {COLUMNS.format(at='DATETIME', guid='CHAR(36)')}")
            await connection.execute(ROWS)
            table = await criteria.tables.reflect_async(connection, NAME, SCHEMA)
            for text, params, keys in statements(table, "qmark"):
                assert [row[0] for row in await connection.execute_fetchall(text, params)] == keys

    asyncio.run(run())


@pytest.fixture
def rows_on_postgres(engines: Engines) -> Any:
    """A table on the server, with a connection that other ones see."""
    engine = engines.get("postgres-natural")
    assert isinstance(engine, SqlEngine)
    columns = COLUMNS.format(at="timestamp", guid="uuid")
    for text in (f"CREATE TABLE {NAME} {columns}", ROWS):
        engine.execute(text)
    engine.commit()
    yield engine
    engine.rollback()
    engine.execute(f"DROP TABLE {NAME}")
    engine.commit()


def test_psycopg(rows_on_postgres: SqlEngine, engines: Engines) -> None:
    import psycopg

    async def run() -> None:
        server = engines.servers.get(POSTGRES)
        database = server.databases["natural"]
        async with await psycopg.AsyncConnection.connect(server.url, dbname=database) as connection:
            table = await criteria.tables.reflect_async(connection, NAME, SCHEMA)
            assert table == criteria.tables.reflect(rows_on_postgres.connection, NAME, SCHEMA)
            with pytest.raises(CriteriaError, match="asynchronous"):
                criteria.tables.reflect(connection, NAME, SCHEMA)
            for text, params, keys in statements(table, "pyformat"):
                cursor = await connection.execute(text.encode(), params)
                assert [row[0] for row in await cursor.fetchall()] == keys

    asyncio.run(run())


async def asyncpg_connection(engine: SqlEngine, engines: Engines) -> Any:
    server = engines.servers.get(POSTGRES)
    where = engine.connection.info.get_parameters()
    return await import_module("asyncpg").connect(
        host=where.get("host"), port=int(where.get("port", "5432")), user=where.get("user"),
        password=where.get("password"), database=server.databases["natural"],
    )  # fmt: skip


def test_asyncpg(rows_on_postgres: SqlEngine, engines: Engines) -> None:
    """asyncpg converts each operand to the type that the server infers: an integer to BIGINT, however small the
    column."""
    require("asyncpg", None if find_spec("asyncpg") else HOW_TO_GET)

    async def run() -> None:
        connection = await asyncpg_connection(rows_on_postgres, engines)
        try:
            table = await criteria.tables.reflect_async(connection, NAME, SCHEMA)
            assert table == criteria.tables.reflect(rows_on_postgres.connection, NAME, SCHEMA)
            for text, params, keys in statements(table, "numeric_dollar"):
                assert [row[0] for row in await connection.fetch(text, *params)] == keys
        finally:
            await connection.close()

    asyncio.run(run())


@pytest.mark.parametrize(("encoder", "is_found"), [(str, True), (json.dumps, False)])
def test_asyncpg_with_a_json_codec_of_the_program(
    encoder: Any, is_found: bool, rows_on_postgres: SqlEngine, engines: Engines
) -> None:
    """What `encode` makes is text already. A codec that encodes it once more makes a string, which conditions do not
    look into, and `decode` refuses it if it is told that the driver decodes JSON."""
    require("asyncpg", None if find_spec("asyncpg") else HOW_TO_GET)
    schema = Schema("coded", [KEY, Field("address.city", "string")], system_properties=False)
    storage = criteria.storage(schema, "postgres", table="coded_rows", paramstyle="numeric_dollar")
    record = {"id": 1, "address": {"city": "Rome"}}
    query = criteria.parse({"address.city": "Rome"}, schema)
    where = criteria.compile(query, "sql", table=storage, paramstyle="numeric_dollar")

    async def run() -> None:
        connection = await asyncpg_connection(rows_on_postgres, engines)
        try:
            codec = {"schema": "pg_catalog", "encoder": encoder, "decoder": json.loads}
            await connection.set_type_codec("jsonb", **codec)
            await connection.execute(storage.create_table)
            await connection.execute(storage.insert, *storage.encode(record))
            found = await connection.fetch(f"SELECT id FROM coded_rows WHERE {where.text}", *where.params)
            assert len(found) == is_found
            [row] = await connection.fetch("SELECT * FROM coded_rows")
            if is_found:
                assert storage.decode(row, json_columns="decoded") == record
            else:
                with pytest.raises(CriteriaError, match="may have decoded it"):
                    storage.decode(row, json_columns="decoded")
        finally:
            await connection.execute("DROP TABLE IF EXISTS coded_rows")
            await connection.close()

    asyncio.run(run())
