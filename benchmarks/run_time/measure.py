"""Measures an engine: each condition compiled by this library and written by hand, in turns, on one table."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from time import perf_counter

from benchmarks.run_time.cases import Case, cases
from benchmarks.run_time.engine import Better, Engine, Fingerprint

NOISE = 1.05
"""Ratios above it are measured again for longer, because they may be noise."""

_FEW = 0.05
"""The share of selected records up to which an index is expected to help."""

_MIN_ROUNDS, _MAX_ROUNDS = 3, 60
_LONGER = 4
_SLOW = 1.0
"""Seconds of a turn that is long enough to be measured only once."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A condition on an engine: the best times and the indexes of both, and the better index that serves ours."""

    case: Case
    rows: int
    ours: float
    by_hand: float
    our_indexes: frozenset[str]
    indexes_by_hand: frozenset[str]
    better: Better | None = None

    @property
    def ratio(self) -> float:
        return self.ours / self.by_hand

    @property
    def misses(self) -> bool:
        """Whether the hand-written condition uses another index, and is faster with it."""
        return self.ratio > 1 and _columns(self.our_indexes) != _columns(self.indexes_by_hand)


@dataclass(frozen=True, slots=True)
class Run:
    """The measurements on an engine, with its first and its better indexes."""

    engine: str
    version: str
    records: int
    first: tuple[str, ...]
    remark: str
    measured: tuple[Measured, ...]

    def ratios(self, kind: str) -> list[float]:
        """The ratios of the conditions on one kind of field."""
        return [one.ratio for one in self.measured if one.case.kind == kind]


def _columns(indexes: frozenset[str]) -> frozenset[str]:
    """If an expression has two spellings, each has its index."""
    return frozenset(index.removesuffix("_hand") for index in indexes)


def measure(engine: Engine, count: int, rounds: int, seconds: float) -> Run:
    """Measure all conditions, each for at least `seconds`. Raises AssertionError if two select different rows."""
    engine.load(count)
    measured = [_measured(engine, case, rounds, seconds) for case in cases()]
    tried = tuple(_with_better(engine, measured, count * _FEW))
    return Run(engine.name, engine.version, count, tuple(engine.first), engine.remark, tried)


def mean(ratios: Iterable[float]) -> float:
    """The geometric mean."""
    logarithms = [math.log(ratio) for ratio in ratios]
    return math.exp(sum(logarithms) / len(logarithms))


def _measured(engine: Engine, case: Case, rounds: int, seconds: float) -> Measured:
    ours, by_hand = engine.ours(case), engine.by_hand(case)
    selected, expected = engine.select(ours), engine.select(by_hand)
    if selected != expected:
        raise AssertionError(f"{engine.name}, {case.name}: {ours} selects {selected}, {by_hand} {expected}")
    best = _best(lambda: engine.select(ours), lambda: engine.select(by_hand), rounds, seconds)
    return Measured(case, selected[0], *best, engine.indexes(ours), engine.indexes(by_hand))


def _best(
    ours: Callable[[], Fingerprint], by_hand: Callable[[], Fingerprint], rounds: int, seconds: float
) -> tuple[float, float]:
    """The best seconds of both. They take turns, and each goes first in half of the rounds."""
    best = {ours: float("inf"), by_hand: float("inf")}
    start, turn = perf_counter(), 0

    def is_enough() -> bool:
        is_slower = best[ours] > NOISE * best[by_hand]
        return perf_counter() - start > seconds * (_LONGER if is_slower else 1)

    def is_short() -> bool:
        return best[ours] + best[by_hand] < _SLOW or best[ours] > NOISE * best[by_hand]

    while turn < 1 or (turn < min(rounds, _MIN_ROUNDS) and is_short()) or (turn < _MAX_ROUNDS and not is_enough()):
        for run in (ours, by_hand) if turn % 2 else (by_hand, ours):
            begin = perf_counter()
            run()
            best[run] = min(best[run], perf_counter() - begin)
        turn += 1
    return best[ours], best[by_hand]


def _with_better(engine: Engine, measured: list[Measured], few: float) -> list[Measured]:
    """Create the better indexes, and find the selective conditions without an index that they serve."""
    for better in engine.better:
        engine.execute(better.statement)
    engine.analyze()
    return [one if one.our_indexes or one.rows > few else _tried(engine, one) for one in measured]


def _tried(engine: Engine, one: Measured) -> Measured:
    for better in engine.better:
        if better.field != one.case.field:
            continue
        used = engine.indexes(engine.ours(one.case, better.declared))
        if used if better.declared is not None else any(f" {name} " in better.statement for name in used):
            return replace(one, better=better)
    return one
