"""The documents after a position in an order (docs/paging.md), where MongoDB sorts NaN.

MongoDB sorts NaN above null and below all numbers, but compares it with no number: only `$eq` finds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf, nan

from criteria.search.keyset import Position, segments
from criteria.search.order_by import SortKey
from criteria.tree.nodes import And, Comparison, Expression, Operator, Or
from criteria.values.non_finite import is_nan, non_finite


def after(keys: Sequence[SortKey], position: Position) -> Expression:
    """The condition that a document comes after a position. Each range is a term of the OR, as indexes are read."""
    return Or(tuple(And((*one.fixed, limits)) for one in segments(keys, position) for limits in _with_nan(one.limits)))


def _with_nan(limits: Comparison) -> Iterator[Comparison]:
    """The ranges that a range of an order is for MongoDB's operators."""
    field, operator = limits.field, limits.operator
    if operator is Operator.GT and is_nan(limits.value):
        yield Comparison(field, Operator.GTE, non_finite(field, -inf))
    elif operator is not Operator.LT:
        yield limits
    elif not is_nan(limits.value):
        yield limits
        own_nan = non_finite(field, nan)
        if own_nan is not None:
            yield Comparison(field, Operator.EQ, own_nan)
