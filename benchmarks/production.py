"""The guide of docs/frames.md at a production size: events on PostgreSQL and MongoDB, read as a stream."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from functools import partial
from itertools import islice, pairwise
from time import perf_counter
from typing import Any, Protocol

import criteria
from benchmarks.harness import Group, Sizes, Timing
from benchmarks.run_time.engine import parts
from benchmarks.sql_run_time import missing
from benchmarks.targets import Figure, Result
from criteria import Field, Query
from tests.servers import MONGODB, POSTGRES

SCHEMA = criteria.Schema(
    "event",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("day", "date", nullable=False),
        Field("kind", "string", collation="binary"),
        Field("amount", "decimal", precision=12, scale=2),
        Field("at", "dateTime", nullable=False),
    ],
    system_properties=False,
)

QUERIES: Mapping[str, Any] = {
    "two days": {
        "day": {"$in": ["2024-05-01", "2024-05-02"]},
        "kind": {"$ne": "test"},
        "amount": {"$gte": "12.50"},
    },
    "a month": {
        "day": {"$gte": "2024-05-01", "$lt": "2024-06-01"},
        "kind": {"$ne": "test"},
        "amount": {"$gte": "12.50"},
    },
}

_SQL_BY_HAND = {
    "two days": "day IN ('2024-05-01', '2024-05-02') AND kind IS DISTINCT FROM 'test' AND amount >= 12.50",
    "a month": "day >= '2024-05-01' AND day < '2024-06-01' AND kind IS DISTINCT FROM 'test' AND amount >= 12.50",
}

KINDS = ("view", "click", "order", "test", None)
DAYS = 366
BATCH = 10_000
_FIRST = datetime(2024, 1, 1, tzinfo=timezone.utc)


def events(count: int) -> Iterator[dict[str, Any]]:
    """The events of a year in the order of their arrival. Their values repeat in no short period."""
    step = timedelta(days=DAYS) / count
    for number in range(count):
        at = _FIRST + step * number
        mixed = number * 2654435761 % 2**32
        yield {
            "id": number,
            "day": at.date(),
            "kind": KINDS[mixed % 5],
            "amount": None if mixed % 17 == 0 else Decimal(mixed % 10_007).scaleb(-2),
            "at": at.replace(microsecond=at.microsecond // 1000 * 1000),
        }


class Events(Protocol):
    """An engine with the events."""

    name: str

    def load(self, count: int) -> None:
        """Write the events and their indexes."""

    def read(self, query: Query) -> int:
        """Read what a query selects, as the guide does, and count it."""

    def read_by_hand(self, name: str) -> int:
        """Read what the hand-written query selects in the same way."""

    def plan(self, query: Query) -> str:
        """What the engine reads of the data, in a few words."""


class PostgresEvents:
    """A table with a partition for each month, and an index on the day."""

    name = "PostgreSQL"

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def load(self, count: int) -> None:
        columns = "id bigint, day date NOT NULL, kind text, amount numeric(12, 2), at timestamptz NOT NULL"
        self.connection.execute(f"CREATE TABLE events ({columns}) PARTITION BY RANGE (day)")
        firsts = [date(2024 + month // 12, month % 12 + 1, 1) for month in range(13)]
        for first, after in pairwise(firsts):
            table = f"CREATE TABLE events_{first:%Y_%m} PARTITION OF events FOR VALUES FROM ('{first}') TO ('{after}')"
            self.connection.execute(table)
        source = events(count)
        with self.connection.cursor().copy("COPY events FROM STDIN") as copy:
            while chunk := list(islice(source, BATCH)):
                copy.write("".join(map(_line, chunk)))
        self.connection.execute("CREATE INDEX by_day ON events (day)")
        self.connection.execute("VACUUM ANALYZE events")

    def read(self, query: Query) -> int:
        where = criteria.compile(query, "sql", dialect="postgres")
        return self._stream(where.text, where.params)

    def read_by_hand(self, name: str) -> int:
        return self._stream(_SQL_BY_HAND[name])

    def _stream(self, condition: str, params: Any = None) -> int:
        with self.connection.transaction(), self.connection.cursor(name="late") as cursor:
            cursor.itersize = BATCH
            cursor.execute(f"SELECT * FROM events WHERE {condition}", params)  # noqa: S608  # of this library
            return sum(1 for _ in cursor)

    def plan(self, query: Query) -> str:
        where = criteria.compile(query, "sql", dialect="postgres")
        text = f"EXPLAIN (FORMAT JSON) SELECT * FROM events WHERE {where.text}"  # noqa: S608  # of this library
        document = self.connection.execute(text, where.params).fetchone()[0]
        nodes = list(parts(json.loads(document) if isinstance(document, str) else document))
        read = {node["Relation Name"] for node in nodes if "Relation Name" in node}
        has_index = any("Index Cond" in node for node in nodes)
        return f"{len(read)} of 12 partitions, {'by index' if has_index else 'scanned'}"


def _line(event: Mapping[str, Any]) -> str:
    """A line of COPY's text format. The strings need no escapes."""
    return "\t".join("\\N" if value is None else str(value) for value in event.values()) + "\n"


class MongoEvents:
    """A collection with a compound index: the equality field, then the range field."""

    name = "MongoDB"

    def __init__(self, collection: Any) -> None:
        self.collection = collection

    def load(self, count: int) -> None:
        encoded = map(criteria.storage(SCHEMA, "mongo").encode, events(count))
        while chunk := list(islice(encoded, BATCH)):
            self.collection.insert_many(chunk, ordered=False)
        self.collection.create_index([("day", 1), ("amount", 1)])

    def read(self, query: Query) -> int:
        return self._stream(criteria.compile(query, "mongo"))

    def read_by_hand(self, name: str) -> int:
        from bson import Decimal128

        days = {"$in": ["2024-05-01", "2024-05-02"]} if name == "two days" else {"$gte": "2024-05-01", "$lt": "2024-06"}
        return self._stream({"day": days, "kind": {"$ne": "test"}, "amount": {"$gte": Decimal128("12.50")}})

    def _stream(self, condition: Any) -> int:
        return sum(1 for _ in self.collection.find(condition, batch_size=BATCH))

    def plan(self, query: Query) -> str:
        command = {"find": self.collection.name, "filter": criteria.compile(query, "mongo")}
        told = self.collection.database.command("explain", command, verbosity="executionStats")["executionStats"]
        return f"{told['totalKeysExamined']:,} keys and {told['totalDocsExamined']:,} documents examined"


@contextmanager
def postgres() -> Iterator[Events]:
    """The events on the PostgreSQL server of the tests."""
    with POSTGRES.start() as server, server.connect("binary") as connection:
        yield PostgresEvents(connection)


@contextmanager
def mongodb() -> Iterator[Events]:
    """The events on the MongoDB server of the tests."""
    with MONGODB.start() as server, server.connect() as client:
        yield MongoEvents(client[server.database]["events"])


OPENERS: Mapping[str, Callable[[], Any]] = {"postgres": postgres, "mongodb": mongodb}


@dataclass(frozen=True, slots=True)
class Measured:
    """The seconds in which one query was read, and by hand."""

    query: str
    rows: int
    plan: str
    ours: float
    by_hand: float


def run(sizes: Sizes) -> Result:
    """Figures of the job `production`: how long the streams take, relative to the hand-written query."""
    figures: dict[str, Figure] = {}
    groups: list[Group] = []
    for name, opens in OPENERS.items():
        reason = missing(name) if name in sizes.engines else "not measured"
        if reason is not None:
            figures[f"production.{name}"] = reason
            continue
        print(f"production: {name}, {sizes.events:,} events", file=sys.stderr)
        with opens() as engine:
            start = perf_counter()
            engine.load(sizes.events)
            loaded = perf_counter() - start
            found = [measure(engine, query, sizes.rounds) for query in QUERIES]
        figures[f"production.{name}"] = max(one.ours / one.by_hand for one in found)
        groups.append(_group(f"{engine.name}, {sizes.events:,} events, loaded in {loaded:.0f} s", found))
    return Result(figures, tuple(groups))


def measure(engine: Events, name: str, rounds: int) -> Measured:
    """One query: both contestants take turns, and must find as many rows."""
    query = criteria.parse(QUERIES[name], SCHEMA)
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        rows = []
        for spent, read in zip(times, (partial(engine.read, query), partial(engine.read_by_hand, name)), strict=True):
            start = perf_counter()
            rows.append(read())
            if number:  # the first run fills caches
                spent.append(perf_counter() - start)
        if rows[0] != rows[1]:
            raise AssertionError(f"{engine.name}: {name}: {rows[0]} rows, by hand {rows[1]}")
    return Measured(name, rows[0], engine.plan(query), min(times[0]), min(times[1]))


def _group(title: str, found: Sequence[Measured]) -> Group:
    timings = []
    for one in found:
        rows = f"{one.rows:,} rows, {one.plan}"
        timings.append(Timing(f"{one.query}: by hand", one.by_hand, None, 1.0))
        timings.append(Timing(f"{one.query}: criteria", one.ours, None, one.ours / one.by_hand, rows))
    return Group(f"production: {title}", tuple(timings))
