"""Judges a record: the verdict of each comparison, and of the groups above them.

The comparisons are those of the predicate (`criteria.tree.comparing`). All are evaluated, even where the first one
decides the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from criteria.explanation.model import ExplainedNode, FoundKind, FoundValue
from criteria.schema.field import Field
from criteria.tree.comparing import empty_test, test_maker
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


def judged(node: ExplainedNode, record: Any, records: Records, lookups: Lookups) -> ExplainedNode:
    """The tree with the verdict of each node on a record, and with what each comparison found.
    `lookups` finds the objects of other entities."""
    expression = node.expression
    if isinstance(expression, Comparison):
        value = _value(expression.field, record)
        verdict = _holds(expression, value, records)
        return replace(node, verdict=verdict, found=FoundValue(value, _kind(expression.field, value, records)))
    if isinstance(expression, AnyElement):
        return _judged_elements(node, expression, _value(expression.objects.place, record), records, lookups)
    if isinstance(expression, AnyReferred):
        return _judged_referred(node, expression, _value(expression.reference.place, record), records, lookups)
    terms = tuple(judged(term, record, records, lookups) for term in node.terms)
    return replace(node, terms=terms, verdict=_combined(expression, [bool(term.verdict) for term in terms]))


def _judged_elements(
    node: ExplainedNode, test: AnyElement, value: Any, records: Records, lookups: Lookups
) -> ExplainedNode:
    """A test of a list of objects, with its term judged on the first element that fulfils it, or else on all."""
    held = elements(value)
    found = FoundValue(value, FoundKind.VALUE if held else FoundKind.NONE)
    if test.term is None:
        return replace(node, verdict=bool(held), found=found)
    items = enumerate(_items(value))
    judged_terms = [_on_element(node.terms[0], item, index, records, lookups) for index, item in items]
    fulfilled = [term for term in judged_terms if term.verdict]
    return replace(node, verdict=bool(fulfilled), found=found, terms=tuple(fulfilled[:1] or judged_terms))


def _judged_referred(
    node: ExplainedNode, test: AnyReferred, value: Any, records: Records, lookups: Lookups
) -> ExplainedNode:
    """A test of a reference, with its term judged on the first object that fulfils it, or else on all of them. Nothing
    is found behind a dangling reference."""
    refers, find = test.reference.place, lookups[test.reference.entity]
    found = FoundValue(value, _kind(refers, value, records))
    held = _items(value) if refers.is_list else [value]
    judged_terms, load = [], id_loader(refers, records)
    for index, one in enumerate(held):
        object_id = load(one)
        referred = None if object_id is None else find(object_id)
        if referred is not None:
            term = judged(node.terms[0], referred, records, lookups)
            judged_terms.append(replace(term, element=index) if refers.is_list else term)
    fulfilled = [term for term in judged_terms if term.verdict]
    return replace(node, verdict=bool(fulfilled), found=found, terms=tuple(fulfilled[:1] or judged_terms))


def _items(value: Any) -> list[Any]:
    """The elements of a list, nulls included."""
    return list(value) if is_instance(value, *LISTS) and elements(value) else []


def _on_element(term: ExplainedNode, item: Any, index: int, records: Records, lookups: Lookups) -> ExplainedNode:
    if is_object(item):
        return replace(judged(term, item, records, lookups), element=index)
    terms = () if term.emptiness is None else term.terms
    return replace(term, verdict=False, found=FoundValue(item, FoundKind.NO_OBJECT), terms=terms, element=index)


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


def _holds(comparison: Comparison, value: Any, records: Records) -> bool:
    operator = comparison.operator
    if operator in POSITIVES:
        comparison = Comparison(comparison.field, POSITIVES[operator], comparison.value)
        return not _holds(comparison, value, records)
    if comparison.value is None:
        return empty_test(comparison.field)(value)
    operand = frozenset(comparison.value) if isinstance(comparison.value, tuple) else comparison.value
    return test_maker(comparison, records)(operand)(value)


def _kind(field: Field, value: Any, records: Records) -> FoundKind:
    """The kind of a value for a field. A list counts as a value if one of its elements does."""
    load = loader(field, records)
    if empty_test(field)(value):
        return FoundKind.NONE
    if field.is_list or (field.has_elements and is_list_value(value)):
        return FoundKind.VALUE if any(load(item) is not None for item in elements(value)) else FoundKind.OTHER
    return FoundKind.OTHER if load(value) is None else FoundKind.VALUE
