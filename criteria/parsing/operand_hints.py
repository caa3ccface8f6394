"""What to write instead of an operand of an ordering that is not of the field's type."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from criteria.messages import quoted
from criteria.schema.field import Field, FieldType
from criteria.tree.nodes import Operator, OrderingOperator
from criteria.values.coerce import MAX_INT64, MIN_INT64, day_of, is_number


def ordering_hint(field: Field, operator: OrderingOperator, operand: object) -> str | None:
    """The hint for an operand that was refused; None when there is none for orderings alone."""
    if field.field_type is FieldType.STRING and is_number(operand):
        order = 'Strings compare by code point: "9" is greater than "10".'
        return f'{order} If the values are numbers, declare the field as one. As a string, write "{quoted(operand)}".'
    if field.field_type is FieldType.INTEGER and isinstance(operand, (float, Decimal)):
        return _nearest_integer(field, operator, operand)
    day = day_of(operand) if field.field_type is FieldType.DATE_TIME else None
    return None if day is None else _instants(field, operator, day)


_ROUND: Mapping[OrderingOperator, Callable[[float | Decimal], int]] = {
    Operator.GT: math.floor,
    Operator.GTE: math.ceil,
    Operator.LT: math.ceil,
    Operator.LTE: math.floor,
}
"""Of integers, `> 1.5` is `> 1`, and `>= 1.5` is `>= 2`."""

_AT_ITS_END: Mapping[OrderingOperator, tuple[Operator, str] | None] = {
    Operator.GT: (Operator.GTE, "begin after the day"),
    Operator.GTE: None,
    Operator.LT: None,
    Operator.LTE: (Operator.LT, "include the day"),
}
"""The operator that compares with the end of a day where that may be meant, and what it does."""


def _nearest_integer(field: Field, operator: OrderingOperator, operand: float | Decimal) -> str | None:
    if not math.isfinite(operand) or not MIN_INT64 < operand < MAX_INT64:
        return None
    return f"Write {quoted({field.name: {operator.value: _ROUND[operator](operand)}}, None)}."


def _instants(field: Field, operator: OrderingOperator, day: date) -> str:
    """The instants that a day may mean: its first one, or that of the next day."""
    start = quoted({field.name: {operator.value: f"{day}T00:00:00Z"}}, None)
    at_its_end = _AT_ITS_END[operator]
    if at_its_end is None or day == date.max:
        return f"Write {start} for the start of the day in UTC."
    other, meaning = at_its_end
    end = quoted({field.name: {other.value: f"{day + timedelta(1)}T00:00:00Z"}}, None)
    return f"To {meaning} in UTC, write {end}. For its first instant, write {start}."
