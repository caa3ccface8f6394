"""Compiles normal form to the text of a filter.

The condition is TRUE exactly for the rows that match. A comparison may be NULL, which LanceDB rejects, and a negated
one is followed by `OR ... IS NULL`. LanceDB has no subqueries and no lambdas, so a condition on the elements of a list
is one on the whole list: whether it has one of some values, or its largest or smallest element.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from criteria.backends.folded_patterns import anchored
from criteria.backends.lancedb.literals import Node, call, column, literal, printed, text
from criteria.schema.field import Field, FieldType
from criteria.tree.nodes import (
    EVERYTHING,
    NOTHING,
    And,
    AnyElement,
    AnyReferred,
    Comparison,
    ExactTextOperator,
    Expression,
    Not,
    Operator,
    Or,
    OrderingOperator,
    assert_never,
)

_ORDERINGS: Mapping[OrderingOperator, type[exp.Binary]] = {
    Operator.GT: exp.GT,
    Operator.GTE: exp.GTE,
    Operator.LT: exp.LT,
    Operator.LTE: exp.LTE,
}

_EXTREMES: Mapping[OrderingOperator, str] = {
    Operator.GT: "array_max",
    Operator.GTE: "array_max",
    Operator.LT: "array_min",
    Operator.LTE: "array_min",
}
"""The element of a list that satisfies an ordering if any does."""

_PARTS: Mapping[ExactTextOperator, str] = {
    Operator.STARTS_WITH: "starts_with",
    Operator.ENDS_WITH: "ends_with",
    Operator.CONTAINS: "contains",
}

_ABOVE = frozenset({Operator.GT, Operator.GTE})
"""The operators that NaN would fulfil: it is sorted above all numbers."""


def compile_filter(normal: Expression) -> str:
    """The text of an expression in normal form, of comparisons that LanceDB can answer."""
    return printed(_condition(normal))


def _condition(normal: Expression) -> Node:
    match normal:
        case And(terms):
            return exp.Boolean(this=True) if normal == EVERYTHING else _joined(exp.And, terms)
        case Or(terms):
            return exp.Boolean(this=False) if normal == NOTHING else _joined(exp.Or, terms)
        case Not(Comparison() as leaf):
            return _negated(leaf)
        case Comparison():
            return _positive(normal)
        case AnyElement() | AnyReferred() | Not(AnyElement() | AnyReferred()):
            raise AssertionError(f"refused before: {normal!r}")
        case Not():
            raise AssertionError(f"not in normal form: {normal!r}")
        case _:
            assert_never(normal)


_CHAIN = 50
"""Terms in one chain of AND or OR, which sqlglot prints by recursion. Longer chains become balanced groups."""


def _joined(kind: type[exp.Connector], terms: Sequence[Expression]) -> Node:
    if len(terms) > _CHAIN:
        middle = len(terms) // 2
        return kind(
            this=exp.Paren(this=_joined(kind, terms[:middle])), expression=exp.Paren(this=_joined(kind, terms[middle:]))
        )
    joined = _in_parentheses(_condition(terms[0]))
    for term in terms[1:]:
        joined = kind(this=joined, expression=_in_parentheses(_condition(term)))
    return joined


def _in_parentheses(node: Node) -> Node:
    return exp.Paren(this=node) if isinstance(node, (exp.Connector, exp.Not)) else node


def _not(node: Node) -> Node:
    return exp.Not(this=exp.Paren(this=node))


def _is_null(node: Node) -> Node:
    return exp.Is(this=node, expression=exp.Null())


def _is_not_null(node: Node) -> Node:
    return exp.Is(this=node, expression=exp.Not(this=exp.Null()))


def _value(field: Field) -> Node:
    """What is NULL where a field is empty: its column, or of a list its largest element that is not null."""
    return call("array_max", column(field)) if field.is_list else column(field)


def _positive(leaf: Comparison) -> Node:
    if leaf.value is None:
        return _is_null(_value(leaf.field))
    if leaf.value == "" and leaf.operator in _PARTS:
        return _is_not_null(_value(leaf.field))
    return _compared(leaf)


def _negated(leaf: Comparison) -> Node:
    if leaf.value is None:
        return _is_not_null(_value(leaf.field))
    return exp.Or(this=_not(_positive(leaf)), expression=_is_null(_value(leaf.field)))


def _compared(leaf: Comparison) -> Node:
    """The comparison with an operand that is not null: NULL or FALSE where the field is empty."""
    field, value = leaf.field, leaf.value
    match leaf.operator:
        case Operator.EQ | Operator.IN:
            values = [literal(field, one) for one in (value if isinstance(value, tuple) else (value,))]  # type: ignore[arg-type]
            if field.is_list:
                return call("array_has_any", column(field), call("make_array", *values, *_other_zeros(leaf)))
            if len(values) == 1:
                return exp.EQ(this=column(field), expression=values[0])
            return exp.In(this=column(field), expressions=values)
        case Operator.GT | Operator.GTE | Operator.LT | Operator.LTE as operator:
            compared = call(_EXTREMES[operator], column(field)) if field.is_list else column(field)
            bound = literal(field, value)  # type: ignore[arg-type]
            ordered = _ORDERINGS[operator](this=compared, expression=bound)
            if field.field_type is FieldType.DOUBLE and operator in _ABOVE:
                return exp.And(this=ordered, expression=exp.LTE(this=column(field), expression=_infinity(field)))
            return ordered
        case Operator.STARTS_WITH | Operator.ENDS_WITH | Operator.CONTAINS as operator:
            return call(_PARTS[operator], column(field), text(str(value)))
        case Operator.IEQ | Operator.ISTARTS_WITH | Operator.IENDS_WITH | Operator.ICONTAINS as operator:
            return call("regexp_like", column(field), text(anchored(operator, str(value), "^", r"\z")))
        case Operator.NE | Operator.NIN:
            raise AssertionError(f"not in normal form: {leaf!r}")
        case _:
            assert_never(leaf.operator)


def _infinity(field: Field) -> Node:
    return literal(field, float("inf"))


def _other_zeros(leaf: Comparison) -> list[Node]:
    """Zero with the other sign, which is another element of a list."""
    values = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
    return [literal(leaf.field, -one) for one in values if isinstance(one, float) and one == 0]
