"""Judges a record: the verdict of each comparison, and of the groups above them.

The comparisons are those of the predicate (`criteria.tree.comparing`). All are evaluated, even where the first one
decides the result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from criteria.explanation.model import ExplainedNode, FoundKind, FoundValue
from criteria.schema.field import Field
from criteria.tree.comparing import Test, empty_test, test_maker
from criteria.tree.nodes import POSITIVES, And, AnyElement, AnyReferred, Comparison, Not, Or, assert_never
from criteria.values.loading import (
    LISTS,
    Lookups,
    Records,
    elements,
    id_loader,
    is_instance,
    is_list_value,
    is_object,
    loader,
    member,
    path_step,
)

KindOf = Callable[[Any], FoundKind]
"""Takes what a record holds at a field; returns what it is for the field."""


def judged(node: ExplainedNode, record: Any, records: Records, lookups: Lookups) -> ExplainedNode:
    """The tree with the verdict of each node on a record, and with what each comparison found.
    `lookups` finds the objects of other entities."""
    return _Judge(records, lookups).judged(node, record)


class _Judge:
    """Judges records of one kind. The test of a comparison is made once, however many elements it is asked of."""

    def __init__(self, records: Records, lookups: Lookups) -> None:
        self._records, self._lookups = records, lookups
        self._tests: dict[int, tuple[Test, KindOf]] = {}

    def judged(self, node: ExplainedNode, record: Any, element: int | None = None) -> ExplainedNode:
        """The tree with the verdicts on a record, which may be an element of a list."""
        expression = node.expression
        if isinstance(expression, Comparison):
            value = _value(expression.field, record)
            holds, kind_of = self._test(expression)
            found = FoundValue(value, kind_of(value))
            return ExplainedNode(expression, node.pointer, (), holds(value), found, element)
        if isinstance(expression, AnyElement):
            return self._elements(node, expression, _value(expression.objects.place, record), element)
        if isinstance(expression, AnyReferred):
            return self._referred(node, expression, _value(expression.reference.place, record), element)
        terms = tuple(self.judged(term, record) for term in node.terms)
        verdict = _combined(expression, [bool(term.verdict) for term in terms])
        return ExplainedNode(expression, node.pointer, terms, verdict, None, element)

    def _test(self, comparison: Comparison) -> tuple[Test, KindOf]:
        known = self._tests.get(id(comparison))  # the tree keeps its comparisons alive
        if known is None:
            known = _test_of(comparison, self._records), _kind_of(comparison.field, self._records)
            self._tests[id(comparison)] = known
        return known

    def _elements(self, node: ExplainedNode, test: AnyElement, value: Any, element: int | None) -> ExplainedNode:
        """A test of a list of objects, with its term judged on the first element that fulfils it, or else on all."""
        held = elements(value)
        found = FoundValue(value, FoundKind.VALUE if held else FoundKind.NONE)
        if test.term is None:
            return replace(node, verdict=bool(held), found=found, element=element)
        judged_terms = [self._on_element(node.terms[0], item, index) for index, item in enumerate(_items(value))]
        return _fulfilled(node, judged_terms, found, element)

    def _referred(self, node: ExplainedNode, test: AnyReferred, value: Any, element: int | None) -> ExplainedNode:
        """A test of a reference, with its term judged on the first object that fulfils it, or else on all of them.
        Nothing is found behind a dangling reference."""
        refers, find = test.reference.place, self._lookups[test.reference.entity]
        found = FoundValue(value, _kind_of(refers, self._records)(value))
        held = _items(value) if refers.is_list else [value]
        judged_terms, load = [], id_loader(refers, self._records)
        for index, one in enumerate(held):
            object_id = load(one)
            referred = None if object_id is None else find(object_id)
            if referred is not None:
                judged_terms.append(self.judged(node.terms[0], referred, index if refers.is_list else None))
        return _fulfilled(node, judged_terms, found, element)

    def _on_element(self, term: ExplainedNode, item: Any, index: int) -> ExplainedNode:
        if is_object(item):
            return self.judged(term, item, index)
        terms = () if term.emptiness is None else term.terms
        return replace(term, verdict=False, found=FoundValue(item, FoundKind.NO_OBJECT), terms=terms, element=index)


def _fulfilled(
    node: ExplainedNode, terms: Sequence[ExplainedNode], found: FoundValue, element: int | None
) -> ExplainedNode:
    """A test with its term judged on objects: it keeps the first that fulfils it, or else all."""
    chosen = next(((term,) for term in terms if term.verdict), tuple(terms))
    return replace(node, terms=chosen, verdict=any(term.verdict for term in chosen), found=found, element=element)


def _items(value: Any) -> list[Any]:
    """The elements of a list, nulls included."""
    return list(value) if is_instance(value, *LISTS) and elements(value) else []


def _combined(expression: And | Or | Not, verdicts: Sequence[bool]) -> bool:
    match expression:
        case And():
            return all(verdicts)
        case Or():
            return any(verdicts)
        case Not():
            return not verdicts[0]
        case _:
            assert_never(expression)


def _value(field: Field, record: Any) -> Any:
    first, *rest = field.path
    step, value = path_step(field), member(record, first)
    for segment in rest:
        value = step(value, segment)
    return value


def _test_of(comparison: Comparison, records: Records) -> Test:
    operator = comparison.operator
    if operator in POSITIVES:
        holds = _test_of(Comparison(comparison.field, POSITIVES[operator], comparison.value), records)
        return lambda value: not holds(value)
    if comparison.value is None:
        return empty_test(comparison.field)
    operand = frozenset(comparison.value) if isinstance(comparison.value, tuple) else comparison.value
    return test_maker(comparison, records)(operand)


def _kind_of(field: Field, records: Records) -> KindOf:
    """Takes a value; returns its kind for a field. A list counts as a value if one of its elements does."""
    load, is_empty = loader(field, records), empty_test(field)

    def kind_of(value: Any) -> FoundKind:
        if is_empty(value):
            return FoundKind.NONE
        if field.is_list or (field.has_elements and is_list_value(value)):
            return FoundKind.VALUE if any(load(item) is not None for item in elements(value)) else FoundKind.OTHER
        return FoundKind.OTHER if load(value) is None else FoundKind.VALUE

    return kind_of
