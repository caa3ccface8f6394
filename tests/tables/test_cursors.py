"""Pages by cursor on a table of another program, whose columns spell and compare values in their own ways."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import product

import pytest

import criteria
from criteria import Field, Schema, Search, Table

SCHEMA = Schema(
    "event",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("token", "guid"),
        Field("at", "dateTime", precision=6, time_zone="UTC"),
        Field("name", "string"),
        Field("flag", "boolean"),
        Field("amount", "decimal", precision=10, scale=2),
    ],
    system_properties=False,
)

TOKENS = ("0a000000-0000-4000-8000-000000000000", "A0000000-0000-4000-8000-000000000000",
          "a0000000-0000-4000-8000-000000000000", None)  # fmt: skip
TIMES = ("2024-01-31 09:30:00", "2024-01-31 09:30:00.000000", "2024-01-31 09:30:00.500000", None)
NAMES = ("a", "A", "b", "a ", "é", "", None)
ROWS = [
    (number, token, at, NAMES[number % 7], (0, 1, None)[number % 3], (-2.5, 10, 9.25, None)[number % 4])
    for number, (token, at) in enumerate(product(TOKENS, TIMES))
]  # fmt: skip


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    """Guids in both letter cases, times in both spellings, and a collation that folds letter case."""
    opened = sqlite3.connect(":memory:")
    opened.execute(
        "CREATE TABLE event (id INTEGER PRIMARY KEY, token CHAR(36), at DATETIME, name VARCHAR(20) COLLATE NOCASE, "
        "flag BOOLEAN, amount NUMERIC(10, 2))"
    )
    opened.executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)", ROWS)
    yield opened
    opened.close()


def fetched(connection: sqlite3.Connection, table: Table, search: Search, in_parts: bool) -> criteria.Page:
    """The page of a search, by its statements for an index or by the single one."""
    statements = criteria.compile(search, "sql", table=table)
    rows: list[tuple[object, ...]] = []
    for statement in statements.pages if in_parts else [statements.rows]:
        rows += connection.execute(statement.text, statement.params).fetchall()
        if search.fetch is not None and len(rows) >= search.fetch:
            break
    return search.page(rows)


@pytest.mark.parametrize("in_parts", [True, False], ids=["pages", "rows"])
@pytest.mark.parametrize(
    "order",
    ["token", "token desc, at", "at desc, name", "name desc, flag desc", "flag, amount desc", "amount, token desc"],
)
def test_walks_on_a_table_of_another_program(connection: sqlite3.Connection, order: str, in_parts: bool) -> None:
    """Forwards and backwards each row comes once, in the order of the whole list, with cursors of driver rows."""
    table = criteria.tables.reflect(connection, "event", SCHEMA, time_zone="UTC")
    request = {"orderBy": order, "limit": 3}
    whole = fetched(
        connection, table, Search(criteria.parse({}, SCHEMA), criteria.parse_order_by(order, SCHEMA), None), True
    )
    page = fetched(connection, table, criteria.parse_search(request, SCHEMA), in_parts)
    forwards = [*page.data]
    while page.next_cursor is not None:
        page = fetched(
            connection, table, criteria.parse_search({**request, "after": page.next_cursor}, SCHEMA), in_parts
        )
        forwards += page.data
    assert forwards == [*whole.data]
    backwards = [*page.data]
    while page.previous_cursor is not None:
        page = fetched(
            connection, table, criteria.parse_search({**request, "before": page.previous_cursor}, SCHEMA), in_parts
        )
        backwards = [*page.data, *backwards]
    assert backwards == [*whole.data]
    assert len(whole.data) == len(ROWS)
