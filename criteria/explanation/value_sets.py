"""What values a field may have where an expression is true: sets that may be too large, and never are too small.

So an empty set proves that nothing can be there. `meet` is what two conditions leave together, `join` what one of them
leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeVar

from criteria.explanation.intervals import Piece, Pieces, common, united
from criteria.explanation.number_line import text_at
from criteria.explanation.text_tests import TextTest, exclude

_MAX_TESTS = 32
_MAX_TRIED = 20_000
"""Strings times tests that are tried at once."""

_MAX_PAIRS = 16


@dataclass(frozen=True, slots=True)
class Values:
    """Values of a field's type: those in the pieces that pass the tests."""

    pieces: Pieces
    tests: tuple[TextTest, ...] = ()

    def meet(self, other: Values) -> Values:
        pieces = common(self.pieces, other.pieces)
        if self.tests == other.tests or not pieces:
            return Values(pieces, self.tests) if pieces else NO_VALUES
        if any(exclude(test, another) for test, another in product(self.tests, other.tests)):
            return NO_VALUES
        tests = tuple(dict.fromkeys((*self.tests, *other.tests)))[:_MAX_TESTS]
        return Values(_passing(pieces, tests), tests)

    def join(self, other: Values) -> Values:
        if not self.pieces or not other.pieces:
            return self if self.pieces else other
        return Values(united((self.pieces, other.pieces)), tuple(test for test in self.tests if test in other.tests))


NO_VALUES = Values(())


def _passing(pieces: Pieces, tests: tuple[TextTest, ...]) -> Pieces:
    """The pieces without the single strings that fail a test."""
    if len(pieces) * len(tests) > _MAX_TRIED:
        return pieces
    return tuple(piece for piece in pieces if _may_pass(piece, tests))


def _may_pass(piece: Piece, tests: tuple[TextTest, ...]) -> bool:
    text = text_at(piece)
    return text is None or all(test.passes(text) for test in tests)


@dataclass(frozen=True, slots=True)
class Scalar:
    """What a scalar field may have: no value, a value that is not of its type, one of some values."""

    empty: bool
    other: bool
    values: Values

    @property
    def is_impossible(self) -> bool:
        return not (self.empty or self.other or self.values.pieces)

    def meet(self, other: Scalar) -> Scalar:
        return Scalar(self.empty and other.empty, self.other and other.other, self.values.meet(other.values))

    def join(self, other: Scalar) -> Scalar:
        return Scalar(self.empty or other.empty, self.other or other.other, self.values.join(other.values))


@dataclass(frozen=True, slots=True)
class Elements:
    """What a list field may have: no elements, or elements each of which is in `every`, some of them in each of `some`.

    An element may be a value that is not of the field's type, when `other` says so.
    """

    empty: bool
    other: bool
    every: Values
    some: tuple[Values, ...] = ()

    @property
    def is_impossible(self) -> bool:
        if self.empty:
            return False
        if any(not self.every.meet(one).pieces for one in self.some):
            return True
        return not (self.other or self.every.pieces)

    def meet(self, other: Elements) -> Elements:
        some = tuple(dict.fromkeys((*self.some, *other.some)))
        every = self.every.meet(other.every)
        return Elements(self.empty and other.empty, self.other and other.other, every, some)

    def join(self, other: Elements) -> Elements:
        if len(self.some) * len(other.some) > _MAX_PAIRS:
            some: tuple[Values, ...] = ()
        else:
            some = tuple(one.join(another) for one, another in product(self.some, other.some))
        every = self.every.join(other.every)
        return Elements(self.empty or other.empty, self.other or other.other, every, some)


Possible = Scalar | Elements
_One = TypeVar("_One", Scalar, Elements)


def met(sets: Iterable[Possible]) -> Possible:
    """What all of the sets leave. They are of one field, and at least one."""
    return _folded(list(sets), _meet)


def joined(sets: Iterable[Possible]) -> Possible:
    """What some of the sets leave."""
    return _folded(list(sets), _join)


def _meet(first: Possible, second: Possible) -> Possible:
    return first.meet(second)  # type: ignore[arg-type]  # sets of one field are of one class


def _join(first: Possible, second: Possible) -> Possible:
    return first.join(second)  # type: ignore[arg-type]


def _folded(sets: Sequence[Possible], fold: Callable[[Possible, Possible], Possible]) -> Possible:
    """Folds pairs, and pairs of those: the work grows with n log n where one after the other it grows with n * n."""
    while len(sets) > 1:
        pairs = [fold(*sets[at : at + 2]) for at in range(0, len(sets) - 1, 2)]
        sets = pairs if len(sets) % 2 == 0 else [*pairs, sets[-1]]
    return sets[0]
