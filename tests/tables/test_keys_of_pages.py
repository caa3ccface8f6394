"""Guids and several columns as keys: they close the order of pages and their cursors, on tables of other programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import product
from typing import Any
from uuid import UUID

import pytest

import criteria
from criteria import CriteriaError, Field, Page, Schema, Search, Table
from tests.conftest import Engines
from tests.engines.sql import SqlEngine

GUIDS = tuple(UUID(f"{digit}0000000-0000-4000-8000-00000000000{at}") for at, digit in enumerate("f0a9b81"))
NAMES = ("b", "B", None, "a", "b", None, "")
NAME = Field("name", "string")


def _literal(value: Any) -> str:
    return "NULL" if value is None else str(value) if isinstance(value, int) else f"'{value}'"


def _lower(value: UUID) -> str:
    return f"'{value}'"


def _upper(value: UUID) -> str:
    return f"'{str(value).upper()}'"


def _digits(value: UUID) -> str:
    return f"'{value.hex}'"


def _bytes(value: UUID) -> str:
    return f"X'{value.hex}'"


WAYS = {"UUID": _lower, "CHAR(36)": _upper, "CHAR(32)": _digits, "BLOB": _bytes, "BINARY(16)": _bytes, "TEXT": _lower,
        "VARCHAR": _upper}  # fmt: skip
COLUMNS: Mapping[str, Sequence[str]] = {
    "sqlite": ("UUID", "CHAR(36)", "CHAR(32)", "BLOB", "TEXT"),
    "duckdb": ("UUID", "VARCHAR"),
    "postgres-natural": ("UUID", "CHAR(36)", "CHAR(32)", "TEXT"),
    "mariadb": ("UUID", "CHAR(36)", "CHAR(32)", "BINARY(16)"),
    "mysql": ("CHAR(36)", "CHAR(32)", "BINARY(16)"),
}
"""How other programs store a guid that is a primary key."""


@contextmanager
def made(engine: SqlEngine, columns: str, rows: Sequence[str], schema: Schema) -> Iterator[Table]:
    """A table with rows, as the engine describes it."""
    try:
        engine.execute(f"CREATE TABLE keyed_rows ({columns})")
        engine.execute(f"INSERT INTO keyed_rows VALUES {', '.join(rows)}")
        engine.commit()
        yield criteria.tables.reflect(engine.connection, "keyed_rows", schema)
    finally:
        with suppress(Exception):  # DuckDB has nothing to roll back
            engine.rollback()
        engine.execute("DROP TABLE IF EXISTS keyed_rows")
        engine.commit()


def fetched(engine: SqlEngine, table: Table, search: Search, in_parts: bool) -> Page:
    """The page of a search, by its statements for an index or by the single one."""
    statements = criteria.compile(search, "sql", table=table)
    rows: list[Any] = []
    for statement in statements.pages if in_parts else [statements.rows]:
        rows += engine.execute(statement.text, statement.params)
        if search.fetch is not None and len(rows) >= search.fetch:
            break
    return search.page(rows)


def walked(engine: SqlEngine, table: Table, order: str, in_parts: bool) -> tuple[list[Any], list[Any]]:
    """All rows by cursor, two at a time: forwards, and from the last page backwards."""
    request: dict[str, Any] = {"limit": 2} | ({"orderBy": order} if order else {})

    def page(**cursor: str) -> Page:
        return fetched(engine, table, criteria.parse_search(request | cursor, table.schema), in_parts)

    found = page()
    forwards = [*found.data]
    while found.next_cursor is not None:
        found = page(after=found.next_cursor)
        forwards += found.data
    backwards = [*found.data]
    while found.previous_cursor is not None:
        found = page(before=found.previous_cursor)
        backwards = [*found.data, *backwards]
    return forwards, backwards


def _by_name(at: int) -> tuple[bool, str]:
    return NAMES[at] is not None, NAMES[at] or ""


@pytest.mark.parametrize(
    ("name", "column"), [(name, column) for name, columns in COLUMNS.items() for column in columns]
)
def test_a_guid_that_is_the_primary_key(name: str, column: str, engines: Engines) -> None:
    """Guids sort as their text does, however a column spells them."""
    engine = engines.get(name)
    assert isinstance(engine, SqlEngine)
    key = Field("token", "guid", is_unique=True, nullable=False)
    schema = Schema("keyed", [key, NAME], system_properties=False)
    rows = [f"({WAYS[column](guid)}, {_literal(text)})" for guid, text in zip(GUIDS, NAMES, strict=True)]
    with made(engine, f"token {column} PRIMARY KEY NOT NULL, name VARCHAR(9)", rows, schema) as table:
        for order, in_parts in product(("", "name", "name desc", "token desc"), (True, False)):
            places = sorted(range(len(GUIDS)), key=lambda at: GUIDS[at].hex)
            if order.startswith("name"):
                places.sort(key=_by_name)
            if order.endswith("desc"):  # the key has the direction of the last sort key
                places.reverse()
            for one in walked(engine, table, order, in_parts):
                assert [_as_guid(row[0]) for row in one] == [GUIDS[at] for at in places], order


def _as_guid(value: Any) -> UUID:
    """A guid as a driver returns it."""
    if isinstance(value, bytes):
        return UUID(bytes=value)
    return value if isinstance(value, UUID) else UUID(value)


TENANTS = (2, 1, 2, 1, 3, 1, 2)
CODES = ("b", "B", "a", "ab", "é", "", "B")


@pytest.mark.parametrize("name", COLUMNS)
def test_a_primary_key_of_several_columns(name: str, engines: Engines) -> None:
    """All of its columns close an order, those that the order does not have yet."""
    engine = engines.get(name)
    assert isinstance(engine, SqlEngine)
    fields = [Field("tenant", "integer", nullable=False), Field("code", "string", nullable=False), NAME]
    schema = Schema("keyed", fields, system_properties=False, key=("tenant", "code"))
    rows = [f"({tenant}, '{code}', {_literal(text)})" for tenant, code, text in zip(TENANTS, CODES, NAMES, strict=True)]
    binary = {"mariadb": " COLLATE utf8mb4_bin", "mysql": " COLLATE utf8mb4_0900_bin"}.get(name, "")
    columns = f"tenant INTEGER NOT NULL, code VARCHAR(9){binary} NOT NULL, name VARCHAR(9), PRIMARY KEY (tenant, code)"
    with made(engine, columns, rows, schema) as table:
        assert criteria.tables.schema(engine.connection, "keyed_rows").key == schema.key
        for order, in_parts in product(("", "name", "code desc", "name desc, tenant"), (True, False)):
            places = sorted(range(len(CODES)), key=lambda at: (TENANTS[at], CODES[at]))
            if order == "code desc":
                places.sort(key=lambda at: (CODES[at], TENANTS[at]), reverse=True)
            if order.startswith("name"):
                places.sort(key=_by_name, reverse="desc" in order)
            for one in walked(engine, table, order, in_parts):
                assert [row[:2] for row in one] == [(TENANTS[at], CODES[at]) for at in places], order


@pytest.mark.parametrize("name", COLUMNS)
def test_a_key_without_a_unique_index_is_refused(name: str, engines: Engines) -> None:
    """Pages would lose rows and repeat others. A unique index on some of its columns is enough."""
    engine = engines.get(name)
    assert isinstance(engine, SqlEngine)
    fields = [Field(one, "integer", nullable=False) for one in ("a", "b", "c")]
    columns = "a INTEGER NOT NULL, b INTEGER NOT NULL, c INTEGER NOT NULL, UNIQUE (a, b)"
    with made(engine, columns, ["(1, 1, 1)"], Schema("keyed", fields, system_properties=False)) as table:
        for key in (["a", "b"], ["c", "b", "a"]):
            schema = Schema("keyed", fields, system_properties=False, key=key)
            assert criteria.tables.reflect(engine.connection, "keyed_rows", schema).keys == (("a", "b"),)
        for wrong in (["a"], ["a", "c"], ["c"]):
            schema = Schema("keyed", fields, system_properties=False, key=wrong)
            with pytest.raises(CriteriaError, match="no unique index on columns of the schema's key") as told:
                Table("keyed_rows", schema, table.columns, dialect=table.dialect, keys=table.keys)
            assert [(one.code, one.pointer, bool(one.hint)) for one in told.value.problems] == [
                ("unfit_column", "/key", True)
            ]
