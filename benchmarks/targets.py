"""The measures and their targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.harness import Group
from benchmarks.machine import Timed

Figure = float | str | Timed
"""A result: a duration, or a number in the target's unit, or the reason why there is none."""


@dataclass(frozen=True, slots=True)
class Target:
    """A row of the table. Without a `bound` it is only informative."""

    key: str
    measure: str
    unit: str
    bound: float | None = None
    at_most: bool = True

    @property
    def job(self) -> str:
        """The job that measures it."""
        return self.key.partition(".")[0]

    def value(self, figure: Figure) -> float | str:
        """A figure in the target's unit. Durations are those of the machine for which the goals were set."""
        return figure.converted(self.unit) if isinstance(figure, Timed) else figure

    def measured(self, figure: Figure) -> float | None:
        """A duration in the target's unit, as it was on this machine."""
        return figure.measured(self.unit) if isinstance(figure, Timed) else None

    def met(self, figure: Figure) -> bool | None:
        """Whether a figure meets the target; None if there is nothing to compare."""
        value = self.value(figure)
        if isinstance(value, str) or self.bound is None:
            return None
        return value <= self.bound if self.at_most else value >= self.bound


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a job: figures by target key, the timings behind them, and a page of the docs."""

    figures: Mapping[str, Figure]
    groups: tuple[Group, ...]
    page: str | None = None


def _least(key: str, measure: str, unit: str, bound: float | None) -> Target:
    return Target(key, measure, unit, bound, at_most=False)


TARGETS = (
    Target("parse.decoded", "decoded JSON to tree, relative to json.loads of its text", "x", 4),
    Target("parse.text", "JSON text to tree", "us"),
    Target("compile.known", "JSON text to PostgreSQL, known shape, new values", "us", 15),
    _least("compile.cql2", "... how much faster than cql2 (Rust)", "x", 2.5),
    Target("compile.table", "... for a table that another program created, relative to that", "x", 1.1),
    Target("compile.labels", "... for one with an enumerated column, relative to the same without", "x", 1.3),
    Target("compile.new", "... new shape, relative to Lark and sqlglot by hand", "x", 2),
    Target(
        "lists.parse", "$in of 1 to 1,000 values, each text of another length, relative to json.loads, parse", "x", 3
    ),
    Target("lists.sql", "... SQL", "x", 3),
    Target("lists.many", "500 comparisons in one query, known shape, to SQL", "ms", 2),
    Target("decoding.schema", "Schema.decode of a record of 22 fields", "us", 5),
    Target("decoding.sqlite", "... storage.decode, SQLite", "us", 25),
    Target("decoding.postgres", "... PostgreSQL", "us", 25),
    Target("decoding.mongo", "... MongoDB", "us", 25),
    _least("filter.clean", "filter of clean records, faster than by hand (mean of 6)", "x", 1.0),
    _least("filter.json", "... of JSON records with nulls", "x", 1.0),
    _least("filter.dirt", "... of typed records with dirt", "x", 1.0),
    _least("filter.cached_clean", "... of clean records in the cache", "x", 1.0),
    _least("filter.cached_json", "... of JSON records in the cache", "x", 1.0),
    _least("filter.cached_dirt", "... of records with dirt in the cache", "x", 1.0),
    _least("filter.worst", "... the worst of these 36", "x", 0.8),
    _least("filter.sixty", "$in of sixty strings, clean records, faster than by hand", "x", 0.85),
    _least("filter.equality", "equality of a string, clean records, faster than by hand", "x", 0.85),
    _least("filter.flights", "filter of real flights, faster than by hand (mean of 4)", "x", None),
    _least("filter.dates", "date range in JSON records, faster than comparing text by hand", "x", None),
    Target("filter.case", "text in any letter case, relative to `in text.lower()` (the worst of 6)", "x", 3),
    _least("filter.objects", "lists of objects, faster than by hand (the worst of 2)", "x", None),
    _least("filter.references", "references into another entity, faster than by hand (the worst of 2)", "x", None),
    Target("filter.new", "first predicate of a new shape", "ms", 1.5),
    Target("filter.known", "first predicate of a known shape", "us", 15),
    _least("order.top", "top 10 by two keys, faster than heapq.nsmallest, a double and a string", "x", 2.0),
    _least("order.names", "... a string and a double", "x", 2.0),
    _least("order.levels", "... an integer and a string", "x", 2.0),
    _least("order.ties", "... when the first key ties often", "x", None),
    Target("order.full", "full order, relative to passes with itemgetter keys", "x", 1.2),
    Target("order.memory", "memory above the start, limit 10 of a stream", "MB", 50),
    Target("sql.time", "SQL run time, columns, relative to SQL by hand (mean)", "x", 1.05),
    Target("sql.worst", "... the worst condition", "x"),
    Target("sql.slower", "... conditions above 1.05 x", ""),
    Target("sql.index", "... conditions that miss an index which SQL by hand uses", "", 0),
    Target("sql.inside", "... in lists and inside JSON, where SQL by hand tests no types", "x"),
    Target("further.case", "text in any letter case as SQL, relative to by hand, SQLite and PostgreSQL (mean)", "x"),
    Target("further.objects", "... lists of objects", "x"),
    Target("further.references", "... references", "x"),
    Target("further.worst", "... the worst of all", "x"),
    Target("keyset.sqlite", "page 5,000 by cursor, relative to page 1, 200,000 records, SQLite (the worst)", "x", 2),
    Target("keyset.postgres", "... on PostgreSQL", "x", 2),
    Target("keyset.mariadb", "... on MariaDB", "x", 2),
    Target("keyset.mysql", "... on MySQL", "x", 2),
    Target("keyset.duckdb", "... on DuckDB", "x", 2),
    Target("keyset.mongodb", "... on MongoDB", "x", 2),
    Target("keyset.rows", "... rows read, relative to page 1 (the worst of all)", "x", 2),
    Target("keyset.sorts", "... plans that sort rows or read all of them", "", 0),
    Target("production.postgres", "the guide's queries as a stream, relative to those by hand, PostgreSQL", "x", 1.1),
    Target("production.mongodb", "... on MongoDB, where days are strings that are checked", "x", 1.3),
    Target("parquet.time", "10M rows of Parquet on the command line, relative to by hand", "x", 1.1),
    Target("parquet.memory", "... peak memory, relative to by hand", "x"),
    Target("parquet.ndjson", "1M rows of NDJSON on the command line, relative to by hand", "x", 1.1),
    Target("csv.time", "CSV on the command line, CPU time relative to csv.DictReader by hand", "x", 1.0),
    Target("files.ndjson", "NDJSON on the command line, 1M records, CPU time", "s", 0.76),
    Target("files.gzip", "... compressed with gzip", "s"),
    Target("files.json", "... a JSON array", "s", 1.15),
    Target("files.csv", "... CSV", "s", 2.0),
    Target("files.parquet", "... Parquet", "s"),
    Target("files.arrow", "... Arrow", "s"),
    Target("imports.time", "import criteria, above bare Python", "ms", 30),
    Target("imports.loaded", "... lark and sqlglot among the loaded modules", "", 0),
    Target("start.filter", "criteria filter on one line, processor time of the process", "ms", 110),
    Target("start.check", "... criteria check on one file", "ms", 110),
    Target("start.parse", "... import and first parse", "ms", 75),
    Target("start.sql", "... import, first parse and first SQL", "ms", 200),
    Target("hostile.time", "the slowest refusal of hostile criteria, a megabyte of text", "ms", 100),
    Target("hostile.memory", "... peak memory, when the input doubles", "x", 2.2),
    Target("hostile.escaped", "... errors other than CriteriaError", "", 0),
    Target("hostile.worst_time", "the slowest query inside the default limits that a search found", "s", 1),
    Target("hostile.worst_memory", "... peak memory", "MB", 50),
    Target("hostile.broken", "... jobs that take more", "", 0),
    Target("hostile-server.broken", "budgets of the example server that an attack exceeds", "", 0),
    Target("server.slower", "requests a second by hand, relative to the example server", "x", 1.5),
    Target("server.slower_p99", "... the slowest of 100 requests, relative to by hand", "x", 1.5),
    Target("server.slower_cpu", "... processor time of a request, relative to by hand", "x", 1.5),
    Target("server.slower_search_cpu", "... of a search for ten records, relative to by hand", "x", 1.5),
    _least("server.sqlite", "example server, 50 clients, on SQLite, requests a second", "", None),
    Target("server.sqlite_p99", "... 99 of 100 requests take at most", "ms"),
    _least("server.postgres", "... on PostgreSQL, requests a second", "", None),
    Target("server.postgres_p99", "... 99 of 100 requests take at most", "ms"),
    _least("server.mongodb", "... on MongoDB, requests a second", "", None),
    Target("server.mongodb_p99", "... 99 of 100 requests take at most", "ms"),
    Target("server.wrong", "... wrong answers and lost writes", "", 0),
    Target("adapters.sqlalchemy", "criteria.sqlalchemy, queries without the rows of the predicate", "", 0),
    Target("adapters.sqlalchemy_time", "... from the request to the rows, relative to SQLAlchemy by hand", "x"),
    Target("adapters.django", "criteria.django, queries without the rows of the predicate", "", 0),
    Target("adapters.django_time", "... from the request to the rows, relative to Django by hand", "x"),
)
"""All rows, in the order of the table."""
