"""The forms of values that several engines verify where a column's type holds more than its field."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.codec import Form
from criteria.backends.sql.dialect import Maker
from criteria.backends.sql.nodes import Node
from criteria.schema.field import MAX_DIGITS, Field
from criteria.values.coerce import MAX_INT64, MIN_INT64

Matches = Callable[[Maker, str], Node]
"""Whether a text matches a regular expression as a whole, and letter case matters."""

_GROUPS = (8, 4, 4, 4, 12)


def guid_text(matches: Matches, *, hyphens: bool) -> Form:
    """Guids as text, in lower case or in upper case."""
    separator = "-" if hyphens else ""
    spelled = [separator.join(f"[{digits}]{{{size}}}" for size in _GROUPS) for digits in ("0-9a-f", "0-9A-F")]
    return Form(
        f"guids of {36 if hyphens else 32} characters, in lower case or in upper case",
        lambda make: matches(make, f"({'|'.join(spelled)})"),
    )


def decimal(field: Field, is_nan: Callable[[Node], Node] | None = None) -> Form:
    """Decimals with the digits of a field. `is_nan`: NaN is let through, which fulfils no comparison."""
    precision, scale = field.precision or 0, field.scale or 0

    def holds(make: Maker) -> Node:
        is_rounded = nodes.equal(nodes.call("ROUND", make(), nodes.number(scale)), make())
        most = exp.Literal.number(f"1{'0' * (precision - scale)}")
        fits = nodes.all_of([is_rounded, nodes.compare(exp.LT, nodes.call("ABS", make()), most)])
        return fits if is_nan is None else nodes.any_of([is_nan(make()), fits])

    return Form(
        f"decimals of at most {precision} digits, {scale} of them after the point",
        holds,
        hint="Declare the field with the digits that the column holds, or query a view that rounds them.",
    )


def whole(number: Callable[[int], Node], digits: int, is_signed: bool) -> Form:
    """Integers of 64 bits, in a column whose type has more of them. `digits`: those of a decimal that holds it."""
    return Form(
        "whole numbers of 64 bits",
        lambda make: _is_between(make, number, MIN_INT64 if is_signed else None, MAX_INT64),
        hint=f'Declare the field as "decimal", with "precision": {digits}, "scale": 0, or correct such values.',
    )


def whole_decimal(field: Field, number: Callable[[int], Node], is_signed: bool) -> Form:
    """Integers that a decimal field holds, in a column whose type has more of them."""
    digits, scale = field.precision or 0, field.scale or 0
    most = 10 ** (digits - scale) - 1
    return Form(
        f"whole numbers of at most {digits - scale} digits",
        lambda make: _is_between(make, number, -most if is_signed else None, most),
        hint=_MORE_DIGITS if digits - scale == MAX_DIGITS else _DECLARE_DIGITS,
    )


_DECLARE_DIGITS = f'Declare the field with "precision": {MAX_DIGITS}, "scale": 0, or correct such values.'
_MORE_DIGITS = "No number has more digits: declare a string, and query a view that casts it: CAST(column AS TEXT)."


def _is_between(make: Maker, number: Callable[[int], Node], least: int | None, most: int) -> Node:
    if least is None:
        return nodes.compare(exp.LTE, make(), number(most))
    return exp.Between(this=make(), low=number(least), high=number(most))


def day(first: Node, last: Node) -> Form:
    """The days of a calendar of four digits: engines have infinite days, and days before the year 1."""
    return Form(
        "dates from 0001-01-01 to 9999-12-31",
        lambda make: exp.Between(this=make(), low=first.copy(), high=last.copy()),
    )


def instant(first: Node, end: Node) -> Form:
    """Instants of the years 1 to 9999."""

    def holds(make: Maker) -> Node:
        return nodes.all_of([nodes.compare(exp.GTE, make(), first.copy()), nodes.compare(exp.LT, make(), end.copy())])

    return Form("times of the years 1 to 9999", holds)
