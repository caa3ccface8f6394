"""`schema` and `left_out`: a first schema of a table, which `reflect` takes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given, settings

import criteria
from criteria import CriteriaError, Field, FieldType
from criteria.backends.sql import fitting
from criteria.conformance.strategies import records
from criteria.text.ascii_case import ascii_lower
from tests.conftest import CASES, Engines, capped
from tests.tables.pairs.pair import Pair
from tests.tables.test_columns_that_fit import SAMPLE, foreign_table


@pytest.mark.parametrize(("name", "pair"), SAMPLE)
@pytest.mark.parametrize("time_zone", [None, "UTC"])
def test_reflect_takes_the_schema(time_zone: str | None, name: str, pair: Pair, engines: Engines) -> None:
    """Each column is a field that fits it, or left out with a reason."""
    with foreign_table(engines, name, pair) as foreign:
        connection = foreign.engine.connection

        @settings(max_examples=capped(min(50, max(2, CASES // 200))))
        @given(records(foreign.schema))
        def taken(rows: list[dict[str, Any]]) -> None:
            with foreign.holding(rows):
                found = criteria.tables.schema(connection, "foreign_rows", time_zone=time_zone)
                table = criteria.tables.reflect(connection, "foreign_rows", found)
                assert [field.column for field in found.fields][:1] == ["id"]
                assert found.fields[0].is_unique
                problems = criteria.tables.left_out(connection, "foreign_rows", found)
                assert len(found.fields) + len(problems) == len(table.columns)
                assert all((problem.code, bool(problem.hint)) == ("unfit_column", True) for problem in problems)

        taken()


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    """A database with one table."""
    with closing(sqlite3.connect(":memory:")) as made:
        made.executescript("""
            CREATE TABLE orders (
                id INTEGER PRIMARY KEY, code VARCHAR(10) NOT NULL UNIQUE, total NUMERIC(12, 2), paid BOOLEAN NOT NULL,
                at DATETIME, "a.b" INTEGER, "AND" INTEGER, meta JSON, bad INTEGER
            );
            INSERT INTO orders VALUES (1, 'a', 1.5, 1, '2026-06-01 12:00:00', 1, 1, '{}', 'x');
        """)
        yield made


def test_what_the_fields_are(connection: sqlite3.Connection) -> None:
    """Precision and scale, uniqueness and nullability are those of the columns."""
    found = criteria.tables.schema(connection, "orders", time_zone="UTC")
    assert found.name == "orders"
    assert found.fields == (
        Field("id", FieldType.INTEGER, is_unique=True, nullable=False),
        Field("code", FieldType.STRING, is_unique=True, nullable=False),
        Field("total", FieldType.DECIMAL, precision=12, scale=2),
        Field("paid", FieldType.BOOLEAN, nullable=False),
        Field("at", FieldType.DATE_TIME, precision=6, time_zone="UTC"),
    )


def test_what_is_left_out_and_why(connection: sqlite3.Connection) -> None:
    """Names that fields cannot have, documents, values of another form, and times whose zone is not known."""
    found = criteria.tables.schema(connection, "orders")
    problems = criteria.tables.left_out(connection, "orders", found)
    assert [problem.message for problem in problems] == [
        'Column "at" (DATETIME) of "orders" does not fit field "at": it has no time zone.',
        'Column "a.b" cannot be a field. A column with a dot is a path.',
        'Column "AND" cannot be a field. AND, OR and NOT are reserved.',
        'Column "meta" (JSON) fits no type of field.',
        'Column "bad" of "orders" does not fit field "bad": it holds 1 value other than integers.',
    ]


def test_include_and_exclude(connection: sqlite3.Connection) -> None:
    """They name columns; others do not exist."""
    find = criteria.tables.schema
    assert [one.name for one in find(connection, "orders", include=["total", "id"]).fields] == ["id", "total"]
    assert [one.name for one in find(connection, "orders", exclude=["total", "id"]).fields] == ["code", "paid"]
    options: list[dict[str, Any]] = [{"include": ["totl"]}, {"exclude": ["totl"]}]
    for option in options:
        with pytest.raises(CriteriaError, match='Did you mean "total"') as refused:
            find(connection, "orders", **option)
        assert refused.value.problems[0].code == "unknown_option"
    with pytest.raises(CriteriaError, match="no table"):
        find(connection, "order")


def test_what_is_left_out_says_what_to_do() -> None:
    """There is no field yet to declare something of, and guids that were tried are not proposed again."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, at DATETIME, token UUID)")
    connection.execute("INSERT INTO orders VALUES (1, NULL, '6ba7b8109dad11d180b400c04fd430c8')")
    found = criteria.tables.schema(connection, "orders")
    zone, token = criteria.tables.left_out(connection, "orders", found)
    assert (
        zone.hint == 'If it holds UTC, pass time_zone="UTC" (--time-zone UTC), or add a field with "timeZone": "UTC".'
    )
    assert "it holds 1 value other than guids of 36 characters" in token.message
    assert token.hint is not None
    assert token.hint.startswith("A column of guids without hyphens is a CHAR(32): create it so.")
    connection.close()


@pytest.mark.heavy("reads the schema of a view three times")
def test_a_column_of_a_view_without_type_and_values_is_left_out() -> None:
    """SQLite gives an expression no type, so without values any type would be a guess."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT)")
        connection.execute('CREATE VIEW loud AS SELECT id, upper(word) AS "its ""word" FROM words')
        first = criteria.tables.schema(connection, "loud")
        assert [field.name for field in first.fields] == ["id"]
        [problem] = criteria.tables.left_out(connection, "loud", first)
        assert problem.code == "unfit_column"
        assert "has no type and no values" in problem.message
        connection.execute("INSERT INTO words VALUES (1, 'a')")
        found = criteria.tables.schema(connection, "loud")
        assert [field.field_type for field in found.fields] == [FieldType.INTEGER, FieldType.STRING]


def test_a_column_without_a_type_is_left_out_where_no_values_are_looked_at() -> None:
    """SQLite: of a view and of a table."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT, anything)")
        connection.execute("INSERT INTO words VALUES (1, 'a', 'b')")
        connection.execute("CREATE VIEW loud AS SELECT id, upper(word) AS loud FROM words")
        for name, column in (("words", "anything"), ("loud", "loud")):
            first = criteria.tables.schema(connection, name, verify=False)
            assert column not in [field.name for field in first.fields]
            [problem] = criteria.tables.left_out(connection, name, first, verify=False)
            assert problem.code == "unfit_column"
            assert "has no type, and its values were not looked at" in problem.message
            assert criteria.tables.schema(connection, name).find(column) == Field(column, "string")


def test_each_column_is_fitted_without_a_look_at_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """The names of a thousand columns are folded a few times each, not once for each other column."""
    folded: list[str] = []

    def counted(name: str) -> str:
        folded.append(name)
        return ascii_lower(name)

    monkeypatch.setattr(fitting, "ascii_lower", counted)
    with closing(sqlite3.connect(":memory:")) as made:
        made.execute(f"CREATE TABLE wide ({', '.join(f'c{number} INTEGER' for number in range(1000))})")
        found = criteria.tables.schema(made, "wide", verify=False)
    assert len(found.fields) == 1000
    assert len(folded) < 20_000
