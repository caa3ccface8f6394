"""SQLite: what its columns hold is verified, its indexes serve, and its odd tables are read as they are."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import aiosqlite
import pytest
from hypothesis import given, settings

import criteria
from criteria import CriteriaError, Field, FieldType, Schema
from criteria.backends.sql import Sql
from criteria.conformance.reference import is_true
from criteria.conformance.strategies import criteria_objects, records
from tests.conftest import CASES, capped

KEY = Field("id", FieldType.INTEGER, is_unique=True, nullable=False)


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    """An empty database."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as made:
        yield made


def schema_of(*fields: Field) -> Schema:
    """A schema with a key and some fields."""
    return Schema("odd", [KEY, *fields], system_properties=False)


def compiled(table: criteria.Table, query: Any, **options: Any) -> Sql:
    """The condition of a query on a table."""
    made = criteria.compile(criteria.parse(query, table.schema), "sql", table=table, **options)
    assert isinstance(made, Sql)
    return made


def keys(connection: sqlite3.Connection, table: criteria.Table, query: Any) -> list[Any]:
    """The keys of the rows that a query selects; those of NOT the total condition are all others."""
    where, total = compiled(table, query), compiled(table, query, total=True)
    found = [row[0] for row in connection.execute(f"SELECT id FROM odd WHERE {where.text} ORDER BY id", where.params)]
    others = connection.execute(f"SELECT id FROM odd WHERE NOT {total.text} ORDER BY id", total.params).fetchall()
    everything = [row[0] for row in connection.execute("SELECT id FROM odd ORDER BY id")]
    assert [one for one in everything if (one,) not in others] == found
    return found


_UTC = {"time_zone": "UTC"}
_MONEY: dict[str, Any] = {"precision": 12, "scale": 2}
_DIGITS = "0123456789abcdef" * 2
_GUID = "01234567-89ab-cdef-0123-456789abcdef"

OTHER_FORMS: list[tuple[str, FieldType, dict[str, Any], Any]] = [
    ("VARCHAR(20)", FieldType.STRING, {}, b"a"),
    ("", FieldType.STRING, {}, 1),
    ("INTEGER", FieldType.INTEGER, {}, "x"),
    ("INTEGER", FieldType.INTEGER, {}, 1.5),
    ("INTEGER", FieldType.BOOLEAN, {}, 2),
    ("BOOLEAN", FieldType.BOOLEAN, {}, "true"),
    ("BOOLEAN", FieldType.BOOLEAN, {}, 0.5),
    ("REAL", FieldType.DOUBLE, {}, "x"),
    ("", FieldType.DOUBLE, {}, 2**53 + 1),
    ("NUMERIC(12, 2)", FieldType.DECIMAL, _MONEY, "abc"),
    ("NUMERIC(12, 2)", FieldType.DECIMAL, _MONEY, 0.1 + 0.2),
    ("NUMERIC(12, 2)", FieldType.DECIMAL, _MONEY, 1.005),
    ("NUMERIC(12, 2)", FieldType.DECIMAL, _MONEY, 10**10),
    ("REAL", FieldType.DECIMAL, _MONEY, float("inf")),
    ("TEXT", FieldType.DECIMAL, _MONEY, "1.5"),
    ("TEXT", FieldType.DECIMAL, _MONEY, "01.50"),
    ("TEXT", FieldType.DECIMAL, _MONEY, "-0.00"),
    ("TEXT", FieldType.DECIMAL, _MONEY, "+1.50"),
    ("TEXT", FieldType.DECIMAL, _MONEY, "1.5e1"),
    ("TEXT", FieldType.DECIMAL, _MONEY | {"scale": 0}, "1."),
    ("DATE", FieldType.DATE, {}, "2026-02-30"),
    ("DATE", FieldType.DATE, {}, "2026-13-45"),
    ("DATE", FieldType.DATE, {}, "2026-6-1"),
    ("DATE", FieldType.DATE, {}, "2026-06-01 00:00:00"),
    ("DATE", FieldType.DATE, {}, "now"),
    ("DATE", FieldType.DATE, {}, 20260601),
    ("DATETIME", FieldType.DATE_TIME, _UTC, "2026-06-01T12:00:00"),
    ("DATETIME", FieldType.DATE_TIME, _UTC, "2026-06-01T12:00:00Z"),
    ("DATETIME", FieldType.DATE_TIME, _UTC, "2026-06-01 12:00:00Z"),
    ("DATETIME", FieldType.DATE_TIME, _UTC, "2026-06-01 12:00:00+00:00"),
    ("DATETIME", FieldType.DATE_TIME, _UTC, "2026-06-01 12:00:00.000000+02:00"),
    ("DATETIME", FieldType.DATE_TIME, _UTC, "2026-06-01 12:00:00.123"),
    ("DATETIME", FieldType.DATE_TIME, _UTC, "2026-06-01 12:00"),
    ("DATETIME", FieldType.DATE_TIME, _UTC, "2026-06-01"),
    ("DATETIME", FieldType.DATE_TIME, _UTC, "2026-06-01 24:00:00"),
    ("DATETIME", FieldType.DATE_TIME, _UTC, "2026-06-01 12:00:00\0.000000"),
    ("DATETIME", FieldType.DATE_TIME, _UTC, "0000-06-01 12:00:00"),
    ("DATETIME", FieldType.DATE_TIME, _UTC, 1_780_000_000),
    ("DATETIME", FieldType.DATE_TIME, _UTC, b"2026-06-01 12:00:00"),
    ("TEXT", FieldType.DATE_TIME, {}, "2026-06-01 12:00:00.000"),
    ("TEXT", FieldType.DATE_TIME, {}, "2026-06-01T12:00:00Z"),
    ("TEXT", FieldType.DATE_TIME, {}, "2026-06-01T12:00:00.000+00:00"),
    ("TEXT", FieldType.DATE_TIME, {}, "2026-06-31T12:00:00.000Z"),
    ("TEXT", FieldType.DATE_TIME, {"precision": 6}, "2026-06-01T12:00:00.000Z"),
    ("TEXT", FieldType.GUID, {}, _GUID.upper()),
    ("TEXT", FieldType.GUID, {}, _DIGITS),
    ("CHAR(36)", FieldType.GUID, {}, _DIGITS),
    ("CHAR(36)", FieldType.GUID, {}, _GUID.replace("a", "A")),
    ("CHAR(36)", FieldType.GUID, {}, f"{{{_GUID}}}"),
    ("CHAR(32)", FieldType.GUID, {}, _GUID),
    ("CHAR(32)", FieldType.GUID, {}, _DIGITS.replace("a", "g")),
    ("UUID", FieldType.GUID, {}, "1" * 32),
    ("BLOB", FieldType.GUID, {}, b"short"),
    ("BLOB", FieldType.GUID, {}, _GUID),
    ("JSON", FieldType.STRING, {"is_list": True}, "[1"),
    ("JSON", FieldType.STRING, {"is_list": True}, '["a\\u0000b"]'),
    ("JSON", FieldType.GUID, {"is_list": True}, f'["{_GUID}", "{_GUID.upper()}"]'),
    ("JSON", FieldType.DECIMAL, _MONEY | {"is_list": True}, '["1.50", "1.5"]'),
    ("TEXT", FieldType.STRING, {}, "a\0b"),
    ("VARCHAR(20)", FieldType.STRING, {}, "\0"),
    ("DATETIME", FieldType.DATE_TIME, _UTC, "2026-06-01 12:00:00.123456"),
    ("TEXT", FieldType.STRING, {"is_list": True}, "plain"),
]


@pytest.mark.parametrize(("column", "field_type", "attributes", "value"), OTHER_FORMS)
def test_values_of_another_form_are_refused(
    column: str, field_type: FieldType, attributes: dict[str, Any], value: Any, connection: sqlite3.Connection
) -> None:
    """One value that conditions would compare wrongly is found among others, and NULL is taken."""
    connection.execute(f"CREATE TABLE odd (id INTEGER PRIMARY KEY, value {column})")
    connection.executemany("INSERT INTO odd (value) VALUES (?)", [(None,), (value,), (None,)])
    schema = schema_of(Field("value", field_type, **attributes))
    with pytest.raises(CriteriaError, match='"value" of "odd" does not fit field "value": it holds ') as refused:
        criteria.tables.reflect(connection, "odd", schema)
    [problem] = refused.value.problems
    assert (problem.code, problem.pointer) == ("unfit_column", "/fields/1")
    assert problem.hint is not None
    found_by = problem.hint.partition("They are found by ")[2]
    assert connection.execute(f"SELECT COUNT(*) FROM ({found_by})").fetchone() == (1,)
    assert criteria.tables.reflect(connection, "odd", schema, verify=False).fields["value"].column == "value"


def test_the_forms_are_verified_for_asynchronous_connections_too() -> None:
    """aiosqlite gets the same statements."""
    schema = schema_of(Field("value", FieldType.DATE_TIME, time_zone="UTC"))

    async def reflected() -> None:
        async with aiosqlite.connect(":memory:") as connection:
            await connection.execute("CREATE TABLE odd (id INTEGER PRIMARY KEY, value DATETIME)")
            await criteria.tables.reflect_async(connection, "odd", schema)
            await connection.execute("INSERT INTO odd VALUES (1, '2026-06-01T12:00:00Z')")
            with pytest.raises(CriteriaError, match="it holds 1 value other than times"):
                await criteria.tables.reflect_async(connection, "odd", schema)
            await criteria.tables.reflect_async(connection, "odd", schema, verify=False)

    asyncio.run(reflected())


def test_two_spellings_of_one_instant_are_one_value(connection: sqlite3.Connection) -> None:
    """CURRENT_TIMESTAMP and SQLAlchemy spell the same second differently: equal, and equal in order."""
    connection.executescript("""
        CREATE TABLE odd (id INTEGER PRIMARY KEY, value DATETIME);
        INSERT INTO odd VALUES (1, '2026-06-01 12:00:00.000000'), (2, '2026-06-01 12:00:00'), (3, NULL),
            (4, '2026-06-01 12:00:00.000000'), (5, '2026-06-01 11:59:59.999999'), (6, '2026-06-01 12:00:00.000001');
    """)
    schema = schema_of(Field("value", FieldType.DATE_TIME, time_zone="UTC", precision=6))
    table = criteria.tables.reflect(connection, "odd", schema)
    noon = "2026-06-01T12:00:00Z"
    assert keys(connection, table, {"value": noon}) == [1, 2, 4]
    assert keys(connection, table, {"value": {"$ne": noon}}) == [3, 5, 6]
    assert keys(connection, table, {"value": {"$lte": noon}}) == [1, 2, 4, 5]
    assert keys(connection, table, {"value": {"$gt": noon}}) == [6]
    assert keys(connection, table, {"value": {"$lte": "2026-06-01T00:00:00Z"}}) == []
    for order, expected in (("value,id", [3, 5, 1, 2, 4, 6]), ("value desc,id", [6, 1, 2, 4, 5, 3])):
        search = criteria.parse_search({"orderBy": order}, schema)
        rows = criteria.compile(search, "sql", table=table).rows
        assert [row[0] for row in connection.execute(rows.text, rows.params)] == expected


def test_numbers_of_both_storage_classes_compare_as_numbers(connection: sqlite3.Connection) -> None:
    """NUMERIC stores 5 as an integer and -3.5 as a double; as texts, 100 would be below 9."""
    connection.executescript("""
        CREATE TABLE odd (id INTEGER PRIMARY KEY, value NUMERIC(12, 2));
        INSERT INTO odd VALUES (1, 5), (2, 100), (3, -3.5), (4, '9.10'), (5, NULL);
    """)
    classes = connection.execute("SELECT group_concat(DISTINCT typeof(value)) FROM odd").fetchone()[0]
    assert set(classes.split(",")) == {"integer", "real", "null"}
    table = criteria.tables.reflect(connection, "odd", schema_of(Field("value", FieldType.DECIMAL, **_MONEY)))
    assert keys(connection, table, {"value": {"$gt": 9}}) == [2, 4]
    assert keys(connection, table, {"value": {"$in": ["9.1", "5.00"]}}) == [1, 4]
    assert keys(connection, table, {"value": {"$ne": "-3.50"}}) == [1, 2, 4, 5]


def test_names_are_quoted_and_odd_tables_are_read(connection: sqlite3.Connection) -> None:
    """Quoted names, generated columns, a key of two columns and a table without row ids."""
    connection.executescript("""
        CREATE TABLE "odd" (
            `select` VARCHAR(10) NOT NULL, [two words] INTEGER, id INTEGER UNIQUE NOT NULL,
            "He ""said"" no" TEXT COLLATE NOCASE, double AS ("two words" * 2),
            twice INTEGER AS (id * 2) STORED NOT NULL,
            PRIMARY KEY (`select`, id)
        ) WITHOUT ROWID;
        INSERT INTO odd VALUES ('a', 1, 1, 'x'), ('b', 2, 2, 'X'), ('a', NULL, 3, NULL);
    """)
    schema = schema_of(
        Field("select", FieldType.STRING, nullable=False),
        Field("words", FieldType.INTEGER, column="two words"),
        Field("said", FieldType.STRING, column='He "said" no'),
        Field("double", FieldType.INTEGER),
        Field("twice", FieldType.INTEGER, nullable=False),
    )
    table = criteria.tables.reflect(connection, "odd", schema)
    assert table.keys == (("select", "id"), ("id",))
    assert keys(connection, table, {"said": "x"}) == [1]
    assert keys(connection, table, {"select": "a", "words": None}) == [3]
    assert keys(connection, table, {"double": {"$gte": 4}}) == [2]
    assert keys(connection, table, {"twice": {"$in": [2, 6]}}) == [1, 3]


def test_a_view_is_verified_like_a_table(connection: sqlite3.Connection) -> None:
    """A view that converts a column is what hints suggest. Its columns have no type, or the type of a CAST."""
    connection.executescript("""
        CREATE TABLE stored (id INTEGER PRIMARY KEY, at INTEGER, day TEXT, label STRING);
        INSERT INTO stored VALUES (1, 1780315200, '2026-06-01T12:00:00Z', 'a'), (2, NULL, NULL, '007');
        CREATE VIEW odd AS SELECT id, DATETIME(at, 'unixepoch') AS at, DATE(day) AS day, day AS raw,
            CAST(label AS TEXT) AS label FROM stored;
    """)
    schema = schema_of(
        Field("at", FieldType.DATE_TIME, time_zone="UTC"),
        Field("day", FieldType.DATE),
        Field("label", FieldType.STRING),
    )
    table = criteria.tables.reflect(connection, "odd", schema)
    assert table.keys is None
    assert keys(connection, table, {"at": "2026-06-01T12:00:00Z"}) == [1]
    assert keys(connection, table, {"day": {"$ne": "2026-06-01"}}) == [2]
    assert keys(connection, table, {"label": "7"}) == [2]
    with pytest.raises(CriteriaError, match="it holds 1 value other than times"):
        criteria.tables.reflect(connection, "odd", schema_of(Field("raw", FieldType.DATE_TIME)))


PATHS = Schema(
    "odd",
    [
        KEY,
        Field("meta.title", FieldType.STRING),
        Field("meta.size.width", FieldType.INTEGER),
        Field("meta.tags", FieldType.STRING, is_list=True),
        Field("meta.day", FieldType.DATE),
    ],
    system_properties=False,
)


@pytest.mark.parametrize("column", ["JSON", "TEXT", 'text CHECK (JSON_VALID("meta") OR "meta" IS NULL)'])
def test_paths_into_documents(column: str, connection: sqlite3.Connection) -> None:
    """Nested fields and nested lists of a document, as SQLAlchemy and Django store it."""
    connection.execute(f"CREATE TABLE odd (id INTEGER PRIMARY KEY, meta {column})")
    table = criteria.tables.reflect(connection, "odd", PATHS)

    @settings(max_examples=capped(min(1000, max(5, CASES // 20))))
    @given(records(PATHS), criteria_objects(PATHS, 4))
    def agree(rows: list[dict[str, Any]], query: dict[str, Any]) -> None:
        connection.execute("BEGIN")
        try:
            connection.executemany(
                "INSERT INTO odd VALUES (?, ?)",
                [(row["id"], None if row.get("meta") is None else document(row["meta"])) for row in rows],
            )
            criteria.tables.reflect(connection, "odd", PATHS)
            expression = criteria.parse(query, PATHS).expression
            expected = sorted(row["id"] for row in rows if is_true(expression, PATHS.decode(row)))
            assert keys(connection, table, query) == expected
        finally:
            connection.execute("ROLLBACK")

    agree()


def document(value: Any) -> str:
    """A document as text."""
    return json.dumps(value, ensure_ascii=False)


INDEXED: list[tuple[str, Field, Any, str]] = [
    ("VARCHAR(20)", Field("value", FieldType.STRING), "a", "value=?"),
    ("VARCHAR(20)", Field("value", FieldType.STRING), {"$in": ["a", "b"]}, "value=?"),
    ("VARCHAR(20)", Field("value", FieldType.STRING), {"$startsWith": "a"}, "value>? AND value<?"),
    ("VARCHAR(20)", Field("value", FieldType.STRING), {"$gt": "a", "$lt": "b"}, "value>? AND value<?"),
    ("DATETIME", Field("value", FieldType.DATE_TIME, time_zone="UTC"), "2026-06-01T12:00:00Z", "value=?"),
    ("DATETIME", Field("value", FieldType.DATE_TIME, time_zone="UTC"), {"$gte": "2026-06-01T12:00:00Z"}, "value>?"),
    ("DATETIME", Field("value", FieldType.DATE_TIME, time_zone="UTC"), {"$in": ["2026-06-01T12:00:00Z"]}, "value=?"),
    ("DATE", Field("value", FieldType.DATE), {"$lt": "2026-06-01"}, "value<?"),
    ("NUMERIC(12, 2)", Field("value", FieldType.DECIMAL, precision=12, scale=2), "9.10", "value=?"),
    ("NUMERIC(12, 2)", Field("value", FieldType.DECIMAL, precision=12, scale=2), {"$gt": 9}, "value>?"),
    ("CHAR(32)", Field("value", FieldType.GUID), _GUID, "value=?"),
    ("CHAR(36)", Field("value", FieldType.GUID), {"$in": [_GUID]}, "value=?"),
    ("BLOB", Field("value", FieldType.GUID), _GUID, "value=?"),
    ("BOOLEAN", Field("value", FieldType.BOOLEAN), True, "value=?"),
    ("INTEGER", Field("value", FieldType.INTEGER), {"$in": [1, 2]}, "value=?"),
    ("REAL", Field("value", FieldType.DOUBLE), {"$gte": 1.5, "$lt": 2}, "value>? AND value<?"),
]


@pytest.mark.parametrize("total", [False, True])
@pytest.mark.parametrize(("column", "field", "query", "expected"), INDEXED)
def test_an_index_serves(
    column: str, field: Field, query: Any, expected: str, total: bool, connection: sqlite3.Connection
) -> None:
    """Equality, IN, ranges and prefixes search the index, also in a total condition."""
    connection.execute(f"CREATE TABLE odd (id INTEGER PRIMARY KEY, value {column})")
    connection.execute("CREATE INDEX by_value ON odd (value)")
    where = compiled(criteria.tables.reflect(connection, "odd", schema_of(field)), {"value": query}, total=total)
    plan = connection.execute(f"EXPLAIN QUERY PLAN SELECT * FROM odd WHERE {where.text}", where.params).fetchall()
    [step] = [row[3] for row in plan]
    assert step.startswith("SEARCH odd USING COVERING INDEX by_value")
    assert expected in step


@pytest.mark.parametrize("order", ["value", "value desc"])
def test_an_index_on_the_longest_spelling_serves_orders(order: str, connection: sqlite3.Connection) -> None:
    """As docs/tables.md says."""
    connection.execute("CREATE TABLE odd (id INTEGER PRIMARY KEY, value DATETIME)")
    connection.execute("CREATE INDEX by_value ON odd (SUBSTR(value || '.000000', 1, 26))")
    schema = schema_of(Field("value", FieldType.DATE_TIME, time_zone="UTC"))
    table = criteria.tables.reflect(connection, "odd", schema)
    rows = criteria.compile(criteria.parse_search({"orderBy": order}, schema), "sql", table=table).rows
    plan = connection.execute(f"EXPLAIN QUERY PLAN {rows.text}", rows.params).fetchall()
    assert [row[3] for row in plan] == ["SCAN odd USING INDEX by_value"]


def test_a_type_with_another_affinity_than_its_name_says_is_refused(connection: sqlite3.Connection) -> None:
    """STRING is a type of numbers for SQLite: 007 becomes 7."""
    connection.execute("CREATE TABLE odd (id INTEGER PRIMARY KEY, value STRING)")
    with pytest.raises(CriteriaError, match="SQLite makes numbers of texts that look like them"):
        criteria.tables.reflect(connection, "odd", schema_of(Field("value", FieldType.STRING)))


def test_an_integer_key_in_descending_order_may_be_null() -> None:
    """SQLite does not take it for the row's id, so that its NULLs are rows that `$ne` selects."""
    connection = sqlite3.connect(":memory:")
    ddl = "CREATE TABLE odd (id INTEGER PRIMARY KEY DESC, v TEXT)"
    connection.execute(ddl)
    connection.execute("INSERT INTO odd VALUES (NULL, 'a'), (1, 'b'), (NULL, 'c')")
    schema = Schema("odd", [Field("id", "integer"), Field("v", "string")], system_properties=False)
    reflected = criteria.tables.reflect(connection, "odd", schema)
    written = criteria.tables.from_ddl(
        "CREATE TABLE odd (id INTEGER PRIMARY KEY DESC, v TEXT)", schema, dialect="sqlite"
    )
    for table in (reflected, written):
        where = criteria.compile(criteria.parse({"id": {"$ne": 1}}, schema), "sql", table=table)
        rows = connection.execute(f"SELECT v FROM odd WHERE {where.text} ORDER BY v", where.params).fetchall()
        assert rows == [("a",), ("c",)]
    connection.close()


@pytest.mark.parametrize("encoding", ["UTF-16le", "UTF-16be"])
def test_strings_of_databases_in_utf_16_are_refused(connection: sqlite3.Connection, encoding: str) -> None:
    """SQLite compares their bytes: no text of these is greater than "b" in UTF-16le. Dates and decimals are ASCII."""
    connection.execute(f"PRAGMA encoding = '{encoding}'")
    connection.execute("CREATE TABLE odd (id INTEGER PRIMARY KEY, name TEXT, day DATE, price TEXT, tags JSON)")
    rows = [(1, "\u0100", "2024-01-31", "9.50", '["a"]'), (2, "\uff00", "2024-02-01", "-10.25", None)]
    connection.executemany("INSERT INTO odd VALUES (?, ?, ?, ?, ?)", rows)
    ascii_fields = (Field("day", "date"), Field("price", "decimal", precision=15, scale=2))
    with pytest.raises(CriteriaError) as caught:
        criteria.tables.reflect(
            connection, "odd", schema_of(*ascii_fields, Field("name", "string"), Field("tags", "string", is_list=True))
        )
    assert [(one.code, one.pointer) for one in caught.value.problems] == [
        ("unfit_column", "/fields/3"),
        ("unfit_column", "/fields/4"),
    ]
    table = criteria.tables.reflect(connection, "odd", schema_of(*ascii_fields))
    assert keys(connection, table, {"day": {"$gt": "2024-01-31"}}) == [2]
    assert keys(connection, table, {"price": {"$gt": "-10.25"}}) == [1]


@pytest.mark.parametrize("kind", ["INTEGER{}(", "INTEGER{}", "{}INTEGER", "INTEGER({}", "INTEGER(1){}x", "INTEGER{})"])
def test_a_type_with_very_many_blanks(kind: str) -> None:
    """SQLite takes any text for a type. Reading one of blanks and a parenthesis that is not closed took minutes."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f'CREATE TABLE odd (id INTEGER PRIMARY KEY, v "{kind.format(" " * 20_000)}")')
        connection.execute("INSERT INTO odd VALUES (1, 5), (2, NULL)")
        schema = schema_of(Field("v", "integer"))
        try:
            table = criteria.tables.reflect(connection, "odd", schema)
        except CriteriaError as refused:
            assert [one.code for one in refused.problems] == ["unfit_column"]
            assert kind not in ("INTEGER{}", "{}INTEGER")
        else:
            assert keys(connection, table, {"v": 5}) == [1]
