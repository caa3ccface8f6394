"""Criteria JSON from the typed tree."""

from __future__ import annotations

from typing import Any

from criteria.limits import DEFAULT_LIMITS
from criteria.schema.field import Field, Value, invalid_name
from criteria.tree.nodes import (
    ELEM_MATCH,
    EVERYTHING,
    POSITIVES,
    And,
    AnyElement,
    AnyReferred,
    Comparison,
    Expression,
    Not,
    Operator,
    Or,
    assert_never,
)
from criteria.values.canonical import json_value, json_values


def unparse(expression: Expression) -> dict[str, Any]:
    """Decoded criteria JSON that parses to the same tree.

    Objects have one member (docs/language.md#strict), unless that nests deeper than the limits allow. Then AND is
    written as several members, which criteria of that depth must have used.
    """
    plain = _unparse(expression, is_compact=False)
    return plain if _fits(plain, DEFAULT_LIMITS.nesting) else _unparse(expression, is_compact=True)


def _unparse(expression: Expression, is_compact: bool) -> dict[str, Any]:
    match expression:
        case And(terms):
            if expression == EVERYTHING:
                return {}
            listed = [_unparse(term, is_compact) for term in terms]
            return (_one_object(listed) if is_compact else None) or {"AND": listed}
        case Or(terms):
            return {"OR": [_unparse(term, is_compact) for term in terms]}
        case AnyElement(objects, None):
            return {objects.name: {Operator.NE.value: None}}
        case AnyElement(objects, term):
            assert term is not None
            return {objects.name: {ELEM_MATCH: _unparse(term, is_compact)}}
        case Not(AnyElement(objects, None)):
            return {objects.name: None}
        case AnyReferred(reference, term):
            return _through(expression) or {reference.name: {ELEM_MATCH: _unparse(term, is_compact)}}
        case Not(term):
            return {"NOT": _unparse(term, is_compact)}
        case Comparison(field, operator, value):
            if isinstance(value, tuple):
                operand: Any = _listed(field, value)
            else:
                operand = None if value is None else json_value(field, value)
            return {field.name: operand if operator is Operator.EQ else {operator.value: operand}}
        case _:
            assert_never(expression)


def _listed(field: Field, values: tuple[Value, ...]) -> list[Any]:
    """The values of a list as JSON. An object that the list repeats is written once."""
    once = {id(value): value for value in values}
    if len(once) == len(values):
        return json_values(field, values)
    made = dict(zip(once, json_values(field, list(once.values())), strict=True))
    return [made[id(value)] for value in values]


def _through(test: AnyReferred) -> dict[str, Any] | None:
    """A test of a reference as a comparison of a path; None when a path would say something else."""
    match test.term:
        case Comparison(field, operator, value):
            is_positive = operator is Operator.NE if value is None else operator not in POSITIVES
            # a path to the id is that of the reference itself, which may dangle
            inner = _unparse(test.term, is_compact=False) if is_positive and field.name != "objectId" else None
        case AnyReferred():
            inner = _through(test.term)
        case _:
            inner = None
    if inner is None:
        return None
    [(name, operand)] = inner.items()
    path = f"{test.reference.name}.{name}"
    return None if invalid_name(path) else {path: operand}


def _one_object(terms: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Terms of an AND as the members of one object, or as the operators of one field; None when neither is possible."""
    if len(terms) < 2 or not all(len(term) == 1 for term in terms):
        return None
    keys = [next(iter(term)) for term in terms]
    if len(set(keys)) == len(keys):
        return {key: value for term in terms for key, value in term.items()}
    comparisons = [next(iter(term.values())) for term in terms]
    if len(set(keys)) > 1 or not all(isinstance(one, dict) and len(one) == 1 for one in comparisons):
        return None
    operators = {name for one in comparisons for name in one}
    if keys[0] == "NOT" or len(operators) < len(comparisons):
        return None
    return {keys[0]: {name: operand for one in comparisons for name, operand in one.items()}}


def _fits(value: Any, levels: int) -> bool:
    """Whether the objects and lists of a JSON value are nested in at most so many levels."""
    if not isinstance(value, (dict, list)):
        return True
    members = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(_fits(one, levels - 1) for one in members if isinstance(one, (dict, list)))
