"""Comparing one value of a record with an operand. It works for values of every class and never raises."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from criteria.schema.field import Field
from criteria.tree.nodes import Comparison, Operator, PositiveOperator
from criteria.values.loading import Records, elements, loader

Test = Callable[[Any], bool]
"""Takes what a record holds at a field; returns whether a comparison is true of it."""

COMPARE: Mapping[PositiveOperator, Callable[[Any, Any], bool]] = {
    Operator.EQ: operator.eq,
    Operator.GT: operator.gt,
    Operator.GTE: operator.ge,
    Operator.LT: operator.lt,
    Operator.LTE: operator.le,
    Operator.IN: lambda value, operand: value in operand,
    Operator.STARTS_WITH: str.startswith,
    Operator.ENDS_WITH: str.endswith,
    Operator.CONTAINS: operator.contains,
}
"""How each operator of normal form compares a loaded value with its operand (a frozenset for `$in`)."""


def test_maker(comparison: Comparison, records: Records) -> Callable[[Any], Test]:
    """Takes an operand; returns the test of the comparison with it."""
    load, compare = loader(comparison.field, records), COMPARE[comparison.operator]
    return _of_elements(load, compare) if comparison.field.is_list else _of_scalar(load, compare)


def _of_scalar(load: Callable[[Any], Any], compare: Callable[[Any, Any], bool]) -> Callable[[Any], Test]:
    def make(operand: Any) -> Test:
        def test(value: Any) -> bool:
            loaded = load(value)
            return loaded is not None and compare(loaded, operand)

        return test

    return make


def _of_elements(load: Callable[[Any], Any], compare: Callable[[Any, Any], bool]) -> Callable[[Any], Test]:
    def make(operand: Any) -> Test:
        def test(value: Any) -> bool:
            loaded = map(load, elements(value))
            return any(item is not None and compare(item, operand) for item in loaded)

        return test

    return make


def is_empty(value: Any) -> bool:
    """Whether the value of a list field has no elements but nulls."""
    return not elements(value)


def empty_test(field: Field) -> Test:
    """The test of `{field: null}`."""
    return is_empty if field.is_list else lambda value: value is None
