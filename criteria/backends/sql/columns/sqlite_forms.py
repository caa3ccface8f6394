"""The forms of the values that SQLite's codecs rely on: SQLite itself lets every column hold every value."""

from __future__ import annotations

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.codec import Form
from criteria.backends.sql.dialect import Maker
from criteria.backends.sql.nodes import Node
from criteria.backends.sql.sqlite_json_text import is_day_text, is_decimal_text

_DIGIT = "[0-9]"
_DATE = "-".join(_DIGIT * size for size in (4, 2, 2))
_TIME = ":".join([_DIGIT * 2] * 3)
_GROUPS = (8, 4, 4, 4, 12)


def _is_a(make: Maker, *classes: str) -> Node:
    """Whether the storage class of a value is one of some."""
    return nodes.is_in(nodes.call("TYPEOF", make()), [nodes.text(one) for one in classes])


def _matches(make: Maker, *patterns: str) -> Node:
    return nodes.any_of([exp.Glob(this=make(), expression=nodes.text(pattern)) for pattern in patterns])


def _has_bytes(make: Maker, *sizes: int) -> Node:
    """How long a text is. LENGTH of the text itself would stop at U+0000."""
    size = nodes.call("LENGTH", nodes.cast(make(), exp.DType.BLOB))
    return nodes.is_in(size, [nodes.number(one) for one in sizes])


def _is_time(make: Maker) -> Node:
    """Whether the first 19 characters are a time that exists: DATETIME turns 30 February into 1 March."""

    def seconds() -> Node:
        return nodes.call("SUBSTR", make(), nodes.number(1), nodes.number(19))

    spaced = nodes.call("REPLACE", seconds(), nodes.text("T"), nodes.text(" "))
    is_same = nodes.equal(nodes.call("DATETIME", seconds(), nodes.text("+0 days")), spaced)
    return nodes.all_of([is_same, nodes.compare(exp.GTE, make(), nodes.text("0001-01-01"))])


def zoneless(precision: int) -> Form:
    """Instants in UTC as SQLAlchemy and Django write them, as fine as a field of a precision is."""
    seconds = f"{_DATE} {_TIME}"
    rest = "0" * (6 - precision)

    def holds(make: Maker) -> Node:
        patterns = _matches(make, seconds, f"{seconds}.{_DIGIT * precision}{rest}")
        return nodes.all_of([_is_a(make, "text"), _has_bytes(make, 19, 26), patterns, _is_time(make)])

    shown = "times as YYYY-MM-DD HH:MM:SS or YYYY-MM-DD HH:MM:SS.ffffff"
    if not rest:
        return Form(shown, holds, f"Query a view that converts them, {_IN_SIX_DIGITS}.")
    hint = f'Declare the field with "precision": 6 if the column holds microseconds. Or query a view, {_IN_SIX_DIGITS}.'
    return Form(f"{shown}, in whole milliseconds", holds, hint)


_IN_SIX_DIGITS = "with STRFTIME('%Y-%m-%d %H:%M:%f000', column) if they are times of another spelling"
"""What to do about `12:00:00.123`, `2026-06-01T12:00:00Z` and the like."""


def zoned(precision: int) -> Form:
    """Instants as Python's own driver writes a datetime in UTC, as fine as a field of a precision is."""
    seconds = f"{_DATE} {_TIME}"
    rest = "0" * (6 - precision)

    def holds(make: Maker) -> Node:
        patterns = _matches(make, f"{seconds}+00:00", f"{seconds}.{_DIGIT * precision}{rest}+00:00")
        return nodes.all_of([_is_a(make, "text"), _has_bytes(make, 25, 32), patterns, _is_time(make)])

    shown = "times as YYYY-MM-DD HH:MM:SS+00:00 or YYYY-MM-DD HH:MM:SS.ffffff+00:00"
    finer = ', and "precision": 6 if it holds microseconds' if rest else ""
    hint = f'If it holds UTC without an offset, add "timeZone": "UTC" to the field{finer}. Correct other values.'
    return Form(f"{shown}, in whole milliseconds" if rest else shown, holds, hint)


def _has_no_zero(make: Maker) -> Node:
    """Whether a text has no U+0000, at which LENGTH and other functions stop."""
    zero = nodes.call("INSTR", make(), nodes.call("CHAR", nodes.number(0)))
    return nodes.equal(zero, nodes.number(0))


def _is_json(make: Maker) -> Node:
    return nodes.equal(nodes.call("JSON_VALID", make()), nodes.number(1))


def _has_no_escaped_zero(make: Maker) -> Node:
    """Whether the strings of JSON have no U+0000. Pairs of backslashes are removed, so that the others begin an
    escape."""
    escapes = nodes.call("REPLACE", make(), nodes.text("\\\\"), nodes.text(""))
    zero = nodes.call("INSTR", escapes, nodes.text("\\u0000"))
    return nodes.equal(zero, nodes.number(0))


TEXT = Form("texts without U+0000", lambda make: nodes.all_of([_is_a(make, "text"), _has_no_zero(make)]))
INTEGER = Form("integers", lambda make: _is_a(make, "integer"))
DOUBLE = Form("doubles", lambda make: _is_a(make, "real"))
BOOLEAN = Form(
    "0 and 1",
    lambda make: nodes.all_of([_is_a(make, "integer"), nodes.is_in(make(), [nodes.number(0), nodes.number(1)])]),
)
DATE = Form("dates as YYYY-MM-DD", lambda make: nodes.all_of([_is_a(make, "text"), *is_day_text(make)]))
BINARY_GUID = Form("blobs of 16 bytes", lambda make: nodes.all_of([_is_a(make, "blob"), _has_bytes(make, 16)]))
DOCUMENT = Form("JSON without U+0000 in its strings", _has_no_escaped_zero, first=Form("JSON", _is_json))


def canonical_time(precision: int) -> Form:
    """The canonical form of a dateTime (docs/language.md#canonical-form)."""

    def holds(make: Maker) -> Node:
        pattern = _matches(make, f"{_DATE}T{_TIME}.{_DIGIT * precision}Z")
        return nodes.all_of([_is_a(make, "text"), _has_bytes(make, 21 + precision), pattern, _is_time(make)])

    return Form(f"times as YYYY-MM-DDTHH:MM:SS.{'f' * precision}Z", holds)


def canonical_decimal(precision: int, scale: int) -> Form:
    """The canonical form of a decimal (docs/language.md#canonical-form)."""
    return Form(
        f"canonical texts of decimals with {scale} digits after the point",
        lambda make: nodes.all_of([_is_a(make, "text"), *is_decimal_text(make, precision, scale)]),
    )


def number(precision: int, scale: int) -> Form:
    """Numbers that a decimal of at most 15 digits can be."""

    def holds(make: Maker) -> Node:
        is_rounded = nodes.equal(nodes.call("ROUND", make(), nodes.number(scale)), make())
        is_small = nodes.compare(exp.LT, nodes.call("ABS", make()), nodes.number(10 ** (precision - scale)))
        return nodes.all_of([_is_a(make, "integer", "real"), is_rounded, is_small])

    return Form(f"numbers of at most {precision} digits, at most {scale} of them after the point", holds)


def guid(hyphens: bool, upper: bool = True) -> Form:
    """Guids as text, in lower case; also in upper case if `upper`."""
    separator = "-" if hyphens else ""
    digits = ("[0-9a-f]", "[0-9A-F]") if upper else ("[0-9a-f]",)
    patterns = [separator.join(digit * size for size in _GROUPS) for digit in digits]
    size = 36 if hyphens else 32
    shown = f"guids of {size} characters, in lower case" + (" or in upper case" if upper else "")
    others = "with hyphens is a CHAR(36)" if not hyphens else "without hyphens is a CHAR(32)"
    in_upper = "" if upper else ", one in upper case a CHAR(36)"
    return Form(
        shown,
        lambda make: nodes.all_of([_is_a(make, "text"), _has_bytes(make, size), _matches(make, *patterns)]),
        hint=f"A column of guids {others}{in_upper}: create it so. Correct other values.",
    )
