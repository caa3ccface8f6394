"""The first and the last date and instant, which asyncpg sends as infinities."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timezone
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, Schema
from tests.conftest import Engines, require
from tests.servers import POSTGRES
from tests.tables.orms import HOW_TO_GET

pytestmark = pytest.mark.heavy("starts PostgreSQL")

FIRST, LAST = "0001-01-01", "9999-12-31"
AT_FIRST, AT_LAST = f"{FIRST}T00:00:00Z", f"{LAST}T23:59:59.999999Z"
SCHEMA = Schema(
    "terms",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("until", "date"),
        Field("at", "dateTime", precision=6),
        Field("local", "dateTime", precision=6, time_zone="UTC"),
        Field("days", "date", is_list=True),
        Field("p.until", "date"),
        Field("p.days", "date", is_list=True),
    ],
    system_properties=False,
)
ROWS: list[dict[str, Any]] = [
    {"id": 1, "until": LAST, "at": AT_LAST, "local": AT_LAST, "days": [LAST], "p": {"until": LAST, "days": [LAST]}},
    {"id": 2, "until": "2026-01-01", "at": "2026-01-01T00:00:00Z", "local": "2026-01-01T00:00:00Z", "days": []},
    {"id": 3, "until": FIRST, "at": AT_FIRST, "local": AT_FIRST, "days": [FIRST, LAST], "p": {"until": FIRST}},
    {"id": 4, "until": LAST, "at": AT_LAST, "local": AT_LAST},
    {"id": 5},
]
CASES: tuple[tuple[dict[str, Any], list[int]], ...] = (
    ({"until": LAST}, [1, 4]),
    ({"until": {"$ne": LAST}}, [2, 3, 5]),
    ({"until": {"$gte": LAST}}, [1, 4]),
    ({"until": {"$lte": FIRST}}, [3]),
    ({"until": {"$in": [FIRST, LAST]}}, [1, 3, 4]),
    ({"until": {"$nin": [FIRST, LAST]}}, [2, 5]),
    ({"at": AT_LAST}, [1, 4]),
    ({"at": {"$in": [AT_FIRST, AT_LAST]}}, [1, 3, 4]),
    ({"at": {"$lt": AT_LAST}}, [2, 3]),
    ({"local": AT_LAST}, [1, 4]),
    ({"local": {"$lte": AT_FIRST}}, [3]),
    ({"days": LAST}, [1, 3]),
    ({"days": {"$in": [FIRST, "2000-01-01"]}}, [3]),
    ({"days": {"$gte": LAST}}, [1, 3]),
    ({"p.until": {"$gte": LAST}}, [1]),
    ({"p.days": LAST}, [1]),
)
MANY = [f"{1800 + number // 28}-01-{1 + number % 28:02}" for number in range(2_100)]
"""More values than are bound one by one."""


def connected(engines: Engines, work: Callable[[Any], Awaitable[None]]) -> None:
    """Runs work with a connection of asyncpg."""
    require("asyncpg", None if find_spec("asyncpg") else HOW_TO_GET)
    engines.get("postgres")
    server = engines.servers.get(POSTGRES)
    with server.connect("natural") as connection:
        where = connection.info.get_parameters()

    async def run() -> None:
        asynchronous = await import_module("asyncpg").connect(
            host=where.get("host"), port=int(where.get("port", "5432")), user=where.get("user"),
            password=where.get("password"), database=server.databases["natural"],
        )  # fmt: skip
        try:
            await work(asynchronous)
        finally:
            await asynchronous.execute("DROP TABLE IF EXISTS terms")
            await asynchronous.close()

    asyncio.run(run())


async def stored(connection: Any, schema: Schema = SCHEMA) -> Any:
    """The storage of the records, which are in its table."""
    storage = criteria.storage(schema, "postgres", paramstyle="numeric_dollar")
    await connection.execute(storage.create_table)
    for row in ROWS:
        await connection.execute(storage.insert, *storage.encode(schema.decode(row)))
    return storage


async def selected(connection: Any, table: Any, wanted: Any, limits: Any = None) -> list[int]:
    """The ids that asyncpg gives for criteria."""
    query = criteria.parse(wanted, SCHEMA, limits=limits or criteria.Limits())
    where = criteria.compile(query, "sql", table=table, paramstyle="numeric_dollar")
    rows = await connection.fetch(f"SELECT id FROM terms WHERE {where.text} ORDER BY id", *where.params)
    return [row["id"] for row in rows]


def test_the_ends_of_time_are_what_they_are(engines: Engines) -> None:
    """Conditions, rows of a storage and updates have no infinity, on the storage's table and on a reflected one."""

    async def work(connection: Any) -> None:
        storage = await stored(connection)
        [row] = await connection.fetch("SELECT until::text, at::text, days::text FROM terms WHERE id = 1")
        assert tuple(row) == (LAST, "9999-12-31 23:59:59.999999+00", "{9999-12-31}")
        rows = [storage.decode(tuple(row)) for row in await connection.fetch("SELECT * FROM terms ORDER BY id")]
        assert [row["until"] for row in rows] == [date.max, date(2026, 1, 1), date.min, date.max, None]
        assert [row["days"] for row in rows] == [[date.max], [], [date.min, date.max], None, None]
        assert rows[0]["p"] == {"until": date.max, "days": [date.max]}
        for table in (storage, pickle.loads(pickle.dumps(storage))):  # noqa: S301
            for wanted, ids in CASES:
                assert await selected(connection, table, wanted) == ids, wanted
                assert await selected(connection, table, {"NOT": wanted}) == [
                    one for one in range(1, 6) if one not in ids
                ], wanted
        reflected = await criteria.tables.reflect_async(connection, "terms", SCHEMA)
        for wanted, ids in CASES:
            assert await selected(connection, reflected, wanted) == ids, wanted
        changed = storage.update(SCHEMA.decode({**ROWS[4], "until": LAST}), criteria.parse({"id": 5}, SCHEMA))
        await connection.execute(changed.text, *changed.params)
        assert await selected(connection, storage, {"until": LAST}) == [1, 4, 5]

    connected(engines, work)


def test_long_lists_of_dates(engines: Engines) -> None:
    """A list that is bound as one array has the last day as well."""

    async def work(connection: Any) -> None:
        storage = await stored(connection)
        limits = criteria.Limits(values=3_000)
        assert await selected(connection, storage, {"until": {"$in": [*MANY, LAST]}}, limits) == [1, 4]
        assert await selected(connection, storage, {"days": {"$in": [*MANY, FIRST]}}, limits) == [3]
        moments = [f"{day}T00:00:00Z" for day in MANY]
        assert await selected(connection, storage, {"at": {"$in": [*moments, AT_LAST]}}, limits) == [1, 4]
        assert await selected(connection, storage, {"local": {"$in": [*moments, AT_LAST]}}, limits) == [1, 4]

    connected(engines, work)


def test_more_arguments_than_asyncpg_takes_are_refused(engines: Engines) -> None:
    """asyncpg takes 32,767 of the 65,535 that the server takes. Values beside a column of text are one each."""

    schema = Schema("terms", [SCHEMA.fields[0], Field("code", "string")], system_properties=False)
    limits = criteria.Limits(values=1_000)

    async def work(connection: Any) -> None:
        await connection.execute("CREATE TABLE terms (id bigint PRIMARY KEY, code varchar(20))")
        await connection.execute("INSERT INTO terms VALUES (1, 'c5'), (2, 'x')")
        table = await criteria.tables.reflect_async(connection, "terms", schema)

        async def found(count: int) -> list[int]:
            lists = [[f"c{at}" for at in range(start, min(start + 1_000, count))] for start in range(0, count, 1_000)]
            query = criteria.parse({"OR": [{"code": {"$in": one}} for one in lists]}, schema, limits=limits)
            where = criteria.compile(query, "sql", table=table, paramstyle="numeric_dollar")
            return [
                row["id"] for row in await connection.fetch(f"SELECT id FROM terms WHERE {where.text}", *where.params)
            ]

        assert await found(32_767) == [1]
        with pytest.raises(CriteriaError, match="at most 32767"):
            await found(32_768)

    connected(engines, work)


@pytest.mark.parametrize(
    ("order_by", "ids"), [("until desc", [4, 1, 2, 3, 5]), ("at", [5, 3, 2, 1, 4]), ("local desc", [4, 1, 2, 3, 5])]
)
def test_pages_end(order_by: str, ids: list[int], engines: Engines) -> None:
    """A cursor at the last day leads to the next page, and each record is on one page."""

    async def work(connection: Any) -> None:
        await stored(connection)
        table = await criteria.tables.reflect_async(connection, "terms", SCHEMA)
        found: list[int] = []
        after: str | None = None
        for _ in range(9):
            params = {"orderBy": order_by, "limit": "1", **({} if after is None else {"after": after})}
            search = criteria.parse_search(params, SCHEMA)
            rows: list[Any] = []
            for part in criteria.compile(search, "sql", table=table, paramstyle="numeric_dollar").pages:
                rows += [tuple(row) for row in await connection.fetch(part.text, *part.params)]
            page = search.page(rows[: search.fetch])
            found += [row[0] for row in page.data]
            if not page.has_more_records:
                break
            after = search.cursor({"until": None, "at": None, "local": None, **SCHEMA.decode(ROWS[found[-1] - 1])})
        assert found == ids

    connected(engines, work)


def test_models_of_sqlalchemy(engines: Engines) -> None:
    """SQLAlchemy's asyncpg gets the same conditions."""
    require("SQLAlchemy 2", None if find_spec("sqlalchemy") else HOW_TO_GET)
    asynchronous, orm, select = (
        import_module("sqlalchemy.ext.asyncio"), import_module("sqlalchemy.orm"), import_module("sqlalchemy").select,
    )  # fmt: skip

    async def work(connection: Any) -> None:
        await stored(connection)

        base = orm.declarative_base()
        types = import_module("sqlalchemy")
        columns = {
            "__tablename__": "terms",
            "id": types.Column(types.Integer, primary_key=True),
            "until": types.Column(types.Date),
            "at": types.Column(types.DateTime(timezone=True)),
        }
        term: Any = type("Term", (base,), columns)
        model = criteria.sqlalchemy.model(term)

        async def same() -> Any:
            return connection

        engine = asynchronous.create_async_engine(
            "postgresql+asyncpg://", async_creator=same, poolclass=import_module("sqlalchemy.pool").StaticPool
        )
        async with engine.connect() as opened:
            for wanted in ({"until": LAST}, {"until": {"$in": [LAST]}}, {"at": AT_LAST}, {"at": {"$gte": AT_LAST}}):
                query = criteria.parse(wanted, model.schema)
                rows = await opened.execute(select(term.id).where(model.where(query)).order_by(term.id))
                assert [row[0] for row in rows] == [1, 4], wanted

    connected(engines, work)


def test_decode_is_the_inverse_of_encode() -> None:
    """Whatever a row is bound as, `decode` reads what `encode` makes, and refuses other texts."""
    storage = criteria.storage(SCHEMA, "postgres", paramstyle="numeric_dollar")
    for row in ROWS:
        encoded = storage.encode(SCHEMA.decode(row))
        assert storage.decode(storage.encode(storage.decode(encoded))) == storage.decode(encoded)
        assert storage.decode(encoded)["until"] == SCHEMA.decode(row).get("until")
        assert storage.decode(encoded)["at"] == SCHEMA.decode(row).get("at")
    with pytest.raises(CriteriaError, match="is not of type date"):
        storage.decode((1, "tomorrow", None, None, None, None))


def test_other_drivers_get_dates() -> None:
    """psycopg sends dates as they are, so they are bound as they are."""
    query = criteria.parse({"until": LAST, "at": AT_LAST}, SCHEMA)
    where = criteria.compile(query, "sql", dialect="postgres")
    assert where.params == (date(9999, 12, 31), datetime(9999, 12, 31, 23, 59, 59, 999999, timezone.utc))
    assert "AS TEXT" not in where.text
    texts = criteria.compile(query, "sql", dialect="postgres", paramstyle="numeric_dollar")
    assert texts.params == (LAST, "9999-12-31 23:59:59.999999+00:00")
