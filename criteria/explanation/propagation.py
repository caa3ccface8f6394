"""Computes the possible values of fields if a node of the query is true or false, from the comparisons upwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from criteria.explanation.assumptions import Assumptions, PossibleByField
from criteria.explanation.effort import Effort
from criteria.explanation.model import ExplainedNode
from criteria.explanation.value_sets import PossibleValues, join_all, meet_all
from criteria.schema.field import Field
from criteria.tree.nodes import And, AnyElement, AnyReferred, Comparison, Not, Operator, Or, assert_never

FieldsByName = Mapping[str, Sequence[Field]]
"""The fields of a query by name. Without a schema a name may have several: one for each type of literal."""

_FalseAndTrue = tuple[PossibleByField | None, PossibleByField | None]
"""The possible values if a node is false and if it is true; None if it cannot be."""


class Propagation:
    """The possible values at each node of a query, under some assumptions. Each node is computed once.

    Raises `NotJudged` when that takes more effort than is left.
    """

    def __init__(
        self, root: ExplainedNode, assumptions: Assumptions, fields_by_name: FieldsByName, effort: Effort
    ) -> None:
        self.assumptions = assumptions
        self._effort = effort
        self._fields_by_name = fields_by_name
        self._by_node: dict[int, _FalseAndTrue] = {}
        self.inside: dict[int, Propagation] = {}
        """What is possible inside the elements of lists, by the term that they are asked to fulfil."""
        self._compute(root)

    def possible_values(self, node: ExplainedNode, expected: bool) -> PossibleByField | None:
        """The possible values if the node has the expected value; None if it cannot have it."""
        return self._by_node[id(node)][expected]

    def _compute(self, node: ExplainedNode) -> _FalseAndTrue:
        is_inside = isinstance(node.expression, (AnyElement, AnyReferred))
        terms = [] if is_inside else [self._compute(term) for term in node.terms]
        match node.expression:
            case AnyReferred():  # the fields of other entities are not those of the record
                found: _FalseAndTrue = {}, {}
            case AnyElement():
                found = self._elements(node, node.expression)
            case Comparison():
                found = self._comparison(node.expression)
            case Not():
                found = terms[0][True], terms[0][False]
            case And():
                found = self._some(term[False] for term in terms), self._all(term[True] for term in terms)
            case Or():
                found = self._all(term[False] for term in terms), self._some(term[True] for term in terms)
            case _:
                assert_never(node.expression)
        self._by_node[id(node)] = found
        return found

    def _elements(self, node: ExplainedNode, test: AnyElement) -> _FalseAndTrue:
        """What a test says of its list: with an element that fulfils it, the list is not empty. The fields of elements
        are not those of the record, so only whether an element can fulfil the test is known of them."""
        empty = Comparison(test.objects.place, Operator.EQ, None)
        if_not_empty, if_empty = self._comparison(empty)
        if test.term is None:
            return if_empty, if_not_empty
        is_possible = True
        for term in node.terms:
            inner = Propagation(term, self.assumptions, fields_by_name(term), self._effort)
            self.inside[id(term)] = inner
            is_possible = is_possible and inner.possible_values(term, True) is not None
        return {}, if_not_empty if is_possible else None

    def _comparison(self, comparison: Comparison) -> _FalseAndTrue:
        namesakes = self._fields_by_name[comparison.field.name]
        self._effort.spend(2 * _steps(comparison))
        if_false, if_true = self.assumptions.possible_values(comparison, namesakes)
        return _unless_impossible(if_false), _unless_impossible(if_true)

    def _all(self, terms: Iterable[PossibleByField | None]) -> PossibleByField | None:
        """The possible values if all terms have the expected value."""
        sets_by_field: dict[Field, list[PossibleValues]] = {}
        for term in terms:
            if term is None:
                return None
            for field, possible in term.items():
                sets_by_field.setdefault(field, []).append(possible)
        return _unless_impossible({field: meet_all(sets, self._effort) for field, sets in sets_by_field.items()})

    def _some(self, terms: Iterable[PossibleByField | None]) -> PossibleByField | None:
        """The possible values if at least one term has the expected value: only fields that every term limits."""
        ways = [term for term in terms if term is not None]
        if not ways:
            return None
        fields = [field for field in ways[0] if all(field in way for way in ways)]
        return {field: join_all([way[field] for way in ways], self._effort) for field in fields}


def fields_by_name(root: ExplainedNode) -> FieldsByName:
    """The fields that a node compares, and the places of its lists of objects, by name."""
    found: dict[str, dict[Field, None]] = {}
    for _, field in compared_fields(root):
        found.setdefault(field.name, {})[field] = None
    return {name: list(fields) for name, fields in found.items()}


def compared_fields(root: ExplainedNode) -> Iterator[tuple[ExplainedNode, Field]]:
    """The comparisons and the tests of lists of objects below a node, each with its field or place."""
    if isinstance(root.expression, Comparison):
        yield root, root.expression.field
    elif isinstance(root.expression, AnyElement):
        yield root, root.expression.objects.place
    elif not isinstance(root.expression, AnyReferred):
        for term in root.terms:
            yield from compared_fields(term)


def _unless_impossible(by_field: PossibleByField) -> PossibleByField | None:
    return None if any(possible.is_impossible for possible in by_field.values()) else by_field


def _steps(comparison: Comparison) -> int:
    """About how many steps it takes to put the operand of a comparison on its line."""
    return 5 + 2 * len(comparison.value) if isinstance(comparison.value, tuple) else 5
