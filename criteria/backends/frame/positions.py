"""The rows after a position in an order (docs/paging.md), in which NaN is an empty value.

Engines sort NaN below all numbers, above them, or last in both directions, and some do not tell it from null. So a
frame is sorted as Python sorts records, and NaN is where null is.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from criteria.errors import CriteriaError, Problem
from criteria.messages import quoted
from criteria.schema.field import Field, FieldType
from criteria.search.keyset import Position, segments
from criteria.search.order_by import SortKey
from criteria.search.search import Search
from criteria.tree.nodes import EVERYTHING, And, Comparison, Expression, Not, Operator, Or
from criteria.values.non_finite import is_nan, is_non_finite


def may_be_empty(field: Field) -> bool:
    """Whether a field may have no value in an order: a double that is not nullable may be NaN."""
    return field.nullable or field.is_nested or field.field_type is FieldType.DOUBLE


def beyond(search: Search) -> Expression:
    """The condition that a row comes after the position of a search, in the direction in which rows are fetched.

    Raises `CriteriaError` (`unsupported`) for a decimal that is NaN or infinite: columns of decimals have none.
    """
    position = search.position
    if position is None:
        return EVERYTHING
    for key, value in zip(search.fetched_keys, position, strict=True):
        if is_non_finite(value) and key.field.field_type is not FieldType.DOUBLE:
            message = f"Field {quoted(key.field.name)} is never NaN or infinite in a frame, and the cursor says so."
            hint = "Request the first page again, without a cursor."
            raise CriteriaError(Problem("unsupported", message, hint=hint, asked_fields=()))
    return _after(search.fetched_keys, tuple(None if is_nan(value) else value for value in position))


def _after(keys: Sequence[SortKey], position: Position) -> Expression:
    found = segments(keys, position, may_be_empty)
    return Or(tuple(And(tuple(map(_with_nan, (*one.fixed, one.limits)))) for one in found))


def _with_nan(one: Comparison) -> Expression:
    """A comparison with null that takes NaN for null: only numbers are at most infinity."""
    if one.value is not None or one.field.field_type is not FieldType.DOUBLE:
        return one
    is_number = Comparison(one.field, Operator.LTE, inf)
    return is_number if one.operator is Operator.NE else Not(is_number)
