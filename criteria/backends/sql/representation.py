"""The three representations of a stored value, which decide how it is compared.

- `TEXT`: text that compares by code point: strings, and the canonical text of dates, dateTimes and guids (always inside
  JSON, in columns only where the engine has no better type);
- `DECIMAL_TEXT`: the canonical text of a decimal, ordered by sign, length and text;
- `NATIVE`: a value of an engine's type.
"""

from __future__ import annotations

from enum import Enum


class Representation(Enum):
    """How an engine stores a value."""

    TEXT = "text"
    DECIMAL_TEXT = "decimal text"
    NATIVE = "native"
