"""Tables with an index for each order, on the engines of the job `keyset`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import import_module
from itertools import count
from typing import Any, ClassVar, Protocol

import criteria
from benchmarks.run_time.engine import parts
from criteria import Schema, Search
from criteria.backends.sql import Sql
from tests.servers import MARIADB, MONGODB, MYSQL, POSTGRES, ServerKind

TABLE = "item"
INDEXES: Mapping[str, tuple[str, ...]] = {
    "created": ("created", "id"),
    "age": ("age", "id"),
    "status": ("status", "id"),
    "both": ("status DESC", "created", "id"),
}
CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What EXPLAIN says of a statement: whether it sorts rows or reads the whole table."""

    sorts: bool
    text: str


class PagedEngine(Protocol):
    """A table with an index for each order."""

    name: str

    def load(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Create the table, its rows and its indexes."""

    def page(self, search: Search) -> list[int]:
        """The keys of the fetched rows."""

    def plans(self, search: Search) -> list[Plan]:
        """The plans of the statements that `page` runs."""

    def examined(self, search: Search) -> int | None:
        """The rows, or entries of an index, that the engine reads for `page`; None: it does not tell.

        On SQLite they are the steps of its virtual machine.
        """

    def drop(self) -> None:
        """Drop the table."""


class SqlPages:
    """A connection with the table of `criteria.storage`."""

    name = ""
    dialect = ""
    indexes: ClassVar[Mapping[str, tuple[str, ...]]] = INDEXES

    def __init__(self, connection: Any, schema: Schema) -> None:
        self.connection = connection
        self.schema = schema
        self.storage = criteria.storage(schema, self.dialect, table=TABLE)
        self.options: dict[str, Any] = {"dialect": self.dialect, "table": TABLE}

    def load(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self.execute(self.create_table())
        for start in range(0, len(rows), CHUNK):
            cursor = self.connection.cursor()
            cursor.executemany(self.storage.insert, [self.storage.encode(row) for row in rows[start : start + CHUNK]])
        self.connection.commit()
        for name, columns in self.indexes.items():
            self.execute(f"CREATE INDEX by_{name} ON {TABLE} ({', '.join(map(self.index_column, columns))})")
        self.execute(self.analyze())

    def create_table(self) -> str:
        return str(self.storage.create_table)

    def index_column(self, column: str) -> str:
        return column

    def analyze(self) -> str:
        return f"ANALYZE {TABLE}"

    def execute(self, text: str, params: Any = ()) -> list[Any]:
        cursor = self.connection.cursor()
        cursor.execute(text, params)
        return list(cursor.fetchall()) if cursor.description else []

    def page(self, search: Search) -> list[int]:
        found, _ = self._run(search)
        return found

    def _run(self, search: Search) -> tuple[list[int], list[Sql]]:
        found: list[int] = []
        ran = []
        for statement in criteria.compile(search, "sql", **self.options).pages:
            found += [row[0] for row in self.execute(statement.text, statement.params)]
            ran.append(statement)
            if len(found) >= (search.fetch or 0):
                break
        return found, ran

    def plans(self, search: Search) -> list[Plan]:
        return [self.plan(one.text, one.params) for one in self._run(search)[1]]

    def plan(self, text: str, params: Any) -> Plan:
        raise NotImplementedError

    def examined(self, search: Search) -> int | None:
        return sum(self.rows_read(one.text, one.params) for one in self._run(search)[1])

    def rows_read(self, text: str, params: Any) -> int:
        raise NotImplementedError

    def drop(self) -> None:
        self.execute(f"DROP TABLE {TABLE}")
        self.connection.commit()


class SqlitePages(SqlPages):
    name, dialect = "SQLite", "sqlite"

    def plan(self, text: str, params: Any) -> Plan:
        steps = [row[3] for row in self.execute(f"EXPLAIN QUERY PLAN {text}", params)]
        is_ranged = any(step.startswith(f"SEARCH {TABLE} USING") for step in steps)
        return Plan(not is_ranged or any("TEMP B-TREE" in step for step in steps), "\n".join(steps))

    def rows_read(self, text: str, params: Any) -> int:
        steps = count()
        self.connection.set_progress_handler(lambda: next(steps) < 0, 1)
        self.execute(text, params)
        self.connection.set_progress_handler(None, 1)
        return next(steps)


class PostgresPages(SqlPages):
    name, dialect = "PostgreSQL", "postgres"

    def index_column(self, column: str) -> str:
        return "age NULLS FIRST" if column == "age" else column

    def plan(self, text: str, params: Any) -> Plan:
        document = self.execute(f"EXPLAIN (FORMAT JSON) {text}", params)[0][0]
        nodes = list(parts(json.loads(document) if isinstance(document, str) else document))
        kinds = {node.get("Node Type") for node in nodes}
        is_ranged = any("Index Cond" in node for node in nodes)
        return Plan(not is_ranged or bool(kinds & {"Sort", "Incremental Sort", "Seq Scan"}), json.dumps(document))

    def rows_read(self, text: str, params: Any) -> int:
        document = self.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {text}", params)[0][0]
        nodes = list(parts(json.loads(document) if isinstance(document, str) else document))
        scans = [node for node in nodes if "Relation Name" in node]
        return sum(int(node["Actual Rows"]) + int(node.get("Rows Removed by Filter", 0)) for node in scans)


class MariadbPages(SqlPages):
    name, dialect = "MariaDB", "mariadb"

    def load(self, rows: Sequence[Mapping[str, Any]]) -> None:
        super().load(rows)
        table = criteria.tables.reflect(self.connection, TABLE, self.schema, time_zone="UTC")
        self.options = {"table": table}

    def create_table(self) -> str:
        """An index serves an order by strings only if their length is bounded."""
        return super().create_table().replace("LONGTEXT", "VARCHAR(200)")

    def analyze(self) -> str:
        return f"ANALYZE TABLE {TABLE}"

    def plan(self, text: str, params: Any) -> Plan:
        document = self.execute(f"EXPLAIN FORMAT=JSON {text}", params)[0][0]
        nodes = list(parts(json.loads(document)))
        reads_all = any(node.get("access_type") in ("ALL", "index") for node in nodes)
        return Plan(reads_all or any("filesort" in node for node in nodes), document)

    def rows_read(self, text: str, params: Any) -> int:
        """What the server counts, and the entries of an index that a condition on it has excluded."""
        self.execute("FLUSH STATUS")
        self.execute(text, params)
        told = {name: int(value) for name, value in self.execute("SHOW SESSION STATUS LIKE %s", ("Handler%",))}
        excluded = told.get("Handler_icp_attempts", 0) - told.get("Handler_icp_match", 0)
        return excluded + sum(value for name, value in told.items() if name.startswith("Handler_read"))


class MysqlPages(MariadbPages):
    """MySQL reads no ranges backwards in an index of both directions, so there is one in the opposite order, too."""

    name, dialect = "MySQL", "mysql"
    indexes: ClassVar[Mapping[str, tuple[str, ...]]] = {**INDEXES, "both_back": ("status", "created DESC", "id DESC")}

    def plan(self, text: str, params: Any) -> Plan:
        document = self.execute(f"EXPLAIN FORMAT=JSON {text}", params)[0][0]
        operations = [str(node["operation"]) for node in parts(json.loads(document)) if "operation" in node]
        sorts = any(one.startswith(("Sort", "Table scan", "Index scan")) for one in operations)
        return Plan(sorts, "\n".join(operations))


class DuckdbPages(SqlPages):
    """DuckDB has no index that serves an order: its plan is a scan that keeps the first rows."""

    name, dialect = "DuckDB", "duckdb"

    def load(self, rows: Sequence[Mapping[str, Any]]) -> None:
        from pyarrow import Table

        self.execute(self.create_table())
        source = Table.from_pylist([dict(row) for row in rows])
        self.connection.register("source", source)
        self.execute(f"INSERT INTO {TABLE} SELECT id, created, age, status, title FROM source")  # noqa: S608  # constant
        self.connection.unregister("source")

    def execute(self, text: str, params: Any = ()) -> list[Any]:
        self.connection.execute(text, params)
        return list(self.connection.fetchall()) if self.connection.description else []

    def plan(self, text: str, params: Any) -> Plan:
        explained = str(self.execute(f"EXPLAIN {text}", params))
        return Plan("ORDER_BY" in explained, explained)

    def examined(self, search: Search) -> int | None:
        return None


class MongodbPages:
    name = "MongoDB"

    def __init__(self, collection: Any, schema: Schema) -> None:
        self.collection, self.schema = collection, schema

    def load(self, rows: Sequence[Mapping[str, Any]]) -> None:
        encode = criteria.storage(self.schema, "mongo").encode
        for start in range(0, len(rows), CHUNK):
            self.collection.insert_many([encode(row) for row in rows[start : start + CHUNK]], ordered=False)
        for columns in INDEXES.values():
            self.collection.create_index([(one.split()[0], -1 if " " in one else 1) for one in columns])

    def page(self, search: Search) -> list[int]:
        what = criteria.compile(search, "mongo")
        found = self.collection.find(
            what.filter, sort=list(what.sort), skip=what.skip, limit=what.limit or 0, collation=what.collation
        )
        return [document["id"] for document in found]

    def plans(self, search: Search) -> list[Plan]:
        winner = self._explained(search, "queryPlanner")["queryPlanner"]["winningPlan"]
        stages = {part.get("stage") for part in parts(winner)}
        return [Plan(bool(stages & {"SORT", "COLLSCAN"}), json.dumps(winner, default=str))]

    def examined(self, search: Search) -> int | None:
        told = self._explained(search, "executionStats")["executionStats"]
        return max(int(told["totalKeysExamined"]), int(told["totalDocsExamined"]))

    def _explained(self, search: Search, verbosity: str) -> Any:
        what = criteria.compile(search, "mongo")
        command = {"find": TABLE, "filter": what.filter, "sort": dict(what.sort), "limit": what.limit,
                   "collation": what.collation}  # fmt: skip
        return self.collection.database.command("explain", command, verbosity=verbosity)

    def drop(self) -> None:
        self.collection.drop()


Start = Callable[[ServerKind[Any]], Any]
"""Returns a running server of a kind."""


def _sqlite(stack: ExitStack, schema: Schema, start: Start) -> PagedEngine:
    connection = sqlite3.connect(":memory:")
    stack.callback(connection.close)
    return SqlitePages(connection, schema)


def _postgres(stack: ExitStack, schema: Schema, start: Start) -> PagedEngine:
    return PostgresPages(stack.enter_context(start(POSTGRES).connect("binary")), schema)


def _mariadb(stack: ExitStack, schema: Schema, start: Start) -> PagedEngine:
    connection = start(MARIADB).connect("folding")
    stack.callback(connection.close)
    return MariadbPages(connection, schema)


def _mysql(stack: ExitStack, schema: Schema, start: Start) -> PagedEngine:
    connection = start(MYSQL).connect("folding")
    stack.callback(connection.close)
    return MysqlPages(connection, schema)


def _duckdb(stack: ExitStack, schema: Schema, start: Start) -> PagedEngine:
    connection = import_module("duckdb").connect(":memory:", config={"threads": 1})
    stack.callback(connection.close)
    return DuckdbPages(connection, schema)


def _mongodb(stack: ExitStack, schema: Schema, start: Start) -> PagedEngine:
    server = start(MONGODB)
    client = stack.enter_context(server.connect())
    return MongodbPages(client[server.database][TABLE], schema)


OPENERS: Mapping[str, Callable[[ExitStack, Schema, Start], PagedEngine]] = {
    "sqlite": _sqlite,
    "postgres": _postgres,
    "mariadb": _mariadb,
    "mysql": _mysql,
    "duckdb": _duckdb,
    "mongodb": _mongodb,
}
"""Opens each engine until the stack is closed."""
