"""What is never true, always true, or changes nothing, and which comparisons make it so."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from criteria.explanation.assumptions import World
from criteria.explanation.conflicts import Term, core, together
from criteria.explanation.model import Finding, Node, Outcome, Reason
from criteria.explanation.propagation import Kin, Reading
from criteria.explanation.value_sets import Possible, met
from criteria.schema.field import Field
from criteria.tree.nodes import And, Comparison, Not, Or

_WORLDS = (World(), World(types=True), World(not_nullable=True), World(types=True, not_nullable=True))
"""From the one in which nothing is taken for granted to the one in which everything is."""

_MAX_COMPARED = 40
"""Terms on one field of which it is asked whether each changes anything: that takes time by their square."""


class Search:
    """Looks for findings in a query, first where the least is taken for granted."""

    def __init__(self, root: Node, has_schema: bool) -> None:
        self.root = root
        self._kin = _kin(root)
        can_be_missing = all(field.nullable or field.is_list for fields in self._kin.values() for field in fields)
        self._worlds = _WORLDS[: (2 if can_be_missing else 4) if has_schema else 1]

    @cached_property
    def _readings(self) -> list[Reading]:
        return [Reading(self.root, world, self._kin) for world in self._worlds]

    def outcome(self) -> tuple[Outcome, tuple[str, ...]]:
        """What is known of the whole query, and on what that rests."""
        for reading in self._readings:
            for outcome, expected in _WAYS:
                if reading.bounds(self.root, expected) is None:
                    return outcome, reading.world.rests_on
        return Outcome.SOMETIMES, ()

    def findings(self) -> Iterator[Finding]:
        """The findings, in the order of the query."""
        yield from self._below(self.root, None)

    def _below(self, node: Node, merged: bool | None) -> Iterator[Finding]:
        """The findings of a node and of all below it. `merged` is what it has to be with its neighbours."""
        is_decided = False
        for outcome, expected in _WAYS:
            reading = self._decided(node, expected)
            if reading is not None:
                is_decided = True
                yield from self._why(node, outcome, expected, reading)
        way = _way(node, merged)
        if isinstance(node.expression, (And, Or)) and way is not merged and not is_decided:
            yield from self._redundant(list(together(node, way is True)))
        for term in node.terms:
            yield from self._below(term, way)

    def _decided(self, node: Node, expected: bool) -> Reading | None:
        """The first reading in which the node cannot be as expected."""
        return next((reading for reading in self._readings if reading.bounds(node, expected) is None), None)

    def _why(self, node: Node, outcome: Outcome, expected: bool, reading: Reading) -> Iterator[Finding]:
        """The findings that make it so, unless a term of the node makes it so alone: that has its own."""
        rests_on = reading.world.rests_on
        if isinstance(node.expression, Comparison):
            name = node.expression.field.name
            yield Finding(outcome, _reason(node.expression), node.pointer, name, (node.pointer,), rests_on)
            return
        if isinstance(node.expression, Not) or any(reading.bounds(term, expected) is None for term in node.terms):
            return
        reason = Reason.CONTRADICTION if outcome is Outcome.NEVER else Reason.TAUTOLOGY
        seen: set[str] = set()
        for field, limited in _by_field(list(together(node, expected)), reading).items():
            sets = [possible for _, possible in limited]
            if field.name not in seen and met(sets).is_impossible:
                seen.add(field.name)
                involved = [limited[place][0] for place in core(sets)]
                yield Finding(outcome, reason, node.pointer, field.name, _pointers(involved, field), rests_on)

    def _redundant(self, terms: list[Term]) -> Iterator[Finding]:
        """Terms that are as expected wherever the others are, the later ones first."""
        terms = [term for term in terms if not any(self._decided(term[0], expected) for _, expected in _WAYS)]
        readings = [(reading, _by_field(terms, reading)) for reading in self._readings]
        found: list[Finding] = []
        gone: set[int] = set()
        for term in reversed(terms):
            finding = next(filter(None, (self._follows(term, *reading, gone) for reading in readings)), None)
            if finding is not None:
                found.append(finding)
                gone.add(id(term))
        yield from reversed(found)

    def _follows(self, term: Term, reading: Reading, by_field: _Limited, gone: set[int]) -> Finding | None:
        """The finding that a term is as expected wherever those of the others that are not gone are."""
        node, expected = term
        for field, denied in (reading.bounds(node, not expected) or {}).items():
            limited = by_field.get(field, [])
            others = [one for one in limited if one[0] is not term and id(one[0]) not in gone]
            if not others or len(limited) > _MAX_COMPARED:
                continue
            sets = [possible for _, possible in others]
            if met((denied, *sets)).is_impossible:
                because = _pointers([others[place][0] for place in core(sets, denied)], field)
                rests_on = reading.world.rests_on
                return Finding(Outcome.SOMETIMES, Reason.REDUNDANT, node.pointer, field.name, because, rests_on)
        return None


_WAYS = ((Outcome.NEVER, True), (Outcome.ALWAYS, False))
"""Each outcome, with what the expression then cannot be."""


def _kin(root: Node) -> Kin:
    found: dict[str, dict[Field, None]] = {}
    for _, comparison in root.comparisons():
        found.setdefault(comparison.field.name, {})[comparison.field] = None
    return {name: list(fields) for name, fields in found.items()}


def _way(node: Node, merged: bool | None) -> bool | None:
    """What the terms of a node are expected to be together: true in an AND, false in an OR; behind NOT the other."""
    if isinstance(node.expression, And):
        return True
    if isinstance(node.expression, Or):
        return False
    return None if merged is None else not merged


def _reason(comparison: Comparison) -> Reason:
    if comparison.value == ():
        return Reason.EMPTY_LIST
    return Reason.NOT_NULLABLE if comparison.value is None else Reason.RANGE


_Limited = dict[Field, list[tuple[Term, Possible]]]
"""The terms that limit each field, with the sets that they leave it."""


def _by_field(terms: list[Term], reading: Reading) -> _Limited:
    """What the terms leave each field. Terms that cannot be as expected have no part in it."""
    found: _Limited = {}
    for term in terms:
        for field, possible in (reading.bounds(*term) or {}).items():
            found.setdefault(field, []).append((term, possible))
    return found


def _pointers(terms: list[Term], field: Field) -> tuple[str, ...]:
    """The comparisons of a field in some terms."""
    found = [
        node.pointer
        for term, _ in terms
        for node, comparison in term.comparisons()
        if comparison.field.name == field.name
    ]
    return tuple(dict.fromkeys(found))
