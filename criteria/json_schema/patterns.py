"""Regular expressions for operands that are strings: what `values.coerce` accepts, as far as they can tell.

They mean the same in ECMA-262, with and without its `u` flag, and in Python's `re.search`, and use only what engines in
linear time have. One difference remains: in Python `$` also matches before a final line feed. Where that matters,
`NO_LINE_FEED` accompanies the pattern.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from criteria.values.day_pattern import DAY

NO_LINE_FEED: dict[str, Any] = {"type": "string", "pattern": "\\n"}
"""A schema for `not`."""

_CHARACTER = r"[^\u0000\ud800-\udfff]"
_PAIR = r"[\ud800-\udbff][\udc00-\udfff]"

TEXT = f"^{_CHARACTER}*(?:{_PAIR}{_CHARACTER}*)*$"
"""Any characters but U+0000 and lone surrogates. Without the `u` flag characters above U+FFFF are surrogate pairs."""

_SEGMENT = "[A-Za-z_][A-Za-z0-9_]*"


def field_name(max_segments: int) -> str:
    """A field's name: no dots and no leading $, or a path. `NOT_IN_NAMES` has the other rule."""
    character = r"[^.\ud800-\udfff]"
    first = r"(?:[^$.\ud800-\udfff]|" + _PAIR + ")"
    return f"^(?:{first}{character}*(?:{_PAIR}{character}*)*|{_SEGMENT}(?:\\.{_SEGMENT}){{1,{max_segments - 1}}})$"


def behind(path: str, max_segments: int) -> str:
    """The paths of at most so many segments behind another path."""
    return f"{literal_pattern(path)}(?:[.]{_SEGMENT}){{1,{max_segments}}}"


NOT_IN_NAMES = r"[\u0000-\u001f\u007f-\u009f]"
"""Characters that a field's name cannot have."""

_HEX = "[0-9a-fA-F]"
GUID = f"^(?:[uU][rR][nN]:[uU][uU][iI][dD]:)?{_HEX}{{8}}(?:-{_HEX}{{4}}){{3}}-{_HEX}{{12}}$"

DATE = f"^{DAY}$"
"""A day of the calendar."""

_HOUR = "(?:[01][0-9]|2[0-3])"


def date_time(precision: int) -> str:
    """An instant with at most `precision` digits of a second.

    An offset may still carry it out of the years 1 to 9999.
    """
    fraction = f"(?:\\.[0-9]{{1,{precision}}}0*)?"
    return f"^{DAY}[Tt]{_HOUR}:[0-5][0-9]:[0-5][0-9]{fraction}(?:[Zz]|[+-]{_HOUR}:[0-5][0-9])$"


def _from(least: str) -> list[str]:
    """Alternatives that match the numbers of as many digits as `least` has, from `least` on."""
    places = range(len(least))
    return [least, *(f"{least[:at]}[{int(least[at]) + 1}-9]{_digits(len(least) - at - 1)}" for at in places
                     if least[at] != "9")]  # fmt: skip


def _up_to(most: str) -> list[str]:
    """Alternatives that match the numbers of as many digits as `most` has, up to `most`."""
    places = range(len(most))
    return [most, *(f"{most[:at]}[{0 if at else 1}-{int(most[at]) - 1}]{_digits(len(most) - at - 1)}" for at in places
                    if int(most[at]) > (0 if at else 1))]  # fmt: skip


def _digits(count: int) -> str:
    return f"[0-9]{{{count}}}" if count else ""


_LONG = [*_from("9007199254740992"), "[1-9][0-9]{16,17}", *_up_to("9223372036854775807")]
INTEGER = f"^(?:-?(?:{'|'.join(_LONG)})|-9223372036854775808)$"
"""An integer from 2^53 to 2^63-1, or from -2^63 to -2^53, which may be a string."""


def decimal(precision: int, scale: int) -> str:
    """A number with limited digits before and after the point. With an exponent it may still have too many."""
    whole = precision - scale
    before = f"(?:0|[1-9][0-9]{{0,{whole - 1}}})" if whole else "0"
    after = f"(?:\\.[0-9]{{1,{scale}}}0*)?" if scale else "(?:\\.0+)?"
    return f"^-?(?:{before}{after}|(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?[eE][+-]?[0-9]+)$"


def one_of(texts: Sequence[str]) -> str:
    """A pattern of these texts and no others, valid with and without ECMA-262's `u` flag."""
    return f"^(?:{'|'.join(map(literal_pattern, texts))})$"


def literal_pattern(text: str) -> str:
    """A pattern of a literal text, valid with and without ECMA-262's `u` flag."""
    return re.sub(r"[\\^$.*+?()\[\]{}|/]", r"\\\g<0>", text)
