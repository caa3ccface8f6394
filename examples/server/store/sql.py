"""Records in SQL, with all SQL of this server that the library does not write."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence, Set
from contextlib import AbstractContextManager, closing
from functools import lru_cache
from itertools import islice
from typing import Any, Protocol

import criteria
from criteria import Query, Schema, Search
from criteria.backends.sql.storage import SqlStorage
from criteria.web import Entity, Room
from criteria.web.json_rows import JsonRows
from criteria.web.room import BATCH
from examples.server.store import Replacement, Taken, Unique

LOG = logging.getLogger("examples.server.store")

TABLES = (
    'CREATE TABLE IF NOT EXISTS "counters" ("name" VARCHAR(100) PRIMARY KEY, "value" BIGINT NOT NULL)',
    'CREATE TABLE IF NOT EXISTS "unique_values" ("digest" VARCHAR(64) PRIMARY KEY)',
)
NEXT_ID = (
    'INSERT INTO "counters" ("name", "value") VALUES ({0}, 1) '
    'ON CONFLICT ("name") DO UPDATE SET "value" = "counters"."value" + 1 RETURNING "value"'
)
TAKE = 'INSERT INTO "unique_values" ("digest") VALUES {0} ON CONFLICT DO NOTHING RETURNING "digest"'
GIVE_BACK = 'DELETE FROM "unique_values" WHERE "digest" IN ({0})'
DIGESTS = 500
"""Digests in one statement."""


class Cursor(Protocol):
    """A database cursor."""

    @property
    def rowcount(self) -> int:
        """The number of rows that the last statement changed."""

    def execute(self, statement: Any, parameters: Any = (), /) -> Any:
        """Runs a statement."""

    def fetchall(self) -> list[Any]:
        """The rows of the last statement."""


class Database(Protocol):
    """What differs between the two SQL databases."""

    dialect: str
    placeholder: str

    @property
    def lost(self) -> tuple[type[Exception], ...]:
        """Raised when the database gives up one of two transactions that wait for each other."""

    def reading(self) -> AbstractContextManager[Cursor]:
        """A cursor for statements that only read."""

    def rows(self, cursor: Any, statement: str, parameters: Any, *, are_few: bool) -> AbstractContextManager[Any]:
        """The rows of a statement, which the end of the block ends. Unless they are few, each is read when it is asked
        for."""

    def writing(self) -> AbstractContextManager[Cursor]:
        """A cursor in a transaction that the end of the block commits and an exception rolls back."""

    def claim(self, lost: Callable[[], None]) -> None:
        """Makes this process the only server of the database. Raises `Held`."""

    def close(self) -> None:
        """Closes the connections."""


class SqlStore:
    """A store in a SQL database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.writing() as cursor:
            for statement in TABLES:
                _run(cursor, statement)

    def claim(self, lost: Callable[[], None]) -> None:
        """A lock of the database's own kind."""
        self._database.claim(lost)

    def prepare(self, schema: Schema) -> None:
        """Creates the table, with a column for custom properties."""
        some_property = criteria.Field("any", "string")
        roomy = Schema(schema.name, [*schema.fields, *_custom(some_property)], system_properties=False)
        with self._database.writing() as cursor:
            _run(cursor, self._storage(roomy).create_table)

    def insert(self, schema: Schema, record: Mapping[str, Any], unique: Unique) -> int:
        """Inserts a row with the next id of its table."""
        storage = self._storage(schema)
        while True:
            try:
                with self._database.writing() as cursor:
                    _run(cursor, self._filled(NEXT_ID), (schema.name,))
                    [(object_id,)] = cursor.fetchall()
                    _run(cursor, storage.insert, storage.encode({**record, "objectId": object_id}))
                    self._exchange(cursor, {}, unique)
                return int(object_id)
            except self._database.lost:
                continue

    def replace(self, schema: Schema, record: Mapping[str, Any], before: Unique, after: Unique) -> bool:
        """Updates the row if it still has the revision that was read."""
        return self.replace_all(schema, [(record, before, after)])

    def replace_all(self, schema: Schema, changes: Sequence[Replacement]) -> bool:
        """Updates the rows that still have the revisions that were read."""
        updates = [(self._update(schema, record), before, after) for record, before, after in changes]
        are_written = True
        try:
            with self._database.writing() as cursor:
                for update, before, after in updates:
                    _run(cursor, update.text, update.params)
                    if cursor.rowcount == 0:
                        are_written = False
                    else:
                        self._exchange(cursor, before, after)
        except self._database.lost:
            return False
        return are_written

    def _update(self, schema: Schema, record: Mapping[str, Any]) -> Any:
        there = criteria.parse({"objectId": record["objectId"], "revision": record["revision"]}, schema)
        return self._storage(schema).update({**record, "revision": record["revision"] + 1}, there)

    def remove(self, query: Query) -> None:
        """One statement."""
        condition = criteria.compile(query, "sql", dialect=self._database.dialect)
        statement = f'DELETE FROM "{_schema(query).name}" WHERE {condition.text}'  # noqa: S608
        with self._database.writing() as cursor:
            _run(cursor, statement, condition.params)

    def find(self, search: Search, room: Room | None = None) -> list[dict[str, Any]]:
        """One statement, or with a cursor one for each range of the index until the page is full."""
        storage = self._storage(_schema(search.query))
        return [storage.decode(row) for row in self._rows(search, room)]

    def find_json(self, search: Search, entity: Entity, room: Room) -> list[dict[str, Any]]:
        """As `find`."""
        return _json_rows(entity, self._database.dialect).to_json(self._rows(search, room))

    def _rows(self, search: Search, room: Room | None) -> list[Any]:
        if search.limit == 0:
            return []
        with self._database.reading() as cursor, closing(self._read(cursor, search, room)) as rows:
            wanted = islice(rows, search.fetch)
            return list(wanted) if room is None else room.read(wanted, self._json_columns(_schema(search.query)))

    def _read(self, cursor: Cursor, search: Search, room: Room | None) -> Generator[Any, None, None]:
        are_few = room is None or (search.fetch is not None and search.fetch <= BATCH)
        for one in self._statements(search).pages:
            LOG.debug("%s", one.text)
            with self._database.rows(cursor, one.text, one.params, are_few=are_few) as rows:
                yield from rows

    def count(self, search: Search) -> int:
        """One statement."""
        count = self._statements(Search(search.query, get_total_count=True)).count
        with self._database.reading() as cursor:
            _run(cursor, count.text, count.params)
            [(number,)] = cursor.fetchall()
        return int(number)

    def close(self) -> None:
        """Closes the connections."""
        self._database.close()

    def _storage(self, schema: Schema) -> SqlStorage:
        return _storage(schema, self._database.dialect)

    def _json_columns(self, schema: Schema) -> tuple[int, ...]:
        return _json_columns(schema, self._database.dialect)

    def _statements(self, search: Search) -> Any:
        table = _schema(search.query).name
        tables = {name: name for name in search.query.entities}
        return criteria.compile(search, "sql", dialect=self._database.dialect, table=table, tables=tables)

    def _filled(self, statement: str) -> str:
        return statement.format(self._database.placeholder)

    def _exchange(self, cursor: Cursor, before: Unique, after: Unique) -> None:
        """Takes the new digests, and then releases those that the object no longer has.

        Only who takes one may wait for another transaction. All take them in one order, and who releases waits for
        nobody, so transactions never deadlock.
        """
        for digests in _chunks(after.keys() - before.keys()):
            values = ", ".join([f"({self._database.placeholder})"] * len(digests))
            _run(cursor, TAKE.format(values), digests)
            free = {digest for (digest,) in cursor.fetchall()}
            for digest in digests:
                if digest not in free:
                    raise Taken(after[digest])
        for digests in _chunks(before.keys() - after.keys()):
            _run(cursor, GIVE_BACK.format(", ".join([self._database.placeholder] * len(digests))), digests)


@lru_cache(maxsize=100)
def _storage(schema: Schema, dialect: str) -> SqlStorage:
    found: SqlStorage = criteria.storage(schema, dialect, if_not_exists=True)
    return found


@lru_cache(maxsize=100)
def _json_columns(schema: Schema, dialect: str) -> tuple[int, ...]:
    """The places of the columns with JSON: SQLite has it as text."""
    columns = _storage(schema, dialect).columns
    return tuple(sorted({columns.index(one.column) for one in schema.fields if one.is_list or one.is_nested}))


@lru_cache(maxsize=100)
def _json_rows(entity: Entity, dialect: str) -> JsonRows:
    return JsonRows(entity, _storage(entity.stored, dialect))


def _chunks(digests: Set[str]) -> Iterator[list[str]]:
    """Digests in their order, as many as a statement takes."""
    ordered = sorted(digests)
    return (ordered[start : start + DIGESTS] for start in range(0, len(ordered), DIGESTS))


def _run(cursor: Cursor, statement: str, parameters: Any = ()) -> None:
    LOG.debug("%s", statement)
    cursor.execute(statement, parameters)


def _schema(query: Query) -> Schema:
    assert query.schema is not None
    return query.schema


def _custom(field: criteria.Field) -> list[criteria.Field]:
    return [criteria.Field(f"customProperties.{field.name}", field.field_type)]
