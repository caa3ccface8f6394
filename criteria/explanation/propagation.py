"""What the fields may have where a node of the query is true, and where it is false, from the comparisons upwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from criteria.explanation.assumptions import Bounds, World
from criteria.explanation.model import Node
from criteria.explanation.value_sets import Possible, joined, met
from criteria.schema.field import Field
from criteria.tree.nodes import And, Comparison, Not, Or, assert_never

Sides = tuple[Bounds | None, Bounds | None]
"""Where a node is false, and where it is true: None when that cannot be."""

Kin = Mapping[str, Sequence[Field]]
"""The fields of a query by name."""


class Reading:
    """The bounds of all nodes of a query in one world. Each node is looked at once: the time is that of the sets."""

    def __init__(self, root: Node, world: World, kin: Kin) -> None:
        self.world = world
        self._kin = kin
        self._sides: dict[int, Sides] = {}
        self._read(root)

    def bounds(self, node: Node, expected: bool) -> Bounds | None:
        """What the fields may have where the node is as expected; None when it cannot be."""
        return self._sides[id(node)][expected]

    def _read(self, node: Node) -> Sides:
        sides = [self._read(term) for term in node.terms]
        match node.expression:
            case Comparison():
                found = self._comparison(node.expression, False), self._comparison(node.expression, True)
            case Not():
                found = sides[0][True], sides[0][False]
            case And():
                found = _some(side[False] for side in sides), _all(side[True] for side in sides)
            case Or():
                found = _all(side[False] for side in sides), _some(side[True] for side in sides)
            case _:
                assert_never(node.expression)
        self._sides[id(node)] = found
        return found

    def _comparison(self, comparison: Comparison, expected: bool) -> Bounds | None:
        return _possible(self.world.bounds(comparison, expected, self._kin[comparison.field.name]))


def _all(terms: Iterable[Bounds | None]) -> Bounds | None:
    """What is possible where all terms are as expected."""
    by_field: dict[Field, list[Possible]] = {}
    for bounds in terms:
        if bounds is None:
            return None
        for field, possible in bounds.items():
            by_field.setdefault(field, []).append(possible)
    return _possible({field: met(sets) for field, sets in by_field.items()})


def _some(terms: Iterable[Bounds | None]) -> Bounds | None:
    """What is possible where some term is as expected. A field that one of them leaves open is open."""
    ways = [bounds for bounds in terms if bounds is not None]
    if not ways:
        return None
    fields = [field for field in ways[0] if all(field in bounds for bounds in ways)]
    return {field: joined([bounds[field] for bounds in ways]) for field in fields}


def _possible(bounds: Bounds) -> Bounds | None:
    return None if any(possible.is_impossible for possible in bounds.values()) else bounds
