"""Comparisons of fields that list their values: what the engine compares is which of the values a column holds.

An enumerated column stores names, in an order of its own, and queries name values.
"""

from __future__ import annotations

from criteria.tree.comparing import COMPARE
from criteria.tree.nodes import (
    And,
    AnyElement,
    AnyReferred,
    Comparison,
    Expression,
    Not,
    Operator,
    Or,
    assert_never,
    is_ordering,
    is_text,
)
from criteria.tree.normalize import normalize


def looked_up(normal: Expression) -> Expression:
    """The expression with each comparison of a field that lists its values as a list of those that fulfil it."""
    match normal:
        case And(terms):
            return normal if not terms else normalize(And(tuple(map(looked_up, terms))))
        case Or(terms):
            return normal if not terms else normalize(Or(tuple(map(looked_up, terms))))
        case Not(Comparison() as leaf):
            return normalize(Not(looked_up(leaf)))
        case Comparison():
            return among_values(normal)
        case AnyElement() | AnyReferred() | Not():
            raise AssertionError(f"refused before, or not in normal form: {normal!r}")
        case _:
            assert_never(normal)


def among_values(leaf: Comparison) -> Expression:
    """A comparison of a field that lists its values as a list of those that fulfil it; any other one as it is."""
    values, operand = leaf.field.values, leaf.value
    if values is None or operand is None:
        return leaf
    given = operand if isinstance(operand, tuple) else (operand,)
    is_by_value = not is_ordering(leaf.operator) and not is_text(leaf.operator)
    if is_by_value and all(value in values for value in given):
        return leaf
    compare = COMPARE[leaf.operator]
    found = tuple(value for value in values if compare(value, operand))
    return normalize(Comparison(leaf.field, Operator.IN, found))
