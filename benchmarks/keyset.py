"""Pages by cursor on indexed tables: page 5,000 beside page 1 and beside OFFSET, with the plans (docs/paging.md)."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from functools import partial
from time import perf_counter
from typing import Any

import criteria
from benchmarks.harness import Group, Sizes, Timing
from benchmarks.keyset_engines import OPENERS, PagedEngine
from benchmarks.sql_run_time import missing
from benchmarks.targets import Figure, Result
from criteria import Field, Search

SCHEMA = criteria.Schema(
    "item",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("created", "dateTime", nullable=False),
        Field("age", "integer"),
        Field("status", "string", collation="binary", nullable=False),
        Field("title", "string", collation="binary"),
    ],
    system_properties=False,
)

ORDERS = ("created desc", "age", "age desc", "status", "status desc, created")
"""A key without nulls, one with them, one with few values, and two keys. Each has an index that ends with the key."""

STATUSES = ("open", "paid", "void")
"""Most records of one status have neighbouring keys, so that an index of the key alone is a bad choice."""

PAGE = 20
TIMED = ("sqlite", "postgres", "mariadb", "mysql", "duckdb", "mongodb")
_START = datetime(2024, 1, 1, tzinfo=timezone.utc)


def records(count: int) -> list[dict[str, Any]]:
    """Records from a fixed seed, in no order."""
    dice = random.Random(5)  # noqa: S311  # data to measure on
    return [
        {
            "id": number,
            "created": _START + timedelta(seconds=dice.randrange(10 * count)),
            "age": None if dice.random() < 0.3 else dice.randrange(100),
            "status": dice.choice(STATUSES) if dice.random() < 0.1 else STATUSES[3 * number // count],
            "title": f"{dice.randrange(2**40):x}" * 8,
        }
        for number in range(count)
    ]


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of one order on one engine, the rows that it reads for the first page and at most for one after a cursor,
    and what the plans say."""

    order: str
    first: float
    deep: float
    offset: float
    first_rows: int | None
    deep_rows: int | None
    sorts: bool
    statements: int

    @property
    def ratio(self) -> float:
        """The time of the page in the middle, relative to the first page."""
        return self.deep / self.first

    @property
    def rows_ratio(self) -> float:
        """The rows that the engine reads for it, relative to the first page."""
        return 1.0 if self.deep_rows is None or not self.first_rows else self.deep_rows / self.first_rows


def run(sizes: Sizes) -> Result:
    """Figures of the job `keyset`."""
    rows = records(sizes.paged_rows)
    groups: list[Group] = []
    found: list[Measured] = []
    figures: dict[str, Figure] = {f"keyset.{name}": "not measured" for name in TIMED}
    for name in sizes.paged_engines:
        reason = missing(name)
        if reason is not None:
            figures[f"keyset.{name}"] = reason
            groups.append(Group(f"keyset: {name}", (Timing("page 1", None, None, None, reason),)))
            continue
        print(f"keyset: {name}, {len(rows):,} records", file=sys.stderr)
        with ExitStack() as stack:
            engine = OPENERS[name](stack, SCHEMA, lambda kind: stack.enter_context(kind.start()))
            engine.load(rows)
            ours = [measure(engine, order, rows, sizes.rounds) for order in ORDERS]
        figures[f"keyset.{name}"] = max(one.ratio for one in ours)
        found += ours
        groups.append(_group(engine, ours, len(rows)))
    figures["keyset.rows"] = max((one.rows_ratio for one in found), default="no engine")
    figures["keyset.sorts"] = float(sum(one.sorts for one in found))
    return Result(figures, tuple(groups))


def measure(engine: PagedEngine, order: str, rows: Sequence[dict[str, Any]], rounds: int) -> Measured:
    """One order: the first page, the page in the middle of the records, and the same page by OFFSET.

    Rows are also counted for the page at the end of the run of equal first keys that is in the middle.
    """
    first = Search(criteria.parse({}, SCHEMA), criteria.parse_order_by(order, SCHEMA), PAGE)
    full = criteria.compile(replace(first, limit=None), "python")(rows).data
    middle = len(rows) // 2
    deep, edge = after(first, full, middle), after(first, full, _end_of_run(full, middle, first))
    by_offset = replace(first, skip=middle)
    expected = [record["id"] for record in full[middle : middle + PAGE + 1]]
    for search in (deep, by_offset):
        ids = engine.page(search)[: PAGE + 1]
        if ids != expected:
            raise AssertionError(f"{engine.name}: {order}: {ids} is not {expected}")
    plans = [engine.plans(deep), engine.plans(edge)]
    counts = [rows_read for one in (deep, edge) if (rows_read := engine.examined(one)) is not None]
    first_time, deep_time = _best(20 * rounds, [partial(engine.page, first), partial(engine.page, deep)])
    [offset_time] = _best(2, [partial(engine.page, by_offset)])
    return Measured(
        order,
        first=first_time,
        deep=deep_time,
        offset=offset_time,
        first_rows=engine.examined(first),
        deep_rows=max(counts, default=None),
        sorts=any(plan.sorts for found in plans for plan in found),
        statements=max(map(len, plans)),
    )


def after(search: Search, ordered: Sequence[dict[str, Any]], number: int) -> Search:
    """The search of the page after a number of its ordered records."""
    last = ordered[number - 1]
    return replace(search, after=tuple(last[key.field.name] for key in search.sort_keys))


def _end_of_run(ordered: Sequence[dict[str, Any]], start: int, search: Search) -> int:
    """The place shortly before the first sort key changes."""
    name = search.sort_keys[0].field.name
    at = start
    while at < len(ordered) and ordered[at][name] == ordered[start][name]:
        at += 1
    return max(start, at - 3)


def _best(rounds: int, contestants: Sequence[Callable[[], object]]) -> list[float]:
    """The shortest times. They take turns, so that a busy machine slows all of them."""
    found: list[list[float]] = [[] for _ in contestants]
    for number in range(rounds + 1):
        for times, run_once in zip(found, contestants, strict=True):
            start = perf_counter()
            run_once()
            if number:  # the first run fills caches
                times.append(perf_counter() - start)
    return [min(times) for times in found]


def _group(engine: PagedEngine, found: Sequence[Measured], count: int) -> Group:
    timings = []
    for one in found:
        found_by = "a sort or a full scan" if one.sorts else "no sort"
        plan = f"{found_by}, {one.statements} {'statement' if one.statements == 1 else 'statements'}"
        unit = "steps" if engine.name == "SQLite" else "rows"
        read = [] if one.first_rows is None else [f"{one.first_rows} {unit}", f"at most {one.deep_rows} {unit}, "]
        timings += [
            Timing(f"{one.order}: page 1", one.first, None, 1.0, *read[:1]),
            Timing(f"{one.order}: page {count // 2 // PAGE:,} by cursor", one.deep, None, one.ratio,
                   "".join([*read[1:], plan])),
            Timing(f"{one.order}: ... by OFFSET", one.offset, None, one.offset / one.first),
        ]  # fmt: skip
    return Group(f"keyset: {engine.name}, {count:,} records (goal: 2 x)", tuple(timings))
