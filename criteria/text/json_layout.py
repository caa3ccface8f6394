"""Formats JSON: values that fit are written on one line, all others are indented by two spaces.

Members keep their order and numbers their digits. Strings are written with as few escapes as possible, but invisible
characters are always escaped, so that none hides in a query.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from criteria.errors import CriteriaError, Problem
from criteria.limits import Limits
from criteria.text.json_decoders import decoder_of_texts
from criteria.text.json_decoding import decode, read_text

_INDENT = "  "


class _Number(str):
    """The text of a number."""

    __slots__ = ()


_DECODER = decoder_of_texts(_Number)

FORMATTED_TOO_LONG = Problem(
    "too_long",
    "Formatted, the criteria would be longer than criteria may be.",
    hint="The file is left as it is. Its line breaks and indents would make it too long.",
)


def lay_out_json(source: str | bytes, line_length: int, most: int | None = None) -> str:
    """The formatted text, with a line feed at its end. Raises `CriteriaError` for text that is not JSON, for duplicate
    keys, and with `most` for a formatted text of more characters."""
    text = read_text(source)
    _, repeated = decode(text)
    if repeated:
        raise CriteriaError(*repeated)
    value = _DECODER.decode(text)
    _check_depth(value, Limits().nesting)
    layout = _Layout(line_length, most)
    layout.write(value, 0, 0, 0)
    return "".join(layout.pieces) + "\n"


def _check_depth(value: Any, most: int) -> None:
    level = [value]
    for _ in range(most):
        level = [item for one in level if isinstance(one, (dict, list)) for _, item in _parts(one)[1]]
        if not level:
            return
    if any(isinstance(one, (dict, list)) for one in level):
        raise CriteriaError(Problem("too_deep", f"Objects and lists are nested more than {most} levels deep."))


class _Layout:
    """The formatted text of a value, in pieces: each is written once, however deep it is nested."""

    def __init__(self, line_length: int, most: int | None) -> None:
        self.pieces: list[str] = []
        self._line_length, self._most, self._written = line_length, most, 0

    def write(self, value: Any, level: int, before: int, behind: int) -> None:
        """Writes a value, whose first and last line share their lines with so many other characters beside the
        indent."""
        room = None
        if isinstance(value, (dict, list)) and value:
            room = self._line_length - len(_INDENT) * level - before - behind
        flat = _flat(value, room)
        if flat is not None:
            self._put(flat)
            return
        opening, items, closing = _parts(value)
        self._put(opening)
        indent = "\n" + _INDENT * (level + 1)
        for index, (key, item) in enumerate(items, 1):
            comma = "," if index < len(value) else ""
            self._put(indent + key)
            self.write(item, level + 1, len(key), len(comma))
            self._put(comma)
        self._put("\n" + _INDENT * level + closing)

    def _put(self, piece: str) -> None:
        self._written += len(piece)
        if self._most is not None and self._written > self._most:
            raise CriteriaError(FORMATTED_TOO_LONG)
        self.pieces.append(piece)


def _parts(value: dict[str, Any] | list[Any]) -> tuple[str, Iterator[tuple[str, Any]], str]:
    """The brackets of an object or list, and the parts between them: keys with their colons, and values."""
    if isinstance(value, dict):
        return "{", ((f"{json_string(key)}: ", item) for key, item in value.items()), "}"
    return "[", (("", item) for item in value), "]"


def _flat(value: Any, room: int | None) -> str | None:
    """The value on one line; None if it does not fit."""
    if isinstance(value, _Number):
        text: str | None = str(value)
    elif isinstance(value, str):
        text = None if room is not None and len(value) > room else json_string(value)
    elif isinstance(value, (dict, list)):
        text = _flat_items(value, room)
    else:
        text = json.dumps(value)
    return None if text is None or (room is not None and len(text) > room) else text


def _flat_items(value: dict[str, Any] | list[Any], room: int | None) -> str | None:
    opening, items, closing = _parts(value)
    written = opening
    for index, (key, item) in enumerate(items):
        written += f", {key}" if index else key
        flat = _flat(item, None if room is None else room - len(written) - 1)
        if flat is None:
            return None
        written += flat
    return written + closing


def json_string(text: str) -> str:
    """A string as JSON. It escapes only what JSON requires and what is invisible."""
    plain = json.dumps(text, ensure_ascii=False)
    if plain.isprintable():
        return plain
    return "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in plain)
