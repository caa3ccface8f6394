"""The functions of docs/drivers.md, with the drivers that they are for, on real servers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest

import criteria
from criteria import Field, Query, Schema
from tests.conftest import Engines, require
from tests.engines.sql import SqlEngine
from tests.site.pages import blocks, read

pytestmark = pytest.mark.heavy("servers of PostgreSQL and MySQL")

FILM = Schema("film", [Field("id", "integer"), Field("title", "string")], system_properties=False)
QUERY: Query = criteria.parse({"NOT": {"title": {"$endsWith": "%"}}}, FILM)
ROWS = "INSERT INTO films VALUES (1, '100% Wolf', 2020), (2, '100%', 1999), (3, NULL, NULL)"


@pytest.fixture(scope="module")
def functions() -> dict[str, Any]:
    """The functions of the page."""
    found: dict[str, Any] = {"criteria": criteria}
    exec("\n".join(blocks(read("docs/drivers.md"), "python")), found)  # noqa: S102
    return found


@pytest.fixture
def films(request: pytest.FixtureRequest, engines: Engines) -> Iterator[SqlEngine]:
    """An engine with a table of films."""
    engine = engines.get(request.param)
    assert isinstance(engine, SqlEngine)
    engine.execute("CREATE TABLE films (id INTEGER PRIMARY KEY, title VARCHAR(100), year INTEGER)")
    engine.execute(ROWS)
    engine.commit()
    yield engine
    engine.rollback()
    engine.execute("DROP TABLE films")
    engine.commit()


@pytest.mark.parametrize("films", ["postgres-natural"], indirect=True)
def test_psycopg(films: SqlEngine, functions: dict[str, Any]) -> None:
    assert sorted(functions["matching"](films.connection, QUERY)) == [(1,), (3,)]


@pytest.mark.parametrize("films", ["postgres-natural"], indirect=True)
def test_psycopg_pool(films: SqlEngine, functions: dict[str, Any]) -> None:
    info = films.connection.info
    settings = {**info.get_parameters(), "dbname": info.dbname, "password": info.password}
    with functions["new_pool"]("", kwargs=settings) as pool:
        assert sorted(functions["matching_pooled"](pool, QUERY)) == [(1,), (3,)]


@pytest.mark.parametrize("films", ["postgres-natural"], indirect=True)
def test_asyncpg(films: SqlEngine, functions: dict[str, Any]) -> None:
    require("asyncpg", None if find_spec("asyncpg") else 'pip install -e ".[test,orm-test]"')

    async def run() -> list[int]:
        where = films.connection.info.get_parameters()
        connection = await import_module("asyncpg").connect(
            host=where.get("host"), port=int(where.get("port", "5432")), user=where.get("user"),
            password=where.get("password"), database=films.connection.info.dbname,
        )  # fmt: skip
        try:
            return sorted(row["id"] for row in await functions["matching_async"](connection, QUERY))
        finally:
            await connection.close()

    assert asyncio.run(run()) == [1, 3]


@pytest.mark.parametrize("films", ["mysql"], indirect=True)
def test_pymysql(films: SqlEngine, functions: dict[str, Any]) -> None:
    assert sorted(functions["matching_mysql"](films.connection, QUERY)) == [(1,), (3,)]
