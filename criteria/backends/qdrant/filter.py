"""Compiles normal form to a filter.

A condition of Qdrant is true or false, and `must_not` is its exact complement. A condition on a list is true if an
element satisfies it. `is_empty` is true of a key that is missing, null or `[]`, so lists are stored without nulls.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timezone
from typing import Any

from qdrant_client import models

from criteria.schema.field import Field, FieldType
from criteria.tree.nodes import (
    EVERYTHING,
    NOTHING,
    And,
    AnyElement,
    AnyReferred,
    Comparison,
    Expression,
    Not,
    Operator,
    Or,
    OrderingOperator,
    assert_never,
)
from criteria.values.canonical import json_value

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)

_BOUNDS: Mapping[OrderingOperator, str] = {
    Operator.GT: "gt",
    Operator.GTE: "gte",
    Operator.LT: "lt",
    Operator.LTE: "lte",
}


def compile_filter(normal: Expression) -> models.Filter:
    """The filter of an expression in normal form, of comparisons that Qdrant can answer."""
    match normal:
        case And(terms):
            return models.Filter() if normal == EVERYTHING else models.Filter(must=[_condition(term) for term in terms])
        case Or(terms):
            if normal == NOTHING:
                return models.Filter(must=[models.HasIdCondition(has_id=[])])
            return models.Filter(should=[_condition(term) for term in terms])
        case Not(Comparison() as leaf):
            return models.Filter(must_not=[_positive(leaf)])
        case Comparison():
            return models.Filter(must=[_positive(normal)])
        case AnyElement() | AnyReferred() | Not(AnyElement() | AnyReferred()):
            raise AssertionError(f"refused before: {normal!r}")
        case Not():
            raise AssertionError(f"not in normal form: {normal!r}")
        case _:
            assert_never(normal)


def _condition(term: Expression) -> Any:
    """A term of a group: a comparison needs no filter of its own around it."""
    return _positive(term) if isinstance(term, Comparison) else compile_filter(term)


def payload_key(field: Field) -> str:
    """The key of a field's value: the column, and the path below it."""
    column = field.column if _PLAIN_KEY.fullmatch(field.column) else f'"{field.column}"'
    return ".".join((column, *field.path[1:]))


def _positive(leaf: Comparison) -> Any:
    key, value = payload_key(leaf.field), leaf.value
    if value is None:
        return models.IsEmptyCondition(is_empty=models.PayloadField(key=key))
    match leaf.operator:
        case Operator.EQ:
            return _equal(leaf.field, key, (value,))
        case Operator.IN:
            assert isinstance(value, tuple)
            return _equal(leaf.field, key, value)
        case Operator.GT | Operator.GTE | Operator.LT | Operator.LTE as operator:
            return models.FieldCondition(key=key, range=_range({_BOUNDS[operator]: value}))
        case Operator.STARTS_WITH | Operator.CONTAINS | Operator.ENDS_WITH:
            return _part(key, leaf)
        case Operator.IEQ | Operator.ISTARTS_WITH | Operator.IENDS_WITH | Operator.ICONTAINS:
            raise AssertionError(f"should have been refused: {leaf!r}")
        case Operator.NE | Operator.NIN:
            raise AssertionError(f"not in normal form: {leaf!r}")
        case _:
            assert_never(leaf.operator)


def _equal(field: Field, key: str, values: Sequence[Any]) -> Any:
    """Whether a value is one of some values."""
    found = _EQUAL[field.field_type](key, [json_value(field, value) for value in values])
    return found[0] if len(found) == 1 else models.Filter(should=found)


def _keywords(key: str, values: list[Any]) -> list[Any]:
    """Strings or integers, of which one match takes many."""
    if len(values) == 1:
        return _single(key, values)
    return [models.FieldCondition(key=key, match=models.MatchAny(any=values))]


def _single(key: str, values: list[Any]) -> list[Any]:
    return [models.FieldCondition(key=key, match=models.MatchValue(value=value)) for value in values]


def _doubles(key: str, values: list[Any]) -> list[Any]:
    """Doubles, which match only as a range: from the value to the value."""
    return [models.FieldCondition(key=key, range=models.Range(gte=value, lte=value)) for value in values]


_EQUAL: Mapping[FieldType, Callable[[str, list[Any]], list[Any]]] = {
    FieldType.STRING: _keywords,
    FieldType.INTEGER: _keywords,
    FieldType.BOOLEAN: _single,
    FieldType.DECIMAL: _keywords,
    FieldType.DOUBLE: _doubles,
    FieldType.DATE: _keywords,
    FieldType.DATE_TIME: _keywords,
    FieldType.GUID: _keywords,
    FieldType.OBJECT_REF: _keywords,
}
"""The conditions of which one is true of a value that equals one of some JSON values."""


def _range(bounds: Mapping[str, Any]) -> Any:
    """A range of numbers, or of instants; a day is compared as the instant at which it begins."""
    [value] = bounds.values()
    if not isinstance(value, date):
        return models.Range(**bounds)
    if not isinstance(value, datetime):
        value = datetime.combine(value, time(), timezone.utc)
    return models.DatetimeRange(**dict.fromkeys(bounds, value))


def _part(key: str, leaf: Comparison) -> Any:
    text = str(leaf.value)
    if not text:  # true of every value
        return models.Filter(must_not=[models.IsEmptyCondition(is_empty=models.PayloadField(key=key))])
    if leaf.operator is Operator.STARTS_WITH:
        return models.FieldCondition(key=key, match=models.MatchPrefix(prefix=text))
    assert leaf.operator is Operator.CONTAINS
    return models.FieldCondition(key=key, match=models.MatchSubstring(substring=text))
