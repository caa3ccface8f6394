"""How names, values and types read in messages, and the hints that messages share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Set, Sized


def quoted(value: object, max_length: int | None = 60) -> str:
    """A value as JSON text, cut to `max_length` characters so that a message stays one line. Never raises.

    Unprintable characters are escaped. Of a long value only the beginning is read. `max_length` None cuts nothing.
    """
    text = ""
    try:
        for part in _json_parts(value, max_length):
            text += part
            if max_length is not None and len(text) > max_length:
                break  # lists that hold each other may unfold to any length
    except Exception:  # cycles, numbers of thousands of digits, and objects that raise when shown
        text = f"a value of class {type(value).__name__}"
    text = in_a_line(encodable(text))
    return text if max_length is None or len(text) <= max_length else text[: max_length - 3] + "..."


def _json_parts(value: object, max_length: int | None) -> Iterator[str]:
    """The JSON text of a value in parts. `max_length` bounds what is read of a long string."""
    from decimal import Decimal
    from json import dumps

    if isinstance(value, str):
        yield dumps(str.__getitem__(value, slice(max_length)), ensure_ascii=False)
    elif value is None or isinstance(value, (bool, int, float)):
        yield dumps(value)
    elif isinstance(value, Decimal):
        yield str(value)
    elif isinstance(value, dict):
        yield "{"
        for index, (key, item) in enumerate(value.items()):
            yield ", " if index else ""
            yield from _json_parts(key, max_length)
            yield ": "
            yield from _json_parts(item, max_length)
        yield "}"
    elif isinstance(value, (list, tuple)):
        yield "["
        for index, item in enumerate(value):
            yield ", " if index else ""
            yield from _json_parts(item, max_length)
        yield "]"
    elif max_length is not None and isinstance(value, Sized) and len(value) > max_length:
        yield f"a value of class {type(value).__name__}"
    else:
        yield dumps(repr(value), ensure_ascii=False)


def in_a_line(text: str) -> str:
    """A text for display. Unprintable characters are escaped as in JSON, so that it stays the same if it is JSON.

    What a stranger wrote may hold line feeds, terminal sequences, and characters that reverse what follows them.
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def in_lines(text: str) -> str:
    """A text of several lines for display, escaped as `in_a_line` does."""
    return "\n".join(map(in_a_line, text.split("\n")))


_PASSWORD = re.compile("(://[^/:@]*):[^/]*@")


def shown_name(name: str) -> str:
    """The name or the address of a file for display, without the password of an address. It is escaped as pointers are:
    a name may hold line feeds, terminal sequences and bytes that are not UTF-8, which Python has as lone surrogates."""
    return in_a_line(encodable(_PASSWORD.sub(r"\1@", name)))


def shown_type(found: object, max_length: int = 100) -> str:
    """The type of a column for display, in the words of its engine, cut to `max_length` characters: the labels of an
    `enum` and the members of a struct may be thousands."""
    text = str(found)
    return in_a_line(encodable(text if len(text) <= max_length else text[: max_length - 3] + "..."))


def shown_text(found: object, max_length: int = 100) -> str:
    """What a stranger wrote, or what another program says of it, for display: in one line, cut to `max_length`
    characters."""
    return shown_type(" ".join(str(found).split()), max_length)


def encodable(text: str) -> str:
    """The text with an escape for each lone surrogate, which UTF-8 cannot hold."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def is_encodable(text: str) -> bool:
    """Whether UTF-8 can encode the text. It cannot encode a lone surrogate."""
    return text.isascii() or encodable(text) == text


MAX_HINTS = 10
"""Hints of one input that are looked for (`Hints`)."""


class Hints:
    """Counts the hints that are looked for in one input, because looking takes time: for the nearest name, or for what
    a text of another language means. All problems of an input share the count. Where an input has one problem at most,
    the count is made where it is needed: `Hints()`."""

    def __init__(self) -> None:
        self._left = MAX_HINTS

    @property
    def are_left(self) -> bool:
        """Whether one more hint may be looked for."""
        return self._left > 0

    def take(self) -> bool:
        """Whether one more hint is to be looked for: True for the first `MAX_HINTS` calls."""
        self._left -= 1
        return self._left >= 0

    def spent(self, hint: str) -> str:
        """A hint that was found, which counts as one of them."""
        self._left -= 1
        return hint


Hint = str | Callable[[Hints], str | None] | None
"""A hint, or what looks for it once the count of the input is at hand."""


_MAX_WORD_LENGTH = 100
_MAX_COMPARED = 24
"""The number of known names that are compared letter by letter with a misspelt one: those that share the most pairs of
letters."""
_MAX_LETTERS = 100_000
"""The letters of all known names whose pairs are counted for a hint. Of more names, only one that differs in case is
near."""
_MAX_NAMED = 20
"""Known names in a hint."""


def install_hint(extra: str) -> str:
    """The hint for a package that is not installed: the extra to install."""
    return f'Install it with: pip install "criteria-engine[{extra}]"'


def nearest(word: str, known: Iterable[str], hints: Hints) -> str | None:
    """The hint `Did you mean "name"?` for a misspelt name, or None when no known name is near, or when `hints`, the
    count of the input, has none left."""
    return _nearest(word, known) if hints.take() else None


def _nearest(word: str, known: Iterable[str]) -> str | None:
    from difflib import get_close_matches
    from heapq import nlargest

    if len(word) > _MAX_WORD_LENGTH:
        return None
    by_folded = {name.casefold(): name for name in known}
    folded = word.casefold()
    names: Iterable[str] = by_folded
    if folded in by_folded:
        names = [folded]
    elif len(by_folded) > _MAX_COMPARED:
        if sum(map(len, by_folded)) > _MAX_LETTERS:
            return None
        pairs = _pairs(folded)
        shared = {name: _shared(pairs, _pairs(name)) for name in by_folded}
        names = nlargest(_MAX_COMPARED, shared, key=shared.__getitem__)
    close = get_close_matches(folded, names, n=1, cutoff=0.6)
    found = by_folded[close[0]] if close else word
    if found == word:
        return None
    is_cut_alike = quoted(found) == quoted(word)  # cut to a line, both may read the same
    return f"Did you mean {quoted(found, None) if is_cut_alike else quoted(found)}?"


def nearest_or_all(name: object, known: Iterable[str], noun: str, hints: Hints) -> str | None:
    """The hint for an unknown name: the nearest known name, or all known names. `noun` is a plural such as "keys".

    None when `hints`, the count of the input, has none left. Then `known` is not read.
    """
    if not hints.take():
        return None
    names = tuple(known)
    if not names:
        return f"There are no {noun}."
    others = " and others" if len(names) > _MAX_NAMED else ""
    near = _nearest(name, names) if isinstance(name, str) else None
    return near or f"The {noun} are {', '.join(map(quoted, names[:_MAX_NAMED]))}{others}."


def _pairs(folded: str) -> set[str | tuple[str, str]]:
    """The letters of a word, and each pair of neighbouring letters, with a blank before and after the word."""
    found: set[str | tuple[str, str]] = set(folded)
    found.update(zip(f" {folded}", f"{folded} ", strict=True))
    return found


def _shared(pairs: Set[object], others: Set[object]) -> float:
    """How many of the letters and pairs of two words are in both, as a part of all of them."""
    return len(pairs & others) / (len(pairs) + len(others))
