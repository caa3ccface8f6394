"""What a query selects of numbers that were rounded to doubles, as decoders of JSON round them.

Rounding keeps the order: of two numbers, the lesser one is never rounded to more than the other. So if the operand is a
double, a number compares with it as the rounded number does, unless the rounded number equals the operand. Such rows
are doubtful: they have to be read again, without rounding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from criteria.schema.field import FieldType
from criteria.tree.nodes import (
    EVERYTHING,
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
    is_ordering,
)

_NUMBERS = frozenset({FieldType.INTEGER, FieldType.DECIMAL, FieldType.DOUBLE, FieldType.OBJECT_REF})
"""The types whose values are numbers in JSON."""

_OR_EQUAL: Mapping[OrderingOperator, OrderingOperator] = {
    Operator.GT: Operator.GTE,
    Operator.GTE: Operator.GTE,
    Operator.LT: Operator.LTE,
    Operator.LTE: Operator.LTE,
}
_NOT_EQUAL: Mapping[OrderingOperator, OrderingOperator] = {
    Operator.GT: Operator.GT,
    Operator.GTE: Operator.GT,
    Operator.LT: Operator.LT,
    Operator.LTE: Operator.LT,
}


def is_about_numbers(leaf: Comparison) -> bool:
    """Whether a comparison depends on how numbers were read."""
    return leaf.value is not None and leaf.field.field_type in _NUMBERS


def may_be_rounded(leaves: Iterable[Comparison]) -> bool:
    """Whether rounded numbers tell which rows are doubtful: all operands are doubles, and the numbers are members of
    the record itself."""
    return all(_has_doubles(leaf) for leaf in leaves if is_about_numbers(leaf))


def _has_doubles(leaf: Comparison) -> bool:
    return not (leaf.field.is_nested or leaf.field.is_list) and all(map(_is_double, _operands(leaf)))


def _is_double(operand: Any) -> bool:
    try:
        return bool(float(operand) == operand)
    except OverflowError:
        return False


def _operands(leaf: Comparison) -> Sequence[Any]:
    return leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)


def with_doubtful(normal: Expression) -> Expression:
    """An expression in normal form that is true of the doubtful rows, too."""
    match normal:
        case And(terms):
            return And(tuple(map(with_doubtful, terms)))
        case Or(terms):
            return Or(tuple(map(with_doubtful, terms)))
        case Not(Comparison(field, operator, value) as leaf) if is_about_numbers(leaf):
            return Not(Comparison(field, _NOT_EQUAL[operator], value)) if is_ordering(operator) else EVERYTHING
        case Comparison(field, operator, value) if is_about_numbers(normal):
            return Comparison(field, _OR_EQUAL[operator], value) if is_ordering(operator) else normal
        case Comparison() | AnyElement() | AnyReferred() | Not():
            return normal
        case _:
            assert_never(normal)


def doubtful_rows(leaves: Iterable[Comparison], attributes: Mapping[str, str]) -> tuple[str, Mapping[str, Any]]:
    """The condition that tells the doubtful ones among rows whose members are attributes of `row`, and the names in it.
    Rows with a list or an object count as doubtful: it does not look into them."""
    operands: dict[str, set[float]] = {}
    for leaf in filter(is_about_numbers, leaves):
        operands.setdefault(attributes[leaf.field.path[0]], set()).update(map(float, _operands(leaf)))
    tests = [
        f"((v := row.{one}).__class__ is float and v in n_{one} or v.__class__ is list or v.__class__ is dict)"
        for one in operands
    ]
    return " or ".join(tests), {f"n_{one}": frozenset(found) for one, found in operands.items()}
