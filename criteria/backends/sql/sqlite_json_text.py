"""Canonical texts inside JSON on SQLite, which has no regular expressions: GLOB patterns, and functions on dates."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.dialect import Maker
from criteria.backends.sql.nodes import Node
from criteria.schema.field import Field, FieldType
from criteria.tree.nodes import assert_never

_DIGIT = "[0-9]"
_DAY_PATTERN = "-".join((_DIGIT * 4, _DIGIT * 2, _DIGIT * 2))
_TIME_PATTERN = "[0-2][0-9]:[0-5][0-9]:[0-5][0-9]"
_GUID_PATTERN = "-".join("[0-9a-f]" * digits for digits in (8, 4, 4, 4, 12))

_EXACT_DIGITS = 15
"""The significant digits that a binary64 keeps."""


def is_canonical_text(field: Field, value: Maker) -> Sequence[Node]:
    """Conditions that a text is a value of a field in canonical form (docs/language.md#inside-json)."""
    match field.field_type:
        case FieldType.DECIMAL:
            return is_decimal_text(value, field.precision or 0, field.scale or 0)
        case FieldType.DATE:
            return is_day_text(value)
        case FieldType.DATE_TIME:
            pattern = f"{_DAY_PATTERN}T{_TIME_PATTERN}.{_DIGIT * (field.precision or 3)}Z"
            hour = nodes.call("SUBSTR", value(), nodes.number(12), nodes.number(2))
            return [
                _matches(value, pattern),
                nodes.compare(exp.LT, hour, nodes.text("24")),
                *_is_day(lambda: nodes.call("SUBSTR", value(), nodes.number(1), nodes.number(10))),
            ]
        case FieldType.GUID:
            return [_matches(value, _GUID_PATTERN)]
        case FieldType.STRING | FieldType.INTEGER | FieldType.OBJECT_REF | FieldType.DOUBLE | FieldType.BOOLEAN:
            return []
        case _:
            assert_never(field.field_type)


def is_day_text(value: Maker) -> list[Node]:
    """Conditions that a text is a day of the calendar, YYYY-MM-DD."""
    return [_matches(value, _DAY_PATTERN), *_is_day(value)]


def number_text(value: Maker, scale: int) -> Node:
    """The canonical text of a number, rounded to 15 significant digits and to a scale."""
    number = nodes.compare(exp.Add, value(), exp.Literal.number("0.0"))
    if not scale:
        return nodes.call("PRINTF", nodes.text("%.0f"), number)
    size = nodes.call("ABS", value())
    whole_digits = nodes.when(
        nodes.compare(exp.GTE, size, nodes.number(1)),
        nodes.call("LENGTH", nodes.cast(size.copy(), exp.DType.BIGINT)),
        nodes.number(0),
    )
    kept = nodes.call(
        "MIN",
        nodes.number(scale),
        nodes.call("MAX", nodes.number(1), exp.Sub(this=nodes.number(_EXACT_DIGITS), expression=whole_digits)),
    )
    zeros = nodes.call(
        "SUBSTR",
        nodes.text("0" * scale),
        nodes.number(1),
        exp.Sub(this=nodes.number(scale), expression=kept.copy()),
    )
    is_small = nodes.compare(exp.LT, size.copy(), exp.Literal.number("0.1"))
    rounded = nodes.call("PRINTF", nodes.text("%.*f%s"), kept, number.copy(), zeros)
    return nodes.when(is_small, nodes.call("PRINTF", nodes.text(f"%.{scale}f"), number), rounded)


def _matches(value: Maker, pattern: str) -> Node:
    return exp.Glob(this=value(), expression=nodes.text(pattern))


def is_decimal_text(value: Maker, precision: int, scale: int) -> list[Node]:
    """Digits, exactly `scale` of them after a point, and perhaps a minus before them; no zero before other digits, and
    no minus before zero. A text without a minus has at most `precision` digits, or one more as its only digit before
    the point is 0."""
    firsts = (["[1-9]*"] if precision > scale else []) + ["0.*" if scale else "0"]
    starts = [_matches(value, f"{sign}{first}") for sign in ("", "-") for first in firsts]
    ends = [_matches(value, "*." + _DIGIT * scale)] if scale else []
    size = max(precision, scale + 1) + (1 if scale else 0)
    without_minus = nodes.call("LTRIM", value(), nodes.text("-"))
    zero = "0." + "0" * scale if scale else "0"
    return [
        nodes.any_of(starts),
        *ends,
        nodes.negated(_matches(value, "?*[^0-9.]*")),
        nodes.negated(_matches(value, "*.*.*" if scale else "*.*")),
        nodes.compare(exp.LTE, nodes.call("LENGTH", without_minus), nodes.number(size)),
        nodes.compare(exp.NEQ, value(), nodes.text(f"-{zero}")),
    ]


def _is_day(day: Maker) -> list[Node]:
    """Conditions that a text of the format YYYY-MM-DD is a day, which DATE returns unchanged.

    DATE turns 30 February into 1 March, in some versions only if it has a modifier such as '+0 days'. The format is
    tested first, because DATE also reads 'now', which an index on an expression may not contain.
    """
    first_day = nodes.compare(exp.GTE, day(), nodes.text("0001-01-01"))
    return [nodes.equal(nodes.call("DATE", day(), nodes.text("+0 days")), day()), first_day]
