"""What a query says of a record, comparison by comparison.

The comparisons are those of the predicate (`criteria.tree.comparing`), put together along the query as it was
written. All of them are looked at, also where the first would have decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from criteria.explanation.model import Found, Kind, Node
from criteria.schema.field import Field
from criteria.tree.comparing import empty_test, is_empty, test_maker
from criteria.tree.nodes import POSITIVES, And, Comparison, Not, Or, assert_never
from criteria.values.loading import Records, elements, loader, member


def judged(node: Node, record: Any, records: Records) -> Node:
    """The tree with the verdict of each node on a record, and what each comparison found in it."""
    expression = node.expression
    if isinstance(expression, Comparison):
        value = _value(expression.field, record)
        verdict = _holds(expression, value, records)
        return replace(node, verdict=verdict, found=Found(value, _kind(expression.field, value, records)))
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
    for segment in field.path:
        record = member(record, segment)
    return record


def _holds(comparison: Comparison, value: Any, records: Records) -> bool:
    operator = comparison.operator
    if operator in POSITIVES:
        comparison = Comparison(comparison.field, POSITIVES[operator], comparison.value)
        return not _holds(comparison, value, records)
    if comparison.value is None:
        return empty_test(comparison.field)(value)
    operand = frozenset(comparison.value) if isinstance(comparison.value, tuple) else comparison.value
    return test_maker(comparison, records)(operand)(value)


def _kind(field: Field, value: Any, records: Records) -> Kind:
    """What a value is for a field; of a list, what its elements are."""
    load = loader(field, records)
    if field.is_list:
        if is_empty(value):
            return Kind.NONE
        return Kind.VALUE if any(load(item) is not None for item in elements(value)) else Kind.OTHER
    if value is None:
        return Kind.NONE
    return Kind.OTHER if load(value) is None else Kind.VALUE
