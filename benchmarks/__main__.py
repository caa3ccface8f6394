"""How much a query costs beside what it is measured by: decoding its text, and a filter that somebody wrote by hand.

Each job runs interleaved with its mark, and the median of the ratios is what counts: machines are noisy.
"""

from __future__ import annotations

import json
import random
import statistics
from collections.abc import Callable
from time import perf_counter
from typing import Any

import criteria

ROUNDS = 15

TEXT = json.dumps({
    "OR": [
        {"NOT": {"AND": [{"f1": {"$gt": 1}}, {"f2": {"$lt": 2}}]}},
        {"AND": [{"f3": "x"}, {"OR": [{"f4": True}, {"f5": {"$in": [1, 2, 3]}}]}]},
    ]
})  # fmt: skip
"""The documents' own example (section 6d) with values put in."""

SCHEMA = criteria.Schema(
    "medium",
    [
        criteria.Field("f1", "integer"),
        criteria.Field("f2", "integer"),
        criteria.Field("f3", "string"),
        criteria.Field("f4", "boolean"),
        criteria.Field("f5", "integer"),
    ],
)


def seconds(job: Callable[[], object], times: int) -> float:
    """The mean time of one run."""
    start = perf_counter()
    for _ in range(times):
        job()
    return (perf_counter() - start) / times


def compared(job: Callable[[], object], mark: Callable[[], object], times: int) -> tuple[float, float]:
    """The median time of a job, and the median of its ratios to the mark."""
    pairs = [(seconds(job, times), seconds(mark, times)) for _ in range(ROUNDS)]
    return statistics.median(one for one, _ in pairs), statistics.median(one / other for one, other in pairs)


def records(count: int) -> list[dict[str, Any]]:
    """Records with a null in every tenth value, from a fixed seed."""
    dice = random.Random(1)  # noqa: S311  # data to measure on

    def value(one: object) -> object:
        return None if dice.random() < 0.1 else one

    return [
        {"f1": value(dice.randrange(4)), "f2": value(dice.randrange(4)), "f3": value(dice.choice("xyz")),
         "f4": value(dice.random() < 0.5), "f5": value(dice.randrange(9))}
        for _ in range(count)
    ]  # fmt: skip


def by_hand(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a good engineer writes for the same query, nulls thought of."""
    return [
        row
        for row in rows
        if not (row["f1"] is not None and row["f1"] > 1 and row["f2"] is not None and row["f2"] < 2)
        or (row["f3"] == "x" and (row["f4"] is True or row["f5"] in {1, 2, 3}))
    ]


def main() -> None:
    """Print a line for each job."""
    decoded, rows = json.loads(TEXT), records(50_000)
    query = criteria.parse(TEXT, SCHEMA)
    predicate = criteria.compile(query, "python")
    assert predicate.filter(rows) == by_hand(rows)
    jobs: list[tuple[str, Callable[[], object], Callable[[], object], int]] = [
        ("decoded JSON to tree, against json.loads",
         lambda: criteria.parse(decoded, SCHEMA), lambda: json.loads(TEXT), 500),
        ("tree to PostgreSQL text, against json.loads",
         lambda: criteria.compile(query, "sql", dialect="postgres"), lambda: json.loads(TEXT), 50),
        ("filter of 50,000 dicts, against a comprehension by hand",
         lambda: predicate.filter(rows), lambda: by_hand(rows), 1),
    ]  # fmt: skip
    for name, job, mark, times in jobs:
        duration, ratio = compared(job, mark, times)
        print(f"{name:60} {duration * 1e6:12,.1f} us   {ratio:6.2f} x")


if __name__ == "__main__":
    main()
