"""The SQL backend as a server author meets it: parameter styles, statements, refusals."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, Schema, Search
from tests.conftest import Engines

SCHEMA = Schema(
    "item",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("rate%", "integer"),
        Field("name", "string"),
        Field("secret", "string"),
    ],
    system_properties=False,
)
RECORDS = [(1, 5, "ann", "x"), (2, 6, "bob", "y"), (3, None, None, "z")]
QUERY = criteria.parse({"OR": [{"rate%": {"$in": [5, 7]}}, {"name": {"$startsWith": "b"}}]}, SCHEMA)

PLACEHOLDERS = {
    "qmark": ("?", "?"),
    "numeric": (":1", ":4"),
    "named": (":p1", ":p4"),
    "format": ("%s", "%s"),
    "pyformat": ("%(p1)s", "%(p4)s"),
    "numeric_dollar": ("$1", "$4"),
}


@pytest.mark.parametrize("style", PLACEHOLDERS)
def test_each_paramstyle_names_its_parameters_in_the_order_of_the_text(style: str) -> None:
    """Positional styles get a tuple, naming ones a dict; a percent sign is doubled where the driver halves it."""
    sql = criteria.compile(QUERY, "sql", dialect="sqlite", paramstyle=style)
    first, last = PLACEHOLDERS[style]
    assert sql.text.index(first) <= sql.text.rindex(last)
    values = list(sql.params.values()) if style in ("named", "pyformat") else list(sql.params)
    assert values == [5, 7, "b", "c"]
    assert ("`rate%%`" in sql.text) is (style in ("format", "pyformat"))


@pytest.mark.parametrize(
    ("engine_name", "dialect", "styles"),
    [
        ("sqlite", "sqlite", ("qmark", "named")),
        ("duckdb", "duckdb", ("qmark", "numeric_dollar")),
        ("postgres", "postgres", ("format", "pyformat")),
        ("mariadb", "mariadb", ("format", "pyformat")),
        ("mysql", "mysql", ("format", "pyformat")),
    ],
)
def test_drivers_take_their_styles(engine_name: str, dialect: str, styles: tuple[str, ...], engines: Engines) -> None:
    """Text and parameters go into the driver as they are, and select the right rows."""
    engine: Any = engines.get(engine_name)
    table = engine.table(SCHEMA)
    records = [dict(zip(("id", "rate%", "name", "secret"), row, strict=True)) for row in RECORDS]
    with table.holding(records):
        for style in styles:
            sql = criteria.compile(QUERY, "sql", dialect=dialect, paramstyle=style)
            rows = engine.execute(f"SELECT * FROM {table.name} WHERE {sql.text}", sql.params)
            assert sorted(row[0] for row in rows) == [1, 2], style


def test_a_search_selects_the_columns_of_the_schema_and_no_others() -> None:
    """A column that the schema does not name is never read, even from a table that has it."""
    small = Schema("item", [SCHEMA.fields[0], SCHEMA.fields[2]], system_properties=False)
    connection = sqlite3.connect(":memory:")
    connection.execute('create table item (secret text, name text, id integer primary key, "rate%" integer)')
    connection.executemany('insert into item (id, "rate%", name, secret) values (?, ?, ?, ?)', RECORDS)
    statements = criteria.compile(Search(criteria.parse({}, small)), "sql", dialect="sqlite", table="item")
    rows = connection.execute(statements.rows.text, statements.rows.params).fetchall()
    assert rows == [(1, "ann"), (2, "bob"), (3, None)]
    connection.close()


def test_limit_zero_makes_no_statement_for_rows() -> None:
    """limit 0 asks for no records: there is nothing to run, unless the count is wanted."""
    params = {"limit": "0"}
    nothing = criteria.compile(criteria.parse_search(params, SCHEMA), "sql", dialect="sqlite", table="item")
    assert (nothing.rows, nothing.count) == (None, None)
    search = criteria.parse_search({**params, "getTotalCount": "true"}, SCHEMA)
    counted = criteria.compile(search, "sql", dialect="sqlite", table="item")
    assert counted.rows is None
    assert counted.count.text == "SELECT COUNT(*) FROM `item` WHERE 1 = 1"


def test_the_count_is_there_only_when_it_was_asked_for() -> None:
    """A search without getTotalCount makes one statement, which asks for one row more than the limit."""
    statements = criteria.compile(criteria.parse_search({"limit": 20}, SCHEMA), "sql", dialect="postgres", table="item")
    assert statements.count is None
    assert statements.rows.text.endswith('ORDER BY "item"."id" ASC LIMIT 21')


def test_a_qualified_table_is_quoted_part_by_part() -> None:
    """`app.item` is the table item of the schema app; columns are qualified by the table."""
    statements = criteria.compile(Search(QUERY), "sql", dialect="postgres", table="app.item")
    assert 'FROM "app"."item" WHERE' in statements.rows.text
    assert '"item"."rate%%" IN (%s, %s)' in statements.rows.text


def test_a_table_of_another_database_is_read_there(engines: Engines) -> None:
    """Of three parts the first is a database: its table is read, and not the one of that name in this database."""
    engines.check("duckdb")
    import duckdb

    small = Schema("item", [SCHEMA.fields[0]], system_properties=False)
    with duckdb.connect(":memory:") as connection:
        for name, key in (("here", 1), ("there", 2)):
            connection.execute(f"ATTACH ':memory:' AS {name}")
            connection.execute(f"CREATE TABLE {name}.main.item AS SELECT {key} AS id")
        connection.execute("USE here")
        for table, expected in (("item", 1), ("main.item", 1), ("there.main.item", 2), ("here.main.item", 1)):
            statements = criteria.compile(Search(criteria.parse({}, small)), "sql", dialect="duckdb", table=table)
            assert connection.execute(statements.rows.text, statements.rows.params).fetchall() == [(expected,)]


@pytest.mark.parametrize("table", ["", ".", "a..b", "a.b.c.d", "a\0b", "\x000\x00", None, 5])
def test_what_is_no_table_is_refused(table: Any) -> None:
    """A table's name is text without control characters, in at most three parts."""
    subjects: list[criteria.Query | Search] = [Search(QUERY)]
    if table is not None:
        subjects.append(QUERY)
    for subject in subjects:
        with pytest.raises(CriteriaError) as caught:
            criteria.compile(subject, "sql", dialect="postgres", table=table)
        assert [problem.code for problem in caught.value.problems] == ["unknown_option"]


@pytest.mark.parametrize(
    ("options", "code", "hint"),
    [
        ({"dialect": "postgresql"}, "unknown_dialect", 'Did you mean "postgres"?'),
        ({"dialect": None}, "unknown_dialect", None),
        ({"dialect": "sqlite", "paramstyle": "qmarks"}, "unknown_option", 'Did you mean "qmark"?'),
        ({"dialect": "sqlite", "paramstyl": "qmark"}, "unknown_option", 'Did you mean "paramstyle"?'),
        ({}, "unknown_option", None),
    ],
)
def test_options_that_are_wrong_are_refused(options: dict[str, Any], code: str, hint: str | None) -> None:
    """A dialect, a style or an option that does not exist is named, with the nearest that does."""
    with pytest.raises(CriteriaError) as caught:
        criteria.compile(QUERY, "sql", **options)
    [problem] = caught.value.problems
    assert problem.code == code
    assert hint is None or problem.hint == hint


def test_pages_need_a_unique_key() -> None:
    """Without one rows that tie could stand on two pages or on none: refused; the whole list needs none."""
    keyless = Schema("item", [Field("n", "integer")], system_properties=False)
    query = criteria.parse({}, keyless)
    with pytest.raises(CriteriaError) as caught:
        criteria.compile(Search(query), "sql", dialect="sqlite", table="item")
    assert [problem.code for problem in caught.value.problems] == ["unsupported"]
    assert criteria.compile(Search(query, limit=None), "sql", dialect="sqlite", table="item").rows


@pytest.mark.parametrize(
    ("dialect", "column"),
    [("postgres", "a" * 64), ("postgres", "é" * 32), ("mysql", "a" * 65), ("mysql", "a "), ("mysql", "😀")],
)
def test_a_column_that_the_engine_would_cut_or_refuse_is_refused(dialect: str, column: str) -> None:
    """PostgreSQL cuts long names, so that two columns could become one; MariaDB refuses some characters."""
    schema = Schema("item", [Field("f", "integer", column=column)])
    with pytest.raises(CriteriaError) as caught:
        criteria.compile(criteria.parse({"f": 1}, schema), "sql", dialect=dialect)
    [problem] = caught.value.problems
    assert problem.code == "unsupported"
    assert '"f"' in problem.message


def test_a_decimal_finer_than_mariadb_keeps_is_refused() -> None:
    """MariaDB keeps 30 digits after the point."""
    schema = Schema("item", [Field("m", "decimal", precision=34, scale=31)])
    with pytest.raises(CriteriaError) as caught:
        criteria.storage(schema, "mysql")
    assert [problem.code for problem in caught.value.problems] == ["unsupported"]
