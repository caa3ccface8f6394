"""Pages by cursor of models whose JSON columns hold strings, numbers, lists and null: SQLAlchemy has decoded them."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import pytest

from criteria import Page
from tests.conftest import Engines
from tests.sqlalchemy.databases import database, require_sqlalchemy
from tests.tables.test_pages_of_json import HOSTILE, NUMBER, check_walks

VALUES = [None if one is None else json.loads(one) for one in HOSTILE]


def ids(page: Page) -> Page:
    """The page with rows that have the id first."""
    return Page(tuple((row.id,) for row in page.data), page.has_more_records, cursors=page.cursors)


@pytest.mark.heavy("walks on four databases")
@pytest.mark.parametrize("kind", ["JSON", "decorated", "variant"])
@pytest.mark.parametrize("driver", ["sqlite", "psycopg", "asyncpg", "pymysql"])
def test_walks(driver: str, kind: str, engines: Engines) -> None:
    """The rows of a table and the objects of a class."""
    require_sqlalchemy()
    sa: Any = import_module("sqlalchemy")
    orm: Any = import_module("sqlalchemy.orm")
    model: Any = import_module("criteria.sqlalchemy").model

    class Decorated(sa.types.TypeDecorator):  # type: ignore[misc]
        impl = sa.JSON
        cache_ok = True

    json_type = {
        "JSON": sa.JSON(), "decorated": Decorated(), "variant": sa.Text().with_variant(sa.JSON(), "sqlite",
        "postgresql", "mysql", "mariadb"),
    }[kind]  # fmt: skip
    registry = orm.registry()
    table = sa.Table(
        "json_pages", registry.metadata,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False), sa.Column("m", json_type),
    )  # fmt: skip

    class Holder:
        pass

    registry.map_imperatively(Holder, table)
    with database(driver, engines, registry.metadata) as db:
        for source in (table, Holder) if kind == "JSON" else (table,):
            holders = model(source, json={"m": [NUMBER]})

            def walks(session: Any, holders: Any = holders) -> None:
                rows = [{"id": at, "m": one} for at, one in enumerate(VALUES, 1)]
                session.execute(table.insert(), rows)
                check_walks(holders.schema, lambda search: ids(holders.page(session, search)), limits=[2])

            db.run(walks)


@pytest.mark.heavy("four walks")
def test_text_that_sqlalchemy_has_not_decoded(engines: Engines) -> None:
    require_sqlalchemy()
    sa: Any = import_module("sqlalchemy")
    model: Any = import_module("criteria.sqlalchemy").model
    metadata = sa.MetaData()
    table = sa.Table("json_pages", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("m", sa.Text))
    holders = model(table, json={"m": [NUMBER]})
    with database("sqlite", engines, metadata) as db:

        def walks(session: Any) -> None:
            session.execute(table.insert(), [{"id": at, "m": one} for at, one in enumerate(HOSTILE, 1)])
            check_walks(holders.schema, lambda search: ids(holders.page(session, search)))

        db.run(walks)
