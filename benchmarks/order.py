"""Ordering lists of dicts by two keys: the first ten, all of them, and the first ten of a stream."""

from __future__ import annotations

import heapq
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

import criteria
from benchmarks import people
from benchmarks.harness import ROOT, Contestant, Group, Ready, Sizes, compete
from benchmarks.people import Record
from benchmarks.targets import Figure, Result

LIMIT = 10

Order = Callable[[Sequence[Record]], Sequence[Record]]

SCORES = "score desc,name"
"""Scores seldom tie, so the first key decides almost always."""

COUNTRIES = "country,age desc"
"""There are only sixteen countries, so the first key ties often."""

NAMES = "name,score desc"
"""A string first, and then a double."""

LEVELS = "level,name"
"""An integer first, and then a string."""


def run(sizes: Sizes) -> Result:
    """Figures of the job `order`."""
    rows = people.with_nulls(sizes.records)
    top, ties = _top(SCORES, _score_key, rows, sizes), _top(COUNTRIES, _country_key, rows, sizes)
    names, levels = _top(NAMES, _name_key, rows, sizes), _top(LEVELS, _level_key, rows, sizes)
    full = compete(
        f"order: all by {SCORES}",
        [
            _contestant("passes with itemgetter", by_passes, rows),
            _contestant("criteria", _ours(SCORES, None), rows),
            _contestant("sorted, key tuples", lambda rows: sorted(rows, key=_score_key), rows),
        ],
        max(sizes.rounds // 2, 1),
        _ids(by_passes(rows)),
    )
    figures: dict[str, Figure] = {
        "order.top": top.ratio("heapq.nsmallest", "criteria"),
        "order.ties": ties.ratio("heapq.nsmallest", "criteria"),
        "order.names": names.ratio("heapq.nsmallest", "criteria"),
        "order.levels": levels.ratio("heapq.nsmallest", "criteria"),
        "order.full": full.ratio("criteria", "passes with itemgetter"),
        "order.memory": _memory(sizes.streamed),
    }
    return Result(figures, (top, ties, names, levels, full))


def _score_key(row: Record) -> tuple[Any, ...]:
    """None last when descending, first when ascending. The records are sorted by id already."""
    score, name = row["score"], row["name"]
    return (score is None, 0 if score is None else -score, name is not None, name or "")


def _country_key(row: Record) -> tuple[Any, ...]:
    country, age = row["country"], row["age"]
    return (country is not None, country or "", age is None, 0 if age is None else -age, -row["id"])


def _name_key(row: Record) -> tuple[Any, ...]:
    name, score = row["name"], row["score"]
    return (name is not None, name or "", score is None, 0 if score is None else -score, -row["id"])


def _level_key(row: Record) -> tuple[Any, ...]:
    level, name = row["level"], row["name"]
    return (level is not None, level or 0, name is not None, name or "", row["id"])


def by_passes(rows: Sequence[Record]) -> list[Record]:
    """`SCORES` by a stable sort for each key, the last key first, with None kept apart."""
    names = [row for row in rows if row["name"] is not None]
    names.sort(key=itemgetter("name"))
    by_name = [row for row in rows if row["name"] is None] + names
    scores = [row for row in by_name if row["score"] is not None]
    scores.sort(key=itemgetter("score"), reverse=True)
    return scores + [row for row in by_name if row["score"] is None]


def _ours(order_by: str, limit: int | None) -> Order:
    query = criteria.parse({}, people.SCHEMA)
    search = criteria.Search(query, criteria.parse_order_by(order_by, people.SCHEMA), limit)
    run = criteria.compile(search, "python")

    def order(rows: Sequence[Record]) -> Sequence[Record]:
        page: criteria.Page = run(rows)
        return page.data

    return order


def _top(order_by: str, key: Callable[[Record], Any], rows: Sequence[Record], sizes: Sizes) -> Group:
    def hand(rows: Sequence[Record]) -> list[Record]:
        return heapq.nsmallest(LIMIT, rows, key=key)

    first = order_by.split(",")[0].split()[0]
    last = hand(rows)[-1][first]
    contestants = [
        _contestant("heapq.nsmallest", hand, rows),
        _contestant("criteria", _ours(order_by, LIMIT), rows),
        Contestant("nothing but to look up and compare the first key", lambda: _one_pass(first, last, rows)),
        Contestant("Polars, from its own columns", lambda: _polars(order_by, rows)),
    ]
    return compete(f"order: first {LIMIT} by {order_by}", contestants, sizes.rounds, _ids(hand(rows)))


def _one_pass(name: str, last: Any, rows: Sequence[Record]) -> Ready:
    """The minimum of work for each record: a comparison with `last`, the key of the last record returned."""

    def look() -> object:
        if last is None:
            return [row for row in rows if row[name] is None]
        return [row for row in rows if (own := row[name]) is not None and own > last]

    return Ready(look, units=len(rows))


def _polars(order_by: str, rows: Sequence[Record]) -> Ready:
    import polars

    keys = [key.split() for key in order_by.split(",")]
    names, down = [key[0] for key in keys] + ["id"], [len(key) == 2 for key in keys]
    down.append(down[-1])
    frame = polars.DataFrame([{name: row[name] for name in names} for row in rows], infer_schema_length=None)

    def first() -> Any:
        return frame.sort(names, descending=down, nulls_last=down).head(LIMIT)

    return Ready(first, first()["id"].to_list(), len(rows))


def _contestant(name: str, order: Order, rows: Sequence[Record]) -> Contestant:
    return Contestant(name, lambda: Ready(lambda: order(rows), _ids(order(rows)), len(rows)))


def _ids(rows: Sequence[Record]) -> list[int]:
    return [row["id"] for row in rows]


def _memory(count: int) -> Figure:
    """The MB above the start that a stream of `count` records needs, in a separate process."""
    command = [sys.executable, "-m", "benchmarks.stream", str(count)]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        return "the stream is not done after 240 s"
    if done.returncode:
        return (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1]
    return float(json.loads(done.stdout))
