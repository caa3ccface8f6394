"""Sets of the possible values of a field if an expression is true.

A set may be too large but never too small, so an empty one proves a contradiction. `meet` gives the values that two
conditions both allow, `join` those that at least one of them allows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from criteria.explanation.effort import Effort
from criteria.explanation.intervals import Interval, Intervals, intersection, union
from criteria.explanation.number_line import text_at
from criteria.explanation.text_tests import Text, TextTest, exclude

_MAX_TESTS = 32
_MAX_TRIED = 20_000
"""The maximum number of strings times tests in one `meet`."""

_MAX_PAIRS = 16

_LETTERS_A_STEP = 500
"""Characters that a text test reads in the time that one interval takes."""


@dataclass(frozen=True)
class ValueSet:
    """Values of a field's type: those in the intervals that pass all tests."""

    intervals: Intervals
    tests: tuple[TextTest, ...] = ()

    def meet(self, other: ValueSet) -> ValueSet:
        intervals = intersection(self.intervals, other.intervals)
        if self.tests == other.tests or not intervals:
            return ValueSet(intervals, self.tests) if intervals else NO_VALUES
        if any(exclude(test, another) for test, another in product(self.tests, other.tests)):
            return NO_VALUES
        tests = tuple(dict.fromkeys((*self.tests, *other.tests)))[:_MAX_TESTS]
        return ValueSet(_passing(intervals, tests), tests)

    def join(self, other: ValueSet) -> ValueSet:
        if not self.intervals or not other.intervals:
            return self if self.intervals else other
        shared = tuple(test for test in self.tests if test in other.tests)
        return ValueSet(union((self.intervals, other.intervals)), shared)

    def effort(self, other: ValueSet) -> int:
        """About how many steps it takes to combine the two."""
        intervals = len(self.intervals) + len(other.intervals)
        if not self.tests and not other.tests:
            return intervals
        tests = len(self.tests) + len(other.tests)
        letters = self._letters + other._letters
        pairs = len(self.tests) * len(other.tests)
        return intervals * (1 + tests) + pairs + tests * letters // _LETTERS_A_STEP

    @cached_property
    def _letters(self) -> int:
        """The number of characters in the operands of the tests, and in the strings that are tried.

        A set is combined with many others, and counting takes longer than combining.
        """
        tried = sum([len(text_at(interval) or "") for interval in self.intervals])
        return tried + sum([len(test.operand) for test in self.tests])


NO_VALUES = ValueSet(())


def _passing(intervals: Intervals, tests: tuple[TextTest, ...]) -> Intervals:
    """The intervals without those of a single string that fails a test."""
    if len(intervals) * len(tests) > _MAX_TRIED:
        return intervals
    return tuple(interval for interval in intervals if _may_pass(interval, tests))


def _may_pass(interval: Interval, tests: tuple[TextTest, ...]) -> bool:
    plain = text_at(interval)
    if plain is None:
        return True
    text = Text(plain)
    return all(test.passes(text) for test in tests)


@dataclass(frozen=True, slots=True)
class PossibleScalar:
    """What a scalar field may hold: no value (`empty`), a value not of its type (`other`), or one of `values`."""

    empty: bool
    other: bool
    values: ValueSet

    @property
    def is_impossible(self) -> bool:
        return not (self.empty or self.other or self.values.intervals)

    def effort(self, other: PossibleScalar) -> int:
        return self.values.effort(other.values)

    def meet(self, other: PossibleScalar) -> PossibleScalar:
        return PossibleScalar(self.empty and other.empty, self.other and other.other, self.values.meet(other.values))

    def join(self, other: PossibleScalar) -> PossibleScalar:
        return PossibleScalar(self.empty or other.empty, self.other or other.other, self.values.join(other.values))


@dataclass(frozen=True, slots=True)
class PossibleList:
    """What a list field may hold: no elements (`empty`), or elements that are all in `every`.

    For each set in `some`, at least one element is in it. With `other`, elements may also be values that are not of the
    field's type.
    """

    empty: bool
    other: bool
    every: ValueSet
    some: tuple[ValueSet, ...] = ()

    @property
    def is_impossible(self) -> bool:
        if self.empty:
            return False
        if any(not self.every.meet(one).intervals for one in self.some):
            return True
        return not (self.other or self.every.intervals)

    def effort(self, other: PossibleList) -> int:
        """Each set of `some` is hashed, and compared with `every`."""
        every = max(len(self.every.intervals), len(other.every.intervals))
        some = sum(one.effort(self.every) + every for one in (*self.some, *other.some))
        return self.every.effort(other.every) + some

    def meet(self, other: PossibleList) -> PossibleList:
        some = tuple(dict.fromkeys((*self.some, *other.some)))
        every = self.every.meet(other.every)
        return PossibleList(self.empty and other.empty, self.other and other.other, every, some)

    def join(self, other: PossibleList) -> PossibleList:
        if len(self.some) * len(other.some) > _MAX_PAIRS:
            some: tuple[ValueSet, ...] = ()
        else:
            some = tuple(one.join(another) for one, another in product(self.some, other.some))
        every = self.every.join(other.every)
        return PossibleList(self.empty or other.empty, self.other or other.other, every, some)


PossibleValues = PossibleScalar | PossibleList


def meet_all(sets: Iterable[PossibleValues], effort: Effort) -> PossibleValues:
    """What all of the sets allow. There is at least one, and all are of one field. Raises `NotJudged`."""
    return _folded(list(sets), _meet, effort)


def join_all(sets: Iterable[PossibleValues], effort: Effort) -> PossibleValues:
    """What at least one of the sets allows. Raises `NotJudged`."""
    return _folded(list(sets), _join, effort)


def _meet(first: PossibleValues, second: PossibleValues) -> PossibleValues:
    return first.meet(second)  # type: ignore[arg-type]  # sets of one field are of one class


def _join(first: PossibleValues, second: PossibleValues) -> PossibleValues:
    return first.join(second)  # type: ignore[arg-type]


_STEPS_A_FOLD = 5
_Fold = Callable[[PossibleValues, PossibleValues], PossibleValues]


def _folded(sets: Sequence[PossibleValues], fold: _Fold, effort: Effort) -> PossibleValues:
    """Folds pairs, then pairs of the results: the work grows with n log n, where a running fold takes n * n."""
    while len(sets) > 1:
        pairs = []
        for at in range(0, len(sets) - 1, 2):
            first, second = sets[at : at + 2]
            effort.spend(_STEPS_A_FOLD + first.effort(second))  # type: ignore[arg-type]  # sets of one field
            pairs.append(fold(first, second))
        sets = pairs if len(sets) % 2 == 0 else [*pairs, sets[-1]]
    return sets[0]
