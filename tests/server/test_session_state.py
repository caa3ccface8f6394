"""Settings of a role, a database or a URL change no value (docs/server.md#connections-to-databases)."""

from __future__ import annotations

import sqlite3
import tracemalloc
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest

import criteria
from criteria import Field, Schema, Search
from examples.server.store import open_store, sqlite
from tests.conftest import Engines
from tests.server.databases import postgres
from tests.server.running import Api, running, status
from tests.servers import POSTGRES

OK, FAILED = (200, "Success"), (500, "UnidentifiedError")
LAST, FIRST = "9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00.000Z"
SETTINGS = {
    "TimeZone": "Asia/Tokyo",
    "DateStyle": "SQL, DMY",
    "extra_float_digits": "-15",
    "client_encoding": "LATIN1",
    "standard_conforming_strings": "off",
    "transform_null_equals": "on",
    "array_nulls": "off",
    "gin_fuzzy_search_limit": "1",
    "default_transaction_isolation": "serializable",
}
TEXT = "back\\slash, \u6f22, \U0001f600, 'quoted'"


def check(api: Api) -> None:
    """Writes and reads values that depend on settings."""
    api.make("contentitems/customproperties", name="score", fieldType="double")
    api.make("contentitems/customproperties", name="badge", fieldType="guid")
    badge = "00112233-4455-6677-8899-aabbccddeeff"
    for instant in (LAST, FIRST):
        custom = {"score": 0.1 + 0.2, "badge": badge}
        number = api.make("contentitems", title=TEXT, tags=["NULL", TEXT], publishDate=instant, customProperties=custom)
        found = api.read(f"contentitems/{number}")
        assert (found["publishDate"], found["title"], found["tags"]) == (instant, TEXT, ["NULL", TEXT])
        assert found["customProperties"] == {"score": 0.1 + 0.2, "badge": badge}
        assert api.ids("contentitems", query=f'{{"publishDate": "{instant}"}}') == [number]
        assert status(api.send("PUT", f"contentitems/{number}", json={"text": "x"})) == OK
    assert len(api.ids("contentitems", query='{"tags": "NULL", "contentGroup": null}')) == 2


def test_settings_of_a_postgres_database(engines: Engines, new_store: Callable[[], str], store_kind: str) -> None:
    """A database whose sessions begin under Asia/Tokyo, with short doubles and in Latin-1, serves every value."""
    if store_kind != "postgres":
        pytest.skip("these are settings of PostgreSQL")
    import psycopg
    from psycopg.sql import SQL, Identifier, Literal

    url = new_store()
    with psycopg.connect(url, autocommit=True) as connection:
        for setting, value in SETTINGS.items():
            change = SQL("ALTER DATABASE {} SET {} = {}")
            name = Identifier(connection.info.dbname)
            connection.execute(change.format(name, Identifier(setting), Literal(value)))
    with running(url) as api:
        check(api)


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles"])
def test_a_time_zone_in_a_postgres_url(new_store: Callable[[], str], store_kind: str, zone: str) -> None:
    """So does one whose URL names a zone, east or west."""
    if store_kind != "postgres":
        pytest.skip("these are options of PostgreSQL")
    url = new_store()
    with running(f"{url}{'&' if '?' in url else '?'}options={quote(f'-c TimeZone={zone}')}") as api:
        check(api)


@pytest.mark.parametrize(("given", "expected"), [("off", "on"), ("remote_apply", "remote_apply"), ("local", "local")])
def test_writes_to_postgres_are_on_the_disk(
    new_store: Callable[[], str], store_kind: str, given: str, expected: str
) -> None:
    """A role, a database or a URL that does not wait for the disk loses no write that was acknowledged."""
    if store_kind != "postgres":
        pytest.skip("this is a setting of PostgreSQL")
    from examples.server.store.postgres import Postgres

    url = new_store()
    options = quote(f"-c synchronous_commit={given}")
    with (
        closing(Postgres(f"{url}{'&' if '?' in url else '?'}options={options}")) as database,
        database.reading() as cursor,
    ):
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchall() == [(expected,)]


def test_postgres_ends_long_statements(new_store: Callable[[], str], store_kind: str) -> None:
    """After half a minute by default, or after the time that the URL names."""
    if store_kind != "postgres":
        pytest.skip("these are options of PostgreSQL")
    from psycopg.errors import QueryCanceled

    from examples.server.store.postgres import Postgres

    url = new_store()
    for options, expected in (("", "30s"), ("-c statement_timeout=200", "200ms")):
        database = Postgres(f"{url}{'&' if '?' in url else '?'}options={quote(options)}" if options else url)
        with closing(database), database.reading() as cursor:
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchall() == [(expected,)]
    database = Postgres(f"{url}{'&' if '?' in url else '?'}options={quote('-c statement_timeout=200')}")
    with closing(database), pytest.raises(QueryCanceled), database.reading() as cursor:
        cursor.execute("SELECT pg_sleep(10)")


def test_postgres_keeps_no_long_statements(new_store: Callable[[], str], store_kind: str) -> None:
    """Long statements leave neither their texts behind nor prepared statements; short ones are prepared as usual."""
    if store_kind != "postgres":
        pytest.skip("a driver that counts the statements which it keeps")
    from examples.server.store.postgres import MAX_PREPARED, Postgres

    # One cursor, for the pool may have opened a second connection, and each has prepared statements of its own.
    with closing(Postgres(new_store())) as database, database.reading() as cursor:

        def ran(statement: str) -> None:
            assert cursor.execute(statement).fetchall() == [(1,)]

        for _ in range(7):
            ran("SELECT 1")
            ran(f"SELECT 1 -- {'x' * MAX_PREPARED}")
        tracemalloc.start()
        try:
            for number in range(90):
                ran(f"SELECT 1 -- {number} {'x' * 100_000}")
            assert tracemalloc.get_traced_memory()[0] < 1_000_000
        finally:
            tracemalloc.stop()
        cursor.execute("SELECT statement FROM pg_prepared_statements WHERE statement LIKE 'SELECT 1%'")
        assert cursor.fetchall() == [("SELECT 1",)]


def test_sqlite_ends_long_statements(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A statement that has no end is interrupted, and the next one is not."""
    monkeypatch.setattr(sqlite, "STATEMENT_SECONDS", 0.2)
    database = sqlite.Sqlite(str(tmp_path / "it.db"))
    with closing(database):
        for _ in range(2):
            with pytest.raises(sqlite3.OperationalError, match="interrupted"), database.reading() as cursor:
                cursor.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n")
            with database.reading() as cursor:
                assert cursor.execute("SELECT 1").fetchall() == [(1,)]


def test_mongo_ends_long_searches(
    new_store: Callable[[], str], store_kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages and counts, with references and without, are ended by MongoDB itself."""
    if store_kind != "mongodb":
        pytest.skip("the option of a search in MongoDB")
    from pymongo.errors import ExecutionTimeout

    from examples.server.store import mongo

    item = Schema("item", [Field("name", "string"), Field("other", "objectRef", object_entity_type="item")])
    item = item.with_entities({"item": item})
    store = mongo.open_mongo(new_store())
    with closing(store):
        store.prepare(item)
        for number in range(300):
            store.insert(item, {"name": "a" * 2000, "other": number, "revision": 1}, {})
        for path in ("name", "other.name"):
            asked = {"OR": [{path: {"$icontains": f"{number}b"}} for number in range(30)]}
            search = Search(criteria.parse(asked, item), (), 10)
            assert (store.find(search), store.count(search)) == ([], 0)
            with monkeypatch.context() as patched:
                patched.setattr(mongo, "STATEMENT_SECONDS", 0.001)
                for run in (store.find, store.count):
                    with pytest.raises(ExecutionTimeout):
                        run(search)


@pytest.mark.heavy("starts servers")
@pytest.mark.parametrize(
    "options",
    [
        "tz_aware=true",
        "uuidRepresentation=csharpLegacy",
        "readPreference=secondaryPreferred",
        "datetime_conversion=DATETIME_MS",
        "readConcernLevel=linearizable",
        "readConcernLevel=snapshot",
    ],
)
def test_options_in_a_mongodb_url(new_store: Callable[[], str], store_kind: str, options: str) -> None:
    """Options that change what PyMongo returns, or where it reads, change no value."""
    if store_kind != "mongodb":
        pytest.skip("these are options of MongoDB")
    with running(f"{new_store()}&{options}") as api:
        check(api)


def test_writes_to_mongodb_are_acknowledged(new_store: Callable[[], str], store_kind: str) -> None:
    """A URL without acknowledged writes is refused: a write could be lost without an error."""
    if store_kind != "mongodb":
        pytest.skip("this is an option of MongoDB")
    url = new_store() + "&w=0"
    with pytest.raises(ValueError, match="acknowledged"):
        open_store(url)


def test_a_sqlite_file_in_utf_16_is_refused(new_store: Callable[[], str], store_kind: str) -> None:
    """It would sort strings in another order."""
    if store_kind != "sqlite":
        pytest.skip("this is a setting of SQLite")
    url = new_store()
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.execute("PRAGMA encoding = 'UTF-16le'")
        connection.execute("CREATE TABLE t (x)")
    with pytest.raises(ValueError, match="UTF-16le"):
        open_store(url)


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_postgres_database_in_another_encoding_is_refused(engines: Engines, store_kind: str, encoding: str) -> None:
    """It would select other rows, and have no operand beyond its letters."""
    if store_kind != "postgres":
        pytest.skip("this is a setting of PostgreSQL")
    engines.get("postgres")  # skips the test where it is missing
    server = engines.servers.get(POSTGRES)
    with postgres(server.url, encoding) as url, pytest.raises(ValueError, match=f"in {encoding}: make one in UTF-8"):
        open_store(url)
