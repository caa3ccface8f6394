"""`verify`: the columns of a database beside the types of a class."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import criteria
from criteria import CriteriaError
from tests.conftest import Engines
from tests.sqlalchemy.databases import database, require_sqlalchemy


@pytest.mark.heavy("creates tables on three engines")
@pytest.mark.parametrize("driver", ["sqlite", "psycopg", "pymysql"])
def test_tables_that_sqlalchemy_created_are_as_the_class_says(driver: str, engines: Engines) -> None:
    require_sqlalchemy()
    mapped: Any = import_module("tests.sqlalchemy.mapped")
    with database(driver, engines, mapped.Base.metadata) as db:
        db.run(lambda session: mapped.MODEL.verify(session.connection()))


OTHERS = {
    "sqlite": ("INTEGER PRIMARY KEY", "TEXT", "CHAR(36)"),
    "psycopg": ("integer PRIMARY KEY", "timestamptz", "text"),
    "pymysql": ("integer PRIMARY KEY", "varchar(20) CHARACTER SET latin1", "varchar(36)"),
}


@pytest.mark.heavy("creates tables on three engines")
@pytest.mark.parametrize("driver", OTHERS)
def test_columns_of_other_types_are_refused(driver: str, engines: Engines) -> None:
    """A migration has given two columns other types, which the class does not know."""
    require_sqlalchemy()
    sa = import_module("sqlalchemy")
    key, second, third = OTHERS[driver]
    metadata = sa.MetaData()
    kinds = {"sqlite": sa.Numeric(10, 2), "psycopg": sa.DateTime(), "pymysql": sa.String(20)}
    things = sa.Table(
        "things_to_verify", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("value", kinds[driver]),
        sa.Column("token", sa.Uuid(native_uuid=False)), sa.Column("gone", sa.String(5)),
    )  # fmt: skip
    model = criteria.sqlalchemy.model(things, naive="utc")
    with database(driver, engines, metadata) as db:

        def check(session: Any) -> None:
            connection = session.connection()
            metadata.drop_all(connection)
            columns = f"id {key}, value {second}, token {third}"
            connection.exec_driver_sql(f"CREATE TABLE things_to_verify ({columns}, gone varchar(5))")
            with pytest.raises(CriteriaError) as error:
                model.verify(connection)
            assert {problem.code for problem in error.value.problems} == {"unfit_column"}
            text = str(error.value)
            assert '"value"' in text
            assert '"token"' in text
            assert '"id"' not in text
            connection.exec_driver_sql("ALTER TABLE things_to_verify DROP COLUMN gone")
            with pytest.raises(CriteriaError, match="not in the database"):
                model.verify(connection)

        db.run(check)


def test_sqlite_in_utf_16_is_refused(tmp_path: Path) -> None:
    """It sorts strings by their bytes. A table of numbers alone is no matter."""
    require_sqlalchemy()
    sa = import_module("sqlalchemy")
    with closing(sqlite3.connect(tmp_path / "utf_16.db")) as connection:
        connection.execute("PRAGMA encoding = 'UTF-16le'")
        connection.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)")
    notes = sa.Table(
        "notes", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.String)
    )
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'utf_16.db'}")
    with engine.connect() as opened:
        with pytest.raises(CriteriaError, match="UTF-16"):
            criteria.sqlalchemy.model(notes).verify(opened)
        criteria.sqlalchemy.model(notes, exclude={"text"}).verify(opened)
    engine.dispose()
