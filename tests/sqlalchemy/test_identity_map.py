"""Cursors go on from the values by which the engine sorted, whatever the objects of the session hold."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import criteria
from criteria import Field
from tests.conftest import Engines, require
from tests.servers import POSTGRES
from tests.sqlalchemy.databases import require_sqlalchemy
from tests.tables import orms

ORDERS = ("total", "total desc", "memo.rank", "memo.rank desc,total")

each_engine = pytest.mark.parametrize("name", ["sqlite", "postgres-natural"])


def accounts(sa: Any, orm: Any) -> tuple[Any, Any]:
    """The registry of a class of accounts, and the class."""
    registry = orm.registry()
    table = sa.Table(
        "stale_accounts", registry.metadata, sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("total", sa.Integer, nullable=False), sa.Column("memo", sa.JSON()),
    )  # fmt: skip

    class Account:
        id: Any
        total: Any
        memo: Any

    registry.map_imperatively(Account, table)
    return registry, Account


@contextmanager
def filled(name: str, engines: Engines, tmp_path: Path) -> Iterator[tuple[Any, Any, Any]]:
    """An engine with two connections, the class of six accounts, and its model."""
    require_sqlalchemy()
    sa, orm = import_module("sqlalchemy"), import_module("sqlalchemy.orm")
    engines.get(name)
    if name == "sqlite":
        engine = sa.create_engine(f"sqlite:///{tmp_path / 'accounts.db'}")
    else:
        require("psycopg", None if find_spec("psycopg") else orms.HOW_TO_GET)
        server = engines.servers.get(POSTGRES)
        connect = lambda: server.connect("natural", autocommit=False)  # noqa: E731
        engine = sa.create_engine("postgresql+psycopg://", creator=connect, poolclass=sa.pool.NullPool)
    registry, account = accounts(sa, orm)
    model = criteria.sqlalchemy.model(account, json={"memo": [Field("memo.rank", "integer")]})
    registry.metadata.drop_all(engine)
    registry.metadata.create_all(engine)
    try:
        with orm.Session(engine) as session:
            for at in range(1, 7):
                one = account()
                one.id, one.total, one.memo = at, at * 10, {"rank": at * 10}
                session.add(one)
            session.commit()
        yield engine, account, model
    finally:
        registry.metadata.drop_all(engine)
        engine.dispose()
        registry.dispose()


def walk(model: Any, session: Any, order: str, statement: Any = None) -> tuple[list[int], list[int]]:
    """The ids of pages of one record: from the first to the last, and back to the first."""
    found: list[int] = []
    params: dict[str, Any] = {"limit": 1, "orderBy": order}
    given = params
    while True:
        page = model.page(session, criteria.parse_search(given, model.schema), statement)
        found += [one.id for one in page.data]
        if page.next_cursor is None or len(found) > 6:
            break
        given = {**params, "after": page.next_cursor}
    back = found[-1:]
    while page.previous_cursor is not None and len(back) <= 6:
        page = model.page(session, criteria.parse_search({**params, "before": page.previous_cursor}, model.schema))
        back += [one.id for one in page.data]
        if not page.data:
            break
    return found, back


def check_walks(model: Any, session: Any, statement: Any = None) -> None:
    """Account 2 is first and the others follow, or the other way around."""
    expected = [2, 1, 3, 4, 5, 6]
    for order in ORDERS:
        wanted = expected[::-1] if "desc" in order else expected
        assert walk(model, session, order, statement) == (wanted, wanted[::-1]), order


@each_engine
def test_a_row_that_another_session_has_changed(name: str, engines: Engines, tmp_path: Path) -> None:
    """SQLAlchemy keeps the older object, and the engine sorts by the newer row."""
    with filled(name, engines, tmp_path) as (engine, account, model):
        orm = import_module("sqlalchemy.orm")
        with orm.Session(engine, expire_on_commit=False) as session, orm.Session(engine) as other:
            held = session.get(account, 2)
            session.commit()
            changed = other.get(account, 2)
            changed.total, changed.memo = 5, {"rank": 5}
            other.commit()
            check_walks(model, session)
            assert held.total == 20


@each_engine
def test_an_object_whose_change_is_not_flushed(name: str, engines: Engines, tmp_path: Path) -> None:
    with filled(name, engines, tmp_path) as (engine, account, model):
        sa, orm = import_module("sqlalchemy"), import_module("sqlalchemy.orm")
        with engine.begin() as connection:
            row = sa.update(account).where(account.id == 2).values(total=5, memo={"rank": 5})
            connection.execute(row)
        with orm.Session(engine, autoflush=False) as session:
            held = session.get(account, 3)
            held.total, held.memo = 999, {"rank": 999}
            check_walks(model, session)
            assert held.total == 999


@each_engine
def test_an_object_that_is_changed_before_its_cursor_is_read(name: str, engines: Engines, tmp_path: Path) -> None:
    """Nor does a cursor need a statement, after the session has expired its objects."""
    with filled(name, engines, tmp_path) as (engine, _, model):
        orm = import_module("sqlalchemy.orm")
        search = criteria.parse_search({"limit": 3, "orderBy": "total"}, model.schema)
        with orm.Session(engine) as session:
            expected = model.page(session, search).next_cursor
            page = model.page(session, search)
            page.data[-1].total = 999
            assert page.next_cursor == expected
            session.rollback()  # expires them
        assert page.next_cursor == expected


@each_engine
def test_attributes_that_are_not_loaded(name: str, engines: Engines, tmp_path: Path) -> None:
    """By `load_only`, `defer`, and with `raiseload`, so that an attribute cannot be loaded later."""
    with filled(name, engines, tmp_path) as (engine, account, model):
        sa, orm = import_module("sqlalchemy"), import_module("sqlalchemy.orm")
        with engine.begin() as connection:
            connection.execute(sa.update(account).where(account.id == 2).values(total=5, memo={"rank": 5}))
        for option in (
            orm.load_only(account.id), orm.defer(account.total),
            orm.load_only(account.id, raiseload=True), orm.defer(account.total, raiseload=True),
        ):  # fmt: skip
            with orm.Session(engine) as session:
                check_walks(model, session, sa.select(account).options(option))


def test_pages_of_an_asynchronous_session(engines: Engines, tmp_path: Path) -> None:
    """A cursor is read where no statement can run."""
    require("aiosqlite", None if find_spec("aiosqlite") and find_spec("greenlet") else orms.HOW_TO_GET)
    with filled("sqlite", engines, tmp_path) as (engine, account, model):
        sa, asyncio_of_sa = import_module("sqlalchemy"), import_module("sqlalchemy.ext.asyncio")
        url = engine.url.set(drivername="sqlite+aiosqlite")

        async def ids(*options: Any) -> list[int]:
            own = asyncio_of_sa.create_async_engine(url)
            found: list[int] = []
            given: dict[str, Any] = {"limit": 1, "orderBy": "total"}
            async with asyncio_of_sa.AsyncSession(own, expire_on_commit=False) as session:
                held: Any = None if options else await session.get(account, 2)
                await session.commit()
                async with own.begin() as connection:
                    await connection.execute(sa.update(account).where(account.id == 2).values(total=5))
                while len(found) <= 6:
                    search = criteria.parse_search(given, model.schema)
                    page = await model.page_async(session, search, sa.select(account).options(*options))
                    found += [one.id for one in page.data]
                    if page.next_cursor is None:
                        break
                    given = {**given, "after": page.next_cursor}
                assert options or held.total == 20
            await own.dispose()
            return found

        orm = import_module("sqlalchemy.orm")
        assert asyncio.run(ids()) == [2, 1, 3, 4, 5, 6]
        assert asyncio.run(ids(orm.load_only(account.id))) == [2, 1, 3, 4, 5, 6]
