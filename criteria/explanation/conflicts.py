"""Terms that have to be as expected together, and the fewest of them that cannot."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import combinations

from criteria.explanation.model import Node
from criteria.explanation.value_sets import Possible, met
from criteria.tree.nodes import And, Not, Or

Term = tuple[Node, bool]
"""A node, and what it is expected to be."""

_MAX_PAIRED = 40
"""Sets of which all pairs are tried."""

_MAX_NEEDED = 12
"""Sets that are found one by one to be needed; of more, all that may be are taken."""


def together(node: Node, expected: bool) -> Iterator[Term]:
    """The terms that are all as expected when the node is: of an AND that is true, of an OR that is false."""
    match node.expression:
        case Not():
            yield from together(node.terms[0], not expected)
        case And() if expected:
            for term in node.terms:
                yield from together(term, expected)
        case Or() if not expected:
            for term in node.terms:
                yield from together(term, expected)
        case _:
            yield node, expected


def core(sets: Sequence[Possible], given: Possible | None = None) -> list[int]:
    """The places of some sets that leave nothing (beside what is given) and of which none can be left out.

    All of them leave nothing. Two that do are taken first, of many sets those that the first ones make impossible.
    """
    if given is None and len(sets) <= _MAX_PAIRED:
        for one, another in combinations(range(len(sets)), 2):
            if met((sets[one], sets[another])).is_impossible:
                return [one, another]
    needed: list[int] = []
    left, end = (() if given is None else (given,)), len(sets)
    while end and not (left and met(left).is_impossible):
        if len(needed) == _MAX_NEEDED:
            return sorted({*needed, *range(end)})
        # The set with which those before it leave nothing is needed. Of those before it some may not be.
        place = bisect_left(range(end), True, key=lambda last: met((*left, *sets[: last + 1])).is_impossible)
        if place == end:  # sets that were cut short leave more in one order than in another
            break
        needed.append(place)
        left, end = (*left, sets[place]), place
    return sorted(needed) if met(left).is_impossible else list(range(len(sets)))
