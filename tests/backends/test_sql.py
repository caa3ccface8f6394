"""The SQL backend as its users see it: parameter styles, statements, refusals."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, Page, Schema, Search
from criteria.backends.sql.dialects import DIALECTS, find_dialect
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


@pytest.mark.parametrize("dialect", DIALECTS)
def test_strings_and_integers_are_bound_as_they_are(dialect: str) -> None:
    """Lists of them are handed over as a whole, so no dialect may convert one."""
    for value in ("", "a'b", "\u00e9", 0, -1, 2**63 - 1):
        bound = find_dialect(dialect, None).encode(value)
        assert (type(bound), bound) == (type(value), value)


@pytest.mark.parametrize("style", PLACEHOLDERS)
def test_each_paramstyle_names_its_parameters_in_the_order_of_the_text(style: str) -> None:
    """Positional styles have a tuple, named styles a dict of parameters. The styles with % double percent signs."""
    sql = criteria.compile(QUERY, "sql", dialect="sqlite", paramstyle=style)
    first, last = PLACEHOLDERS[style]
    assert sql.text.index(first) <= sql.text.rindex(last)
    values = list(sql.params.values()) if isinstance(sql.params, dict) else list(sql.params)
    assert isinstance(sql.params, dict) is (style in ("named", "pyformat"))
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
def test_drivers_accept_their_paramstyles(
    engine_name: str, dialect: str, styles: tuple[str, ...], engines: Engines
) -> None:
    """The driver accepts the text and the parameters unchanged, and selects the right rows."""
    engine: Any = engines.get(engine_name)
    table = engine.table(SCHEMA)
    records = [dict(zip(("id", "rate%", "name", "secret"), row, strict=True)) for row in RECORDS]
    with table.holding(records):
        for style in styles:
            sql = criteria.compile(QUERY, "sql", dialect=dialect, paramstyle=style)
            rows = engine.execute(f"SELECT * FROM {table.name} WHERE {sql.text}", sql.params)
            assert sorted(row[0] for row in rows) == [1, 2], style


def test_a_search_selects_the_columns_of_the_schema_and_no_others() -> None:
    """A column that is not in the schema is not selected, even if the table has it."""
    small = Schema("item", [SCHEMA.fields[0], SCHEMA.fields[2]], system_properties=False)
    connection = sqlite3.connect(":memory:")
    connection.execute('create table item (secret text, name text, id integer primary key, "rate%" integer)')
    connection.executemany('insert into item (id, "rate%", name, secret) values (?, ?, ?, ?)', RECORDS)
    statements = criteria.compile(Search(criteria.parse({}, small)), "sql", dialect="sqlite", table="item")
    rows = connection.execute(statements.rows.text, statements.rows.params).fetchall()
    assert rows == [(1, "ann"), (2, "bob"), (3, None)]
    connection.close()


def test_limit_zero_selects_one_row_at_most() -> None:
    """A search with limit 0 has a statement like others, so that nobody has to ask for one; its page is empty."""
    search = criteria.parse_search({"limit": "0"}, SCHEMA)
    statements = criteria.compile(search, "sql", dialect="sqlite", table="item")
    assert statements.rows.text.endswith(" LIMIT 1")
    assert statements.pages == (statements.rows,)
    assert (statements.count, search.page([(1,)])) == (None, Page((), False))
    counted = criteria.compile(
        criteria.parse_search({"limit": "0", "getTotalCount": "true"}, SCHEMA), "sql", dialect="sqlite", table="item"
    )
    assert counted.count is not None
    assert counted.count.text == "SELECT COUNT(*) FROM `item` WHERE 1 = 1"


def test_the_count_exists_only_on_request() -> None:
    """A search without getTotalCount has one statement, which selects one row more than the limit."""
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
def test_invalid_table_names_are_refused(table: Any) -> None:
    """A table name is a string without control characters, of at most three parts."""
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
        ({"dialect": None}, "unknown_option", None),
        ({"dialect": "sqlite", "paramstyle": "qmarks"}, "unknown_option", 'Did you mean "qmark"?'),
        ({"dialect": "sqlite", "paramstyl": "qmark"}, "unknown_option", 'Did you mean "paramstyle"?'),
        ({}, "unknown_option", None),
    ],
)
def test_unknown_options_are_refused(options: dict[str, Any], code: str, hint: str | None) -> None:
    """An unknown dialect, style or option is refused, with the nearest known one as a hint."""
    with pytest.raises(CriteriaError) as caught:
        criteria.compile(QUERY, "sql", **options)
    [problem] = caught.value.problems
    assert problem.code == code
    assert hint is None or problem.hint == hint


def test_pages_need_a_unique_key() -> None:
    """A page without a unique key is refused: rows that tie could be on two pages or none. A whole list is not."""
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
def test_unsupported_column_names_are_refused(dialect: str, column: str) -> None:
    """Names are refused that PostgreSQL would truncate, or that MariaDB does not allow."""
    schema = Schema("item", [Field("f", "integer", column=column)])
    with pytest.raises(CriteriaError) as caught:
        criteria.compile(criteria.parse({"f": 1}, schema), "sql", dialect=dialect)
    [problem] = caught.value.problems
    assert problem.code == "unsupported"
    assert '"f"' in problem.message


def test_a_decimal_with_too_many_digits_for_mariadb_is_refused() -> None:
    """MariaDB stores at most 30 digits after the point."""
    schema = Schema("item", [Field("m", "decimal", precision=34, scale=31)])
    with pytest.raises(CriteriaError) as caught:
        criteria.storage(schema, "mysql")
    assert [problem.code for problem in caught.value.problems] == ["unsupported"]
