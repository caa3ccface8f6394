"""Pages by cursor on indexed tables: page 5,000 beside page 1 and beside OFFSET, with the plans (docs/paging.md)."""

from __future__ import annotations

import random
import statistics
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

PAGE = 20
_START = datetime(2024, 1, 1, tzinfo=timezone.utc)


def records(count: int) -> list[dict[str, Any]]:
    """Records from a fixed seed, in no order."""
    dice = random.Random(5)  # noqa: S311  # data to measure on
    return [
        {
            "id": number,
            "created": _START + timedelta(seconds=dice.randrange(10 * count)),
            "age": None if dice.random() < 0.3 else dice.randrange(100),
            "status": dice.choice(("open", "paid", "void")),
            "title": f"{dice.randrange(2**40):x}" * 8,
        }
        for number in range(count)
    ]


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of one order on one engine, and what its plans say."""

    order: str
    first: float
    deep: float
    offset: float
    sorts: bool
    statements: int

    @property
    def ratio(self) -> float:
        """The time of the page in the middle, relative to the first page."""
        return self.deep / self.first


def run(sizes: Sizes) -> Result:
    """Figures of the job `keyset`."""
    rows = records(sizes.paged_rows)
    groups: list[Group] = []
    ratios: list[float] = []
    sorts = 0
    for name in sizes.engines:
        reason = missing(name)
        if reason is not None:
            groups.append(Group(f"keyset: {name}", (Timing("page 1", None, None, None, reason),)))
            continue
        print(f"keyset: {name}, {len(rows):,} records", file=sys.stderr)
        with ExitStack() as stack:
            engine = OPENERS[name](stack, SCHEMA)
            engine.load(rows)
            found = [measure(engine, order, rows, sizes.rounds) for order in ORDERS]
        ratios += [one.ratio for one in found]
        sorts += sum(one.sorts for one in found)
        groups.append(_group(engine, found, len(rows)))
    worst: Figure = max(ratios) if ratios else "no engine"
    return Result({"keyset.ratio": worst, "keyset.sorts": float(sorts)}, tuple(groups))


def measure(engine: PagedEngine, order: str, rows: Sequence[dict[str, Any]], rounds: int) -> Measured:
    """One order: the first page, the page in the middle of the records, and the same page by OFFSET."""
    first = Search(criteria.parse({}, SCHEMA), criteria.parse_order_by(order, SCHEMA), PAGE)
    full = criteria.compile(replace(first, limit=None), "python")(rows).data
    middle = len(rows) // 2
    last = full[middle - 1]
    deep = replace(first, after=tuple(last[key.field.name] for key in first.sort_keys))
    by_offset = replace(first, skip=middle)
    expected = [record["id"] for record in full[middle : middle + PAGE + 1]]
    for search in (deep, by_offset):
        ids = engine.page(search)[: PAGE + 1]
        if ids != expected:
            raise AssertionError(f"{engine.name}: {order}: {ids} is not {expected}")
    plans = engine.plans(deep)
    return Measured(
        order,
        first=_median(partial(engine.page, first), rounds),
        deep=_median(partial(engine.page, deep), rounds),
        offset=_median(partial(engine.page, by_offset), rounds),
        sorts=any(plan.sorts for plan in plans),
        statements=len(plans),
    )


def _median(run_once: Callable[[], object], rounds: int) -> float:
    run_once()
    found = []
    for _ in range(3 * rounds):
        start = perf_counter()
        run_once()
        found.append(perf_counter() - start)
    return statistics.median(found)


def _group(engine: PagedEngine, found: Sequence[Measured], count: int) -> Group:
    timings = []
    for one in found:
        found_by = "a sort or a full scan" if one.sorts else "no sort"
        plan = f"{found_by}, {one.statements} {'statement' if one.statements == 1 else 'statements'}"
        timings += [
            Timing(f"{one.order}: page 1", one.first, None, 1.0),
            Timing(f"{one.order}: page {count // 2 // PAGE:,} by cursor", one.deep, None, one.ratio, plan),
            Timing(f"{one.order}: ... by OFFSET", one.offset, None, one.offset / one.first),
        ]
    return Group(f"keyset: {engine.name}, {count:,} records", tuple(timings))
