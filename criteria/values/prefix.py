"""Texts by their beginnings: what starts with a prefix lies between the prefix and its successor."""

from __future__ import annotations

LAST_CHARACTER = chr(0x10FFFF)
_SURROGATES = range(0xD800, 0xE000)


def successor(prefix: str) -> str | None:
    """The least text above every text that starts with a prefix, by code point; None when there is none."""
    kept = prefix.rstrip(LAST_CHARACTER)
    if not kept:
        return None
    following = ord(kept[-1]) + 1
    return kept[:-1] + chr(_SURROGATES.stop if following in _SURROGATES else following)
