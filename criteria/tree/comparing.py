"""Comparing one value of a record with an operand. It works for values of every class and never raises."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from criteria.schema.field import Field, FieldType, UndeclaredField
from criteria.tree.nodes import Comparison, Operator, PositiveOperator
from criteria.values.case_folding import fold
from criteria.values.loading import Loader, elements, is_list_value

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
    Operator.IEQ: lambda value, operand: len(value) == len(operand) and fold(value) == fold(operand),
    Operator.ISTARTS_WITH: lambda value, operand: fold(value[: len(operand)]) == fold(operand),
    Operator.IENDS_WITH: lambda value, operand: fold(value[max(len(value) - len(operand), 0) :]) == fold(operand),
    Operator.ICONTAINS: lambda value, operand: fold(operand) in fold(value),
}
"""How each operator of normal form compares a loaded value with its operand (a frozenset for `$in`)."""


def test_maker(comparison: Comparison, load: Loader) -> Callable[[Any], Test]:
    """Takes an operand; returns the test of the comparison with it. `load` loads the values of the field."""
    compare = COMPARE[comparison.operator]
    if isinstance(comparison.field, UndeclaredField):
        is_double = comparison.field.field_type is FieldType.DOUBLE
        make = _of_scalar(load, compare)
        return _of_either(_of_number(load, compare) if is_double else make)
    return _of_elements(load, compare) if comparison.field.is_list else _of_scalar(load, compare)


def _of_scalar(load: Loader, compare: Callable[[Any, Any], bool]) -> Callable[[Any], Test]:
    def make(operand: Any) -> Test:
        def test(value: Any) -> bool:
            loaded = load(value)
            return loaded is not None and compare(loaded, operand)

        return test

    return make


def _of_elements(load: Loader, compare: Callable[[Any, Any], bool]) -> Callable[[Any], Test]:
    def make(operand: Any) -> Test:
        def test(value: Any) -> bool:
            loaded = map(load, elements(value))
            return any(item is not None and compare(item, operand) for item in loaded)

        return test

    return make


def _of_number(load: Loader, compare: Callable[[Any, Any], bool]) -> Callable[[Any], Test]:
    """As `_of_scalar`, with a double. A decimal is compared with the decimal that the double spells."""

    def make(operand: Any) -> Test:
        spelled: Any = None  # made for the first decimal: few records have one

        def test(value: Any) -> bool:
            nonlocal spelled
            loaded = load(value)
            if type(loaded) is not Decimal:
                return loaded is not None and compare(loaded, operand)
            if spelled is None:
                spelled = frozenset(map(_spelled, operand)) if isinstance(operand, frozenset) else _spelled(operand)
            return compare(loaded, spelled)

        return test

    return make


def _spelled(double: float) -> Decimal:
    return Decimal(repr(double))


def _of_either(make_scalar: Callable[[Any], Test]) -> Callable[[Any], Test]:
    """The test of a field without a declaration, which may hold a list."""

    def make(operand: Any) -> Test:
        holds = make_scalar(operand)

        def test(value: Any) -> bool:
            return any(map(holds, elements(value))) if is_list_value(value) else holds(value)

        return test

    return make


def is_empty(value: Any) -> bool:
    """Whether the value of a list field has no elements but nulls."""
    return not elements(value)


def has_no_value(value: Any) -> bool:
    """Whether a field without a declaration has no value: there is none, or a list of nothing but nulls."""
    return value is None or (is_list_value(value) and is_empty(value))


def empty_test(field: Field) -> Test:
    """The test of `{field: null}`."""
    if isinstance(field, UndeclaredField):
        return has_no_value
    return is_empty if field.is_list else lambda value: value is None
