"""Letter case of words that are ASCII in their language: `lower` makes a k of U+212A, and `upper` an I of U+0131."""

from __future__ import annotations

_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_UPPER = {lower: upper for upper, lower in _LOWER.items()}


def ascii_lower(text: str) -> str:
    """The text with A to Z in lower case."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


def ascii_upper(text: str) -> str:
    """The text with a to z in upper case."""
    return text.upper() if text.isascii() else text.translate(_UPPER)
