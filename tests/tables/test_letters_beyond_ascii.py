"""Keywords, and letter case in names, are ASCII: letters that Unicode folds to one of A to Z are others."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

import criteria
from criteria import CriteriaError, Field, Schema
from tests.conftest import Engines
from tests.engines.sql import SqlEngine

KEY = Field("id", "integer", is_unique=True, nullable=False)
NEARLY = ("un\u0131que", "pr\u0131mary", "con\u017ftraint", "fore\u0131gn", "l\u0131ke")
"""Words that are keywords once `upper` has made I and S of U+0131 and U+017F."""


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    """An empty database."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as made:
        yield made


def schema_of(*fields: Field) -> Schema:
    """A schema with a key and some fields."""
    return Schema("rows", [KEY, *fields], system_properties=False)


@pytest.mark.parametrize("word", NEARLY)
def test_a_column_whose_name_is_nearly_a_keyword(connection: sqlite3.Connection, word: str) -> None:
    """SQLite takes it for a name, and DDL says the same as the database."""
    ddl = f"CREATE TABLE t (id INTEGER PRIMARY KEY, {word} TEXT NOT NULL)"
    connection.execute(ddl)
    schema = schema_of(Field("f", "string", nullable=False, column=word))
    read = criteria.tables.from_ddl(ddl, schema, dialect="sqlite")
    reflected = criteria.tables.reflect(connection, "t", schema)
    assert [(one.name, one.type, one.nullable) for one in read.columns] == [
        ("id", "INTEGER", False),
        (word, "TEXT", False),
    ]
    assert (read.columns, read.keys) == (reflected.columns, reflected.keys)
    connection.execute("INSERT INTO t VALUES (1, 'a'), (2, 'b')")
    where = criteria.compile(criteria.parse({"f": "b"}, schema), "sql", table=read)
    assert connection.execute(f"SELECT id FROM t WHERE {where.text}", where.params).fetchall() == [(2,)]


@pytest.mark.parametrize("rest", ["pr\u0131mary KEY", "un\u0131que", "con\u017ftraint c"], ids=ascii)
def test_what_is_nearly_a_constraint_is_a_part_of_the_type(connection: sqlite3.Connection, rest: str) -> None:
    """It makes no key, and the type is refused for DDL as for the database that ran it."""
    ddl = f"CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT {rest})"
    connection.execute(ddl)
    connection.execute("INSERT INTO t (v) VALUES ('a'), ('a'), (NULL)")
    schema, said = schema_of(Field("v", "string")), []
    makers: list[Callable[[], criteria.Table]] = [
        lambda: criteria.tables.from_ddl(ddl, schema, dialect="sqlite"),
        lambda: criteria.tables.reflect(connection, "t", schema),
    ]
    for made in makers:
        with pytest.raises(CriteriaError) as refused:
            made()
        said.append(str(refused.value))
    for one in said:
        assert f'Column "v" (TEXT {rest.partition(" ")[0]}' in one
        assert "it does not hold values of type string" in one


def test_what_is_nearly_integer_is_no_row_id(connection: sqlite3.Connection) -> None:
    """A primary key of such a type may be NULL, in the database and in what DDL and reflection say of it."""
    ddl = "CREATE TABLE t (id \u0131NTEGER PRIMARY KEY, v TEXT)"
    connection.execute(ddl)
    connection.execute("INSERT INTO t VALUES (NULL, 'a'), (NULL, 'b')")
    schema = Schema("rows", [Field("v", "string")], system_properties=False)
    read = criteria.tables.from_ddl(ddl, schema, dialect="sqlite")
    reflected = criteria.tables.reflect(connection, "t", schema)
    assert read.columns[0].nullable is reflected.columns[0].nullable is True
    with pytest.raises(CriteriaError, match="unfit_column"):
        criteria.tables.from_ddl(ddl, schema_of(), dialect="sqlite")


@pytest.mark.parametrize("columns", ["k NUMERIC, \u212a TEXT", "\u212a TEXT, k NUMERIC"], ids=ascii)
def test_a_column_beside_one_of_nearly_the_same_name(connection: sqlite3.Connection, columns: str) -> None:
    """A field is on the column of its name: k has no strings, whatever the column with U+212A has."""
    ddl = f"CREATE TABLE t (id INTEGER PRIMARY KEY, {columns})"
    connection.execute(ddl)
    connection.execute("INSERT INTO t (id, k, \u212a) VALUES (1, 5, 'a'), (2, 7, '5')")
    for column, value, expected in (("k", "5", None), ("\u212a", "5", [(2,)]), ("K", "5", None)):
        schema = schema_of(Field("f", "string", column=column))
        for is_ddl in (True, False):
            try:
                if is_ddl:
                    table = criteria.tables.from_ddl(ddl, schema, dialect="sqlite")
                else:
                    table = criteria.tables.reflect(connection, "t", schema)
            except CriteriaError as refused:
                assert expected is None
                assert [problem.code for problem in refused.problems] == ["unfit_column"]
                continue
            where = criteria.compile(criteria.parse({"f": value}, schema), "sql", table=table)
            found = connection.execute(f"SELECT id FROM t WHERE {where.text}", where.params).fetchall()
            assert found == expected


def test_a_missing_column_is_not_one_of_nearly_the_same_name(connection: sqlite3.Connection) -> None:
    """SQLite reads the name of a column that is not there as a text, so the field is refused."""
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, \u212a TEXT)")
    with pytest.raises(CriteriaError, match='has no column "k"'):
        criteria.tables.reflect(connection, "t", schema_of(Field("k", "string")))


@pytest.mark.parametrize(
    ("written", "stored"), [("\u00c9TAT", "\u00c9tat"), ("\u212aEY", "\u212aey"), ('"\u00c9TAT"', "\u00c9TAT")]
)
def test_postgres_folds_ascii_alone(engines: Engines, written: str, stored: str) -> None:
    """A name without quotes has A to Z in lower case, and other letters as they are, in DDL as in the database."""
    engine = engines.get("postgres-natural")
    assert isinstance(engine, SqlEngine)
    ddl = f"CREATE TABLE nearly_rows (id integer PRIMARY KEY, {written} text)"
    schema = schema_of(Field("f", "string", column=stored))
    try:
        engine.execute(ddl)
        engine.execute("INSERT INTO nearly_rows VALUES (1, 'a'), (2, 'b')")
        read = criteria.tables.from_ddl(ddl, schema, dialect="postgres")
        assert [one.name for one in read.columns] == ["id", stored]
        assert read.columns == criteria.tables.reflect(engine.connection, "nearly_rows", schema).columns
        where = criteria.compile(criteria.parse({"f": "b"}, schema), "sql", table=read)
        assert engine.keys(f"SELECT id FROM nearly_rows WHERE {where.text}", where.params, 0) == [2]
    finally:
        engine.rollback()


def test_duckdb_tells_such_types_apart() -> None:
    """Two enumerated types whose names differ in such a letter have labels of their own, as in the database."""
    import duckdb

    types = ("CREATE TYPE k AS ENUM ('a', 'b')", "CREATE TYPE \u212a AS ENUM ('z', 'y')")
    for order in (types, types[::-1]):
        ddl = [*order, "CREATE TABLE t (id INTEGER PRIMARY KEY, v k, w \u212a)"]
        with closing(duckdb.connect()) as connection:
            for statement in ddl:
                connection.execute(statement)
            schema = schema_of(Field("v", "string"), Field("w", "string"))
            read = criteria.tables.from_ddl(";\n".join(ddl), schema, dialect="duckdb")
            reflected = criteria.tables.reflect(connection, "t", schema)
            assert [one.labels for one in read.columns] == [(), ("a", "b"), ("z", "y")]
            assert [one.labels for one in reflected.columns] == [one.labels for one in read.columns]
