"""Comparisons of single values, the careful way: for values of any class, by loaders that never raise."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from criteria.schema.field import Field
from criteria.tree.nodes import Comparison, Operator
from criteria.values.loading import Records, elements, loader

Test = Callable[[Any], bool]
"""Says of what a record holds at a field whether a comparison is true."""

COMPARE: Mapping[Operator, Callable[[Any, Any], bool]] = {
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
"""How each operator of the normal form compares a loaded value with its operand (of `$in`: a frozenset)."""


def test_maker(comparison: Comparison, records: Records) -> Callable[[Any], Test]:
    """The test of a comparison, as a function of its operand."""
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
    """Whether a list field has no elements that are not null."""
    return not elements(value)


def empty_test(field: Field) -> Test:
    """The test of `{field: null}`."""
    return is_empty if field.is_list else lambda value: value is None
