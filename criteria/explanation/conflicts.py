"""Terms that must all have an expected value, and a minimal set of them that contradict each other."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import combinations

from criteria.explanation.effort import Effort
from criteria.explanation.model import ExplainedNode
from criteria.explanation.value_sets import PossibleValues, meet_all
from criteria.tree.nodes import And, AnyElement, AnyReferred, Comparison, Not, Or, assert_never

Term = tuple[ExplainedNode, bool]
"""A node, and the value that it is expected to have."""

_MAX_PAIRED = 40
"""Up to this many sets, all pairs are tried."""

_MAX_NEEDED = 12
"""Up to this many sets are checked one by one for being needed; of more, all that may be needed are taken."""


def required_terms(node: ExplainedNode, expected: bool) -> Iterator[Term]:
    """The terms that must all be as expected for the node to be: those of a true AND or of a false OR."""
    match node.expression:
        case Not():
            yield from required_terms(node.terms[0], not expected)
        case And() if expected:
            for term in node.terms:
                yield from required_terms(term, expected)
        case Or() if not expected:
            for term in node.terms:
                yield from required_terms(term, expected)
        case And() | Or() | Comparison() | AnyElement() | AnyReferred():
            yield node, expected
        case _:
            assert_never(node.expression)


def minimal_conflict(sets: Sequence[PossibleValues], effort: Effort, given: PossibleValues | None = None) -> list[int]:
    """The indexes of sets that allow nothing together (and with `given`), none of which can be left out.

    All of the sets together allow nothing. A pair is preferred; of many sets, the first that are in conflict.
    Raises `NotJudged`.
    """
    if given is None and len(sets) <= _MAX_PAIRED:
        for one, another in combinations(range(len(sets)), 2):
            if meet_all((sets[one], sets[another]), effort).is_impossible:
                return [one, another]
    needed: list[int] = []
    left, end = (() if given is None else (given,)), len(sets)
    while end and not (left and meet_all(left, effort).is_impossible):
        if len(needed) == _MAX_NEEDED:
            return sorted({*needed, *range(end)})
        # The set that completes the conflict is needed. Of the sets before it some may not be.
        index = bisect_left(
            range(end), True, key=lambda last: meet_all((*left, *sets[: last + 1]), effort).is_impossible
        )
        if index == end:  # truncated sets may allow more in one order than in another
            break
        needed.append(index)
        left, end = (*left, sets[index]), index
    return sorted(needed) if meet_all(left, effort).is_impossible else list(range(len(sets)))
