"""A prefix as a range: the strings that start with it are those from the prefix up to its successor."""

from __future__ import annotations

LAST_CHARACTER = chr(0x10FFFF)
_SURROGATES = range(0xD800, 0xE000)


def successor(prefix: str) -> str | None:
    """The least string, by code point, above all that start with a prefix. None when no string is above them."""
    kept = prefix.rstrip(LAST_CHARACTER)
    if not kept:
        return None
    following = ord(kept[-1]) + 1
    return kept[:-1] + chr(_SURROGATES.stop if following in _SURROGATES else following)
