"""Finds what is never true, always true or redundant in a query, and the comparisons that are the reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property

from criteria.explanation.assumptions import Assumptions
from criteria.explanation.conflicts import Term, minimal_conflict, required_terms
from criteria.explanation.effort import Effort, NotJudged
from criteria.explanation.model import ExplainedNode, Finding, Outcome, Reason
from criteria.explanation.propagation import Propagation, compared_fields, fields_by_name
from criteria.explanation.value_sets import PossibleValues, meet_all
from criteria.schema.field import Field
from criteria.tree.nodes import And, AnyElement, AnyReferred, Comparison, Not, Or

_ASSUMPTIONS = (
    Assumptions(),
    Assumptions(types=True),
    Assumptions(not_nullable=True),
    Assumptions(types=True, not_nullable=True),
)
"""From none to all: a finding names the weakest assumptions under which it holds."""

_MAX_COMPARED = 40
"""Up to this many terms on one field, redundant ones are searched for: the time grows with their square."""


class Analysis:
    """Analyses a query, first under the weakest assumptions.

    The root may be what the elements of a list are asked to fulfil. `known` is then what the analysis of the query
    around it has computed of it, under the same assumptions in their order.
    """

    def __init__(
        self, root: ExplainedNode, has_schema: bool, effort: Effort | None = None, known: Sequence[Propagation] = ()
    ) -> None:
        self.root, self.has_schema = root, has_schema
        self.effort = Effort() if effort is None else effort
        self._known = known
        self._fields_by_name = fields_by_name(root)
        can_be_missing = all(map(_can_be_missing, _all_fields(root)))
        self._assumptions = _ASSUMPTIONS[: (2 if can_be_missing else 4) if has_schema else 1]

    @cached_property
    def _propagations(self) -> list[Propagation]:
        """Those that the effort allows. Without the later ones, what rests on more assumptions is not found."""
        found = list(self._known[: len(self._assumptions)])
        for assumptions in self._assumptions[len(found) :]:
            try:
                found.append(Propagation(self.root, assumptions, self._fields_by_name, self.effort))
            except NotJudged:
                break
        return found

    def outcome(self) -> tuple[Outcome, tuple[str, ...]]:
        """What is known of the whole query, and the assumptions behind it."""
        for propagation in self._propagations:
            for outcome, expected in _WAYS:
                if propagation.possible_values(self.root, expected) is None:
                    return outcome, propagation.assumptions.rests_on
        return Outcome.SOMETIMES, ()

    def findings(self) -> Iterator[Finding]:
        """The findings, in the order of the query."""
        yield from self._below(self.root, None)

    def _below(self, node: ExplainedNode, merged: bool | None, is_negated: bool = False) -> Iterator[Finding]:
        """The findings of a node and of all nodes below it.

        `merged` is the value that the terms around the node are expected to have together with it, None at the root.
        `is_negated` says that the node and the NOT around it are written as one comparison.
        """
        is_decided = False
        for outcome, expected in _WAYS:
            propagation = self._decided(node, expected)
            if propagation is not None:
                is_decided = True
                yield from self._judged(self._why(node, outcome, expected, propagation))
        way = _way(node, merged)
        if isinstance(node.expression, (And, Or)) and way is not merged and not is_decided:
            yield from self._judged(self._redundant(list(required_terms(node, way is True))))
        if isinstance(node.expression, AnyReferred):
            return
        if isinstance(node.expression, AnyElement):
            yield from self._inside(node, node.expression, is_negated)
            return
        for term in node.terms:
            is_written_as_one = isinstance(node.expression, Not) and term.pointer == node.pointer
            yield from self._below(term, way, is_written_as_one)

    def _inside(self, node: ExplainedNode, test: AnyElement, is_negated: bool) -> Iterator[Finding]:
        """The findings on the objects of a list: of every object, something is never or always true, or redundant.

        A path through the list is a test of elements that is written as a comparison, or as a negated one: with what no
        object fulfils it is never true, or always. What all objects fulfil says nothing of it: there may be none.
        """
        for term in node.terms:
            is_path = term.pointer == node.pointer and isinstance(term.expression, (Comparison, AnyElement))
            known = [one.inside[id(term)] for one in self._propagations]
            for finding in Analysis(term, self.has_schema, self.effort, known).findings():
                named = replace(finding, field=f"{test.objects.name}.{finding.field}")
                if not is_path:
                    yield named
                elif finding.outcome is Outcome.NEVER:
                    yield replace(named, outcome=Outcome.ALWAYS if is_negated else Outcome.NEVER)

    @staticmethod
    def _judged(findings: Iterator[Finding]) -> Iterator[Finding]:
        """The findings up to where no effort is left."""
        with suppress(NotJudged):
            yield from findings

    def _decided(self, node: ExplainedNode, expected: bool) -> Propagation | None:
        """The first propagation in which the node cannot have the expected value."""
        return next((one for one in self._propagations if one.possible_values(node, expected) is None), None)

    def _why(
        self, node: ExplainedNode, outcome: Outcome, expected: bool, propagation: Propagation
    ) -> Iterator[Finding]:
        """The reasons for an outcome of a node, unless a single term is the reason, which then has its own finding."""
        rests_on = propagation.assumptions.rests_on
        if isinstance(node.expression, Comparison):
            name = node.expression.field.name
            yield Finding(outcome, _reason(node.expression), node.pointer, name, (node.pointer,), rests_on)
            return
        if isinstance(node.expression, (Not, AnyElement)) or any(
            propagation.possible_values(term, expected) is None for term in node.terms
        ):
            return
        reason = Reason.CONTRADICTION if outcome is Outcome.NEVER else Reason.TAUTOLOGY
        seen: set[str] = set()
        for field, limited in _by_field(list(required_terms(node, expected)), propagation).items():
            sets = [possible for _, possible in limited]
            if field.name not in seen and meet_all(sets, self.effort).is_impossible:
                seen.add(field.name)
                involved = [limited[index][0] for index in minimal_conflict(sets, self.effort)]
                yield Finding(outcome, reason, node.pointer, field.name, _pointers(involved, field), rests_on)

    def _redundant(self, terms: list[Term]) -> Iterator[Finding]:
        """The terms that the others imply. Of two that imply each other, the later one is redundant."""
        terms = [term for term in terms if not any(self._decided(term[0], expected) for _, expected in _WAYS)]
        limits = [(propagation, _by_field(terms, propagation)) for propagation in self._propagations]
        found: list[Finding] = []
        gone: set[int] = set()
        for term in reversed(terms):
            finding = next(filter(None, (self._implied(term, *limit, gone) for limit in limits)), None)
            if finding is not None:
                found.append(finding)
                gone.add(id(term))
        yield from reversed(found)

    def _implied(self, term: Term, propagation: Propagation, by_field: _Limits, gone: set[int]) -> Finding | None:
        """The finding that the other terms imply a term; those in `gone` are redundant themselves and do not count."""
        node, expected = term
        for field, denied in (propagation.possible_values(node, not expected) or {}).items():
            limited = by_field.get(field, [])
            if len(limited) > _MAX_COMPARED:
                continue
            others = [one for one in limited if one[0] is not term and id(one[0]) not in gone]
            if not others:
                continue
            sets = [possible for _, possible in others]
            if meet_all((denied, *sets), self.effort).is_impossible:
                because = _pointers([others[index][0] for index in minimal_conflict(sets, self.effort, denied)], field)
                rests_on = propagation.assumptions.rests_on
                return Finding(Outcome.SOMETIMES, Reason.REDUNDANT, node.pointer, field.name, because, rests_on)
        return None


_WAYS = ((Outcome.NEVER, True), (Outcome.ALWAYS, False))
"""Each outcome, with the value that the expression then cannot have."""


def _all_fields(root: ExplainedNode) -> Iterator[Field]:
    """The fields of all comparisons below a node, those inside the elements of lists of objects included."""
    return (one.expression.field for one in root.walk() if isinstance(one.expression, Comparison))


def _can_be_missing(field: Field) -> bool:
    return field.nullable or field.is_list


def _way(node: ExplainedNode, merged: bool | None) -> bool | None:
    """The value that the terms of a node must have together: true in an AND, false in an OR; NOT swaps them."""
    if isinstance(node.expression, And):
        return True
    if isinstance(node.expression, Or):
        return False
    return None if merged is None else not merged


def _reason(comparison: Comparison) -> Reason:
    if comparison.value == ():
        return Reason.EMPTY_LIST
    return Reason.NOT_NULLABLE if comparison.value is None else Reason.RANGE


_Limits = dict[Field, list[tuple[Term, PossibleValues]]]
"""The terms that limit each field, with the values that each allows."""


def _by_field(terms: list[Term], propagation: Propagation) -> _Limits:
    """The limits that the terms set on each field. Terms that cannot be as expected are left out."""
    found: _Limits = {}
    for term in terms:
        for field, possible in (propagation.possible_values(*term) or {}).items():
            found.setdefault(field, []).append((term, possible))
    return found


def _pointers(terms: list[Term], field: Field) -> tuple[str, ...]:
    """The comparisons of a field in some terms."""
    found = [
        node.pointer for term, _ in terms for node, compared in compared_fields(term) if compared.name == field.name
    ]
    return tuple(dict.fromkeys(found))
