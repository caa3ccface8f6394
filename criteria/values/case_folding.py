"""Simple case folding (docs/language.md#case): which characters differ only in letter case.

The classes ship with the library (`folding_table`), so that neither Python's version of Unicode nor an engine's is a
part of the meaning.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache

from criteria.values.folding_table import LARGER, PAIRS

_SPECIAL = frozenset("\\^$.|?*+()[]{}")


@cache
def classes() -> Mapping[str, str]:
    """The class of each character that has others with the same folding: all of them, by code point."""
    pairs = [(code, code + distance) for first, last, step, distance in PAIRS for code in range(first, last + 1, step)]
    found = {}
    for codes in (*pairs, *LARGER):
        members = "".join(map(chr, codes))
        found.update(dict.fromkeys(members, members))
    return found


@cache
def _folding() -> Mapping[int, str]:
    """The character that stands for its class: in ASCII the small letter, else the first one that is not a capital."""
    return {
        ord(member): next((one for one in members if one.isascii() and one.islower()), members[0])
        for member, members in classes().items()
    }


def fold(text: str) -> str:
    """A text with one character for each class. Texts that differ only in letter case are folded to the same text."""
    return text.lower() if text.isascii() else text.translate(_folding())


def has_case(text: str) -> bool:
    """Whether another text has the same folding."""
    known = classes()
    return any(character in known for character in text)


@lru_cache(1024)
def caseless_pattern(text: str) -> str:
    """A regular expression of the texts with the same folding, without anchors.

    It is made of literal characters and of classes of them, which mean the same to every engine that matches by code
    point and knows the letter case that it is given. It needs no flags.
    """
    return "".join(map(_pattern, text))


def _pattern(character: str) -> str:
    members = classes().get(character)
    if members is not None:
        return f"[{members}]"
    return f"\\{character}" if character in _SPECIAL else character


@lru_cache(256)
def compiled_pattern(text: str) -> re.Pattern[str]:
    """The pattern of an operand for Python's own engine."""
    return re.compile(caseless_pattern(text))
