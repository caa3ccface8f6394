"""SQL engines: a connection each, with the tables of `criteria.storage`."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import criteria
from criteria import Field, FieldType, ObjectList, Page, Query, Schema, Search
from tests.engines.running import Servers
from tests.engines.sql_indexes import COMMITS_WITH_INDEX, INDEXING, index_statements
from tests.engines.table import Record, flat, json_columns, key_name, key_names, rebound, without_nested
from tests.servers import MARIADB, MYSQL, POSTGRES


class SqlTable:
    """A table on a connection. Records are inserted in a transaction that is rolled back."""

    def __init__(self, engine: SqlEngine, schema: Schema, name: str) -> None:
        self.engine, self.name = engine, name
        self.schema = engine.adapt(schema)
        self.storage = criteria.storage(self.schema, engine.dialect, table=name)
        self.flat_storage = criteria.storage(flat(self.schema), engine.dialect)
        self.key = self.storage.columns.index(self.schema.find(key_name(schema)).column)  # type: ignore[union-attr]
        engine.execute(self.storage.create_table)
        engine.commit()
        self.has_indexes = False

    @contextmanager
    def holding(self, records: Sequence[Record]) -> Iterator[None]:
        try:
            with self.engine.rolled_back():
                self.engine.insert(self.storage.insert, [self.row(record) for record in records])
                yield
        finally:
            if self.has_indexes:
                self.engine.execute(f"DELETE FROM {self.name}")
                self.engine.commit()

    def index(self) -> None:
        """Creates an index on each column, and the statistics of the records that the table holds."""
        if not self.has_indexes:
            for statement in index_statements(self.engine.dialect, self.name, self.schema):
                self.engine.execute(statement)
        self.engine.execute(INDEXING[self.engine.dialect].analyze.format(table=self.name))
        self.has_indexes = self.engine.dialect in COMMITS_WITH_INDEX

    def row(self, record: Record) -> tuple[Any, ...]:
        """The record's row. Nested values are stored as they are, conforming or not."""
        encoded = self.flat_storage.encode(without_nested(self.schema, record))
        cells = dict(zip(self.flat_storage.columns, encoded, strict=True))
        for name, column in json_columns(self.schema).items():
            document = record.get(name)
            cells[column] = None if document is None else json.dumps(document, ensure_ascii=False)
        return tuple(cells[column] for column in self.storage.columns)

    def select(self, query: Query) -> list[Any]:
        sql = criteria.compile(self.bound(query), "sql", dialect=self.engine.dialect, tables=self.tables)
        return self.engine.keys(f"SELECT * FROM {self.name} WHERE {sql.text}", sql.params, self.key)

    def search(self, search: Search) -> Page:
        order = tuple(criteria.SortKey(self.schema.find(key.field.name), key.descending) for key in search.order_by)  # type: ignore[arg-type]
        mine = replace(search, query=self.bound(search.query), order_by=order, cursor_query=None)
        statements = criteria.compile(mine, "sql", dialect=self.engine.dialect, table=self.name, tables=self.tables)
        rows, count = statements.rows, statements.count
        keys = self.engine.keys(rows.text, rows.params, self.key) if rows else []
        assert self.in_segments(statements, search.fetch) == keys, statements.pages
        return mine.page(keys, self.engine.execute(count.text, count.params)[0][0] if count else None)

    def in_segments(self, statements: Any, fetch: int | None) -> list[Any]:
        """The keys of the rows that the parts of a page select, run until the page is full."""
        found: list[Any] = []
        for statement in statements.pages:
            found += self.engine.keys(statement.text, statement.params, self.key)
            if fetch is not None and len(found) >= fetch:
                return found[:fetch]
        return found

    @property
    def tables(self) -> dict[str, str]:
        """The tables of other entities."""
        return {name: self.engine.table(one).name for name, one in self.schema.entities.items()}

    def bound(self, query: Query) -> Query:
        """The query on the fields of the engine's schema."""
        return Query(rebound(query.expression, self.schema), self.schema)

    def typed_records(self) -> list[dict[str, Any]]:
        """All rows of the table, as typed records."""
        with self.engine.readable_instants():
            rows = self.engine.execute(f"SELECT * FROM {self.name}")
        return [self.storage.decode(row) for row in rows]


class SqlEngine:
    def __init__(self, name: str, dialect: str, connection: Any, *, declare_binary: bool = False) -> None:
        self.name, self.dialect, self.connection, self.declare_binary = name, dialect, connection, declare_binary
        self.tables: dict[Schema, SqlTable] = {}
        self.schemas: dict[Schema, Schema] = {}
        self.open_blocks = 0

    def version(self) -> str:
        text = "SELECT sqlite_version()" if self.dialect == "sqlite" else "SELECT version()"
        return re.findall(r"\d+(?:\.\d+)+", self.execute(text)[0][0])[0]  # type: ignore[no-any-return]

    def table(self, schema: Schema) -> SqlTable:
        if schema not in self.tables:
            self.tables[schema] = SqlTable(self, schema, f"table_{len(self.tables)}")
        return self.tables[schema]

    def adapt(self, schema: Schema) -> Schema:
        """On an engine whose columns compare by code point the schema declares that, so that the SQL has no COLLATE."""
        return binary_schema(schema) if self.declare_binary else schema

    def execute(self, text: str, params: Any = None) -> list[Any]:
        cursor = self.connection.cursor()
        try:
            cursor.execute(*((text,) if params is None else (text, params)))
            return list(cursor.fetchall()) if cursor.description else []
        finally:
            cursor.close()

    def insert(self, text: str, rows: list[tuple[Any, ...]]) -> None:
        if rows:
            cursor = self.connection.cursor()
            cursor.executemany(text, rows)
            cursor.close()

    def keys(self, text: str, params: Any, column: int) -> list[Any]:
        """One column of a statement's rows."""
        return [row[column] for row in self.execute(text, params)]

    @contextmanager
    def readable_instants(self) -> Iterator[None]:
        """Inside the block the driver can return dateTimes of the years 1 and 9999."""
        yield

    @contextmanager
    def rolled_back(self) -> Iterator[None]:
        """A transaction that is rolled back. Inside another one it is a part of that."""
        self.open_blocks += 1
        try:
            if self.open_blocks == 1:
                self.begin()
            yield
        finally:
            self.open_blocks -= 1
            if not self.open_blocks:
                self.rollback()

    def begin(self) -> None:
        pass

    def commit(self) -> None:
        self.connection.commit()

    def rollback(self) -> None:
        self.connection.rollback()


class PostgresEngine(SqlEngine):
    """psycopg cannot return dateTimes with a local time before year 1: they are text except in `readable_instants`."""

    @contextmanager
    def readable_instants(self) -> Iterator[None]:
        from psycopg.types.datetime import TimestamptzLoader
        from psycopg.types.string import TextLoader

        self.execute("SET LOCAL TimeZone = 'UTC'")
        self.connection.adapters.register_loader("timestamptz", TimestamptzLoader)
        yield
        self.connection.adapters.register_loader("timestamptz", TextLoader)


def binary_schema(schema: Schema) -> Schema:
    """The same fields, with strings declared to compare by code point where they are columns."""
    fields: list[Field | ObjectList] = [*map(_binary, schema.fields), *schema.object_lists]
    own = Schema(schema.name, fields, system_properties=False, key=key_names(schema))
    return own.with_entities(schema.entities)


def _binary(field: Field) -> Field:
    names = (
        "description",
        "object_entity_type",
        "is_unique",
        "is_list",
        "nullable",
        "column",
        "precision",
        "scale",
        "time_zone",
    )
    collation = "binary" if field.field_type is FieldType.STRING else None
    return Field(field.name, field.field_type, collation=collation, **{name: getattr(field, name) for name in names})


WHOLE_DOUBLES_SINCE = 120000
"""PostgreSQL 11 rounds doubles to 15 digits when it returns them, unless it is told otherwise."""


_FEW = 100
"""Rows that are inserted as a user would, one after the other."""


class DuckdbEngine(SqlEngine):
    """Executes on the connection: a DuckDB cursor is a separate connection, outside the transaction."""

    def execute(self, text: str, params: Any = None) -> list[Any]:
        self.connection.execute(text, params)
        return list(self.connection.fetchall()) if self.connection.description else []

    def insert(self, text: str, rows: list[tuple[Any, ...]]) -> None:
        """Many rows are inserted by column, in one statement: one for each row takes 40 times as long."""
        if len(rows) > _FEW:
            described = self.execute(f"DESCRIBE {text[len('INSERT INTO ') : text.index(' (')]}")
            columns = ", ".join(f"unnest(CAST(? AS {kind}[]))" for _, kind, *_ in described)
            cells = [list(one) for one in zip(*rows, strict=True)]
            self.execute(f"{text[: text.index(' VALUES (')]} SELECT {columns}", cells)
        elif rows:
            self.connection.executemany(text, rows)

    def keys(self, text: str, params: Any, column: int) -> list[Any]:
        """Selects the column only, because the driver cannot return some dateTimes in zones other than UTC."""
        self.connection.execute(f"SELECT * FROM ({text}) AS selected LIMIT 0", params)
        name = '"' + self.connection.description[column][0].replace('"', '""') + '"'
        return [row[0] for row in self.execute(f"SELECT selected.{name} FROM ({text}) AS selected", params)]

    @contextmanager
    def readable_instants(self) -> Iterator[None]:
        self.connection.execute("SET TimeZone = 'UTC'")
        yield
        self.connection.execute("SET TimeZone = 'Asia/Tokyo'")

    def begin(self) -> None:
        self.connection.begin()

    def commit(self) -> None:
        pass


def missing_duckdb() -> str | None:
    """How to install DuckDB, or None if it is installed."""
    return None if find_spec("duckdb") else "pip install duckdb"


_SQL_MODE = "NO_BACKSLASH_ESCAPES,HIGH_NOT_PRECEDENCE,ANSI_QUOTES,PIPES_AS_CONCAT,STRICT_ALL_TABLES"
"""SQL modes that change the meaning of statements that rely on the default modes."""


SQLITE_COMBINES_INDEXES = sqlite3.sqlite_version_info < (3, 53)
"""Whether SQLite uses an index for each part of an OR, where a part names a collation (docs/engines.md#limits)."""


@contextmanager
def sqlite(servers: Servers) -> Iterator[SqlEngine]:
    """SQLite in memory."""
    connection = sqlite3.connect(":memory:")
    yield SqlEngine("sqlite", "sqlite", connection)
    connection.close()


@contextmanager
def duckdb(servers: Servers) -> Iterator[SqlEngine]:
    """DuckDB, in a session with another time zone and NULL order than the defaults."""
    yield from _duckdb("duckdb", declare_binary=False)


@contextmanager
def duckdb_binary(servers: Servers) -> Iterator[SqlEngine]:
    """DuckDB with columns that are declared to compare by code point, in a session whose collation ignores case."""
    for engine in _duckdb("duckdb-binary", declare_binary=True):
        engine.connection.execute("SET default_collation = 'NOCASE'")
        yield engine


def _duckdb(name: str, declare_binary: bool) -> Iterator[SqlEngine]:
    connection: Any = import_module("duckdb").connect(":memory:")
    connection.execute("SET TimeZone = 'Asia/Tokyo'")
    connection.execute("SET default_null_order = 'nulls_last'")
    yield DuckdbEngine(name, "duckdb", connection, declare_binary=declare_binary)
    connection.close()


@contextmanager
def postgres(servers: Servers) -> Iterator[SqlEngine]:
    """PostgreSQL in a database that sorts by code point, with columns that are declared to."""
    with _instants_unread(servers.get(POSTGRES).connect("binary", autocommit=False)) as connection:
        yield PostgresEngine("postgres", "postgres", connection, declare_binary=True)


@contextmanager
def postgres_natural(servers: Servers) -> Iterator[SqlEngine]:
    """PostgreSQL in a database with a natural-language collation."""
    with _instants_unread(servers.get(POSTGRES).connect("natural", autocommit=False)) as connection:
        connection.execute("SET standard_conforming_strings = off")
        connection.execute("SET escape_string_warning = off")
        connection.commit()
        yield PostgresEngine("postgres-natural", "postgres", connection)


@contextmanager
def _instants_unread(connection: Any) -> Iterator[Any]:
    """A connection that returns dateTimes as text (see `PostgresEngine`)."""
    from psycopg.types.string import TextLoader

    connection.adapters.register_loader("timestamptz", TextLoader)
    if connection.info.server_version < WHOLE_DOUBLES_SINCE:
        connection.execute("SET extra_float_digits = 3")
        connection.commit()
    yield connection
    connection.close()


@contextmanager
def mariadb(servers: Servers) -> Iterator[SqlEngine]:
    """MariaDB with its default collation, which ignores case and trailing blanks."""
    connection = servers.get(MARIADB).connect("folding", autocommit=False)
    yield SqlEngine("mariadb", "mariadb", connection)
    connection.close()


@contextmanager
def mariadb_binary(servers: Servers) -> Iterator[SqlEngine]:
    """MariaDB with columns that are declared to compare by code point, and do."""
    connection = servers.get(MARIADB).connect("binary", autocommit=False)
    with connection.cursor() as cursor:
        cursor.execute(f"SET sql_mode = '{_SQL_MODE}'")
    yield SqlEngine("mariadb-binary", "mariadb", connection, declare_binary=True)
    connection.close()


@contextmanager
def mysql(servers: Servers) -> Iterator[SqlEngine]:
    """MySQL with its default collation, which ignores case and accents."""
    yield from _mysql(servers, "mysql", "folding")


@contextmanager
def mysql_binary(servers: Servers) -> Iterator[SqlEngine]:
    """MySQL with columns that are declared to compare by code point, under modes that change the meaning of SQL."""
    yield from _mysql(servers, "mysql-binary", "binary", _SQL_MODE)


@contextmanager
def mysql_padding(servers: Servers) -> Iterator[SqlEngine]:
    """MySQL with a collation that ignores case and trailing blanks."""
    yield from _mysql(servers, "mysql-padding", "padding")


def _mysql(servers: Servers, name: str, database: Any, modes: str | None = None) -> Iterator[SqlEngine]:
    connection = servers.get(MYSQL).connect(database, autocommit=False)
    if modes:
        with connection.cursor() as cursor:
            cursor.execute(f"SET sql_mode = '{modes}'")
    yield SqlEngine(name, "mysql", connection, declare_binary=database == "binary")
    connection.close()
