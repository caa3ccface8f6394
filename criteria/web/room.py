"""How much the rows of one page may hold. It is measured while they are read, so that the rest is never read."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from json.encoder import encode_basestring
from typing import Any, TypeVar

from criteria.errors import Problem
from criteria.web.entity import MAX_OBJECT_BYTES
from criteria.web.status import RequestError

Row = TypeVar("Row")

MAX_PAGE_BYTES = 16 << 20
"""Length of the text in all records on a page, as in JSON and in UTF-8, without the objects that replace references.
Each value inside a list or an object counts as `VALUE_BYTES` more."""

VALUE_BYTES = 64
"""What a value inside a list or an object takes beside its text, in memory and in time. Two characters may be one."""

MAX_RESOLVED_BYTES = 16 << 20
"""Length of all objects that replace references on a page, as JSON."""

RESOLVE_LESS = "Ask for fewer records, or resolve fewer fields."

BATCH = MAX_PAGE_BYTES // MAX_OBJECT_BYTES
"""Rows that are read before they are measured. As objects are bounded, so many have room."""


@dataclass(slots=True)
class Room:
    """The bytes that the rows of one request may still have, and the problem if they have more."""

    left: int
    problem: Problem

    def read(self, rows: Iterable[Row], json_columns: Collection[int] = ()) -> list[Row]:
        """The rows of a cursor that reads them as they are asked for: tuples, or mappings.

        `json_columns` are the places of the columns that the driver reads as the text of JSON.
        Raises `RequestError` (`too_long`) as soon as they have more than there is room for. At most `BATCH` rows are
        read beyond.
        """
        found: list[Row] = []
        unread = iter(rows)
        while batch := list(islice(unread, BATCH)):
            found += batch
            if len(batch) == len(found) < BATCH:
                break  # a short page
            self.left -= sum(map(_row_bytes, batch)) + _json_bytes(batch, json_columns)
            self.left += sum(map(_escapes, _texts(batch, json_columns)))  # they are JSON already
            if self.left < 0:
                raise RequestError(self.problem)
        return found


def page_room() -> Room:
    """The room for the records of a page."""
    message = f"The page would have records of more than {MAX_PAGE_BYTES} bytes."
    return Room(MAX_PAGE_BYTES, Problem("too_long", message, "/limit", hint="Ask for fewer records, with limit."))


def resolved_room() -> Room:
    """The room for the objects that replace the references of a page."""
    return Room(MAX_RESOLVED_BYTES, too_much_resolved())


def too_much_resolved() -> Problem:
    """The problem of a page whose resolved objects are too long."""
    message = f"The page would have resolved objects of more than {MAX_RESOLVED_BYTES} bytes."
    return Problem("too_long", message, "/resolve", hint=RESOLVE_LESS)


def _row_bytes(row: Any) -> int:
    """The bytes of the columns of a row. Numbers and instants are short."""
    return sum(map(_bytes, row.values() if isinstance(row, Mapping) else row))


def _bytes(value: Any) -> int:
    """The bytes of all texts in a value, and those of the values inside lists and objects, however short they are."""
    if isinstance(value, str):
        length = len(value) if value.isascii() else len(value.encode("utf-8", "surrogatepass"))
        return length + _escapes(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return len(value)
    if isinstance(value, Mapping):
        return VALUE_BYTES * len(value) + sum(map(_bytes, value.values()))
    return VALUE_BYTES * len(value) + sum(map(_bytes, value)) if isinstance(value, (list, tuple)) else 0


def _escapes(value: Any) -> int:
    """The characters that JSON has more than a text: a quote takes two, and most control characters six."""
    return len(encode_basestring(value)) - len(value) - len('""') if isinstance(value, str) else 0


_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
"""A string that is not closed goes to the end of the text: text that is not JSON is looked through once, too."""


def _json_bytes(rows: Iterable[Any], columns: Collection[int]) -> int:
    """The bytes of the values inside the JSON of some columns, which is text, beside their text."""
    return VALUE_BYTES * sum(map(_inner_values, _texts(rows, columns)))


def _texts(rows: Iterable[Any], columns: Collection[int]) -> list[str]:
    return [row[at] for row in rows for at in columns if isinstance(row[at], str)]


def _inner_values(text: str) -> int:
    """About how many values the lists and objects of JSON text have: commas outside strings are between them."""
    return (_STRING.sub("", text) if '"' in text else text).count(",") + 1 if len(text) > len("[]") else 0
