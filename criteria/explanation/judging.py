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
from criteria.tree.nodes import POSITIVES, And, Comparison, Not, Or, assert_never
from criteria.values.loading import Records, elements, is_list_value, loader, member, path_step


def judged(node: ExplainedNode, record: Any, records: Records) -> ExplainedNode:
    """The tree with the verdict of each node on a record, and with what each comparison found."""
    expression = node.expression
    if isinstance(expression, Comparison):
        value = _value(expression.field, record)
        verdict = _holds(expression, value, records)
        return replace(node, verdict=verdict, found=FoundValue(value, _kind(expression.field, value, records)))
    terms = tuple(judged(term, record, records) for term in node.terms)
    return replace(node, terms=terms, verdict=_combined(expression, [bool(term.verdict) for term in terms]))


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
