"""Fields of fewer digits than their column's type has: the next row may hold a value that the field does not."""

from __future__ import annotations

from collections.abc import Callable

from criteria.backends.sql.codec import Codec, Form
from criteria.backends.sql.columns import forms
from criteria.backends.sql.columns.column_types import ColumnType
from criteria.backends.sql.fit import Fit, Unfit
from criteria.backends.sql.nodes import Node
from criteria.schema.field import MAX_DIGITS, Field
from criteria.schema.schema import SYSTEM_PROPERTIES

MICROSECONDS = 6
"""The digits of a second in a dateTime of the highest precision, and in most engines' types of times."""

_DECLARE = 'Declare the field with "precision": 6.'
_DECLARE_SYSTEM = 'Write a schema without system properties, and declare the field there with "precision": 6.'


def instants(codec: Codec, field: Field, digits: int) -> Fit:
    """The codec of a column whose times have some digits of a second, if the field has as many."""
    held = field.precision or 3
    if digits <= held:
        return codec
    finer = "microseconds" if digits == MICROSECONDS else f"{digits} digits of a second"
    return Unfit(
        f"holds {finer}, and the field milliseconds", _DECLARE_SYSTEM if field in SYSTEM_PROPERTIES else _DECLARE
    )


def decimals(codec: Codec, field: Field, kind: ColumnType, is_nan: Callable[[Node], Node] | None = None) -> Fit:
    """The codec of a column of decimals, if the field has as many digits as the column's type says.

    The values of a type that says nothing, or more than a field can have, are looked at. `is_nan` is as in
    `forms.decimal`.
    """
    return _with_digits(codec, field, kind.sizes, forms.decimal(field, is_nan))


def whole_decimals(codec: Codec, field: Field, digits: int, number: Callable[[int], Node], is_signed: bool) -> Fit:
    """As `decimals`, for a column of integers that has some with more than 64 bits. `number` makes one of its type."""
    return _with_digits(codec, field, (digits, 0), forms.whole_decimal(field, number, is_signed))


def _with_digits(codec: Codec, field: Field, sizes: tuple[int, ...], form: Form) -> Fit:
    """The codec, with the form if values have to be looked at."""
    precision, scale = field.precision or 0, field.scale or 0
    if len(sizes) != 2:
        return codec._replace(form=form)
    digits, after = sizes
    before = digits - after
    if after <= scale and before <= precision - scale:
        return codec
    wanted = max(before, precision - scale), max(after, scale)
    if sum(wanted) > MAX_DIGITS:
        return codec._replace(form=form)
    held = f"{precision}, {scale} of them after the point" if scale else f"{precision}, none of them after the point"
    return Unfit(
        f"holds decimals of {digits} digits, {after} of them after the point, and the field of {held}",
        f'Declare the field with "precision": {sum(wanted)}, "scale": {wanted[1]}.',
    )
