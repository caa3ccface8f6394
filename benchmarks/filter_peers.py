"""Peers on the six queries: their answers, and their times relative to a hand-written comprehension."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import geometric_mean

import criteria
from benchmarks import by_hand, people
from benchmarks.by_hand import Filter
from benchmarks.filter_languages import PEERS, Prepare
from benchmarks.harness import Contestant, Group, Ready, Sizes, Timing, compete
from benchmarks.people import Record

BASELINE = "by hand"


def _by_hand(query: str, records: Sequence[Record]) -> Filter:
    return by_hand.NULL_SAFE[query]


def _ours(query: str, records: Sequence[Record]) -> Filter:
    parsed = criteria.parse(by_hand.QUERIES[query], people.SCHEMA)
    select: Filter = criteria.compile(parsed, "python", records="json").filter
    return select


CONTESTANTS: Mapping[str, Prepare] = {BASELINE: _by_hand, "criteria": _ours, **PEERS}


def peers(sizes: Sizes) -> list[Group]:
    """Each peer as one line: the geometric mean over those of the six queries that it can run."""
    count = sizes.peer_records
    kinds = {"JSON records": people.as_json(count, faults=0.0), "JSON records with nulls": people.as_json(count)}
    return [_peer_group(title, rows, sizes.rounds) for title, rows in kinds.items()]


def _peer_group(title: str, rows: Sequence[Record], rounds: int) -> Group:
    groups = []
    for name in by_hand.QUERIES:
        contestants = [_contestant(peer, prepare, name, rows) for peer, prepare in CONTESTANTS.items()]
        groups.append(compete(name, contestants, rounds, _ids(by_hand.NULL_SAFE[name](rows))))
    names = [timing.name for timing in groups[0].timings]
    lines = tuple(_over_queries(groups, at, name) for at, name in enumerate(names))
    return Group(f"filter: peers, mean of six queries, {len(rows):,} {title}", lines)


def _contestant(name: str, prepare: Prepare, query: str, rows: Sequence[Record]) -> Contestant:
    def ready() -> Ready:
        select = prepare(query, rows)
        return Ready(lambda: select(rows), _ids(select(rows)), len(rows))

    return Contestant(name, ready)


def _ids(rows: Sequence[Record]) -> list[int]:
    """Compares by id, because some peers return copies."""
    return [row["id"] for row in rows]


def _over_queries(groups: Sequence[Group], at: int, name: str) -> Timing:
    timings = {group.title: group.timings[at] for group in groups}
    run = [timing for timing in timings.values() if timing.best is not None]
    remarks: dict[str, list[str]] = {}
    for query, timing in timings.items():
        if timing.remark:
            remarks.setdefault(timing.remark, []).append(query)
    remark = "; ".join(text if len(on) == len(groups) else f"{text}: {', '.join(on)}" for text, on in remarks.items())
    if not run:
        return Timing(name, None, None, None, remark)
    best, median, ratio = (
        geometric_mean([value for timing in run if (value := getattr(timing, part)) is not None])
        for part in ("best", "median", "ratio")
    )
    return Timing(name, best, median, ratio, remark)
