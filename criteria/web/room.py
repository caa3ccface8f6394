"""How much the rows of one page may hold. It is measured while they are read, so that the rest is never read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from criteria.errors import Problem
from criteria.web.entity import MAX_OBJECT_BYTES
from criteria.web.status import RequestError

Row = TypeVar("Row")

MAX_PAGE_BYTES = 16 << 20
"""Length of the text in all records on a page, in UTF-8, without the objects that replace references."""

MAX_RESOLVED_BYTES = 16 << 20
"""Length of all objects that replace references on a page, as JSON."""

RESOLVE_LESS = "Ask for fewer records, or resolve fewer fields."

BATCH = MAX_PAGE_BYTES // MAX_OBJECT_BYTES
"""Rows that are read before they are measured. As objects are bounded, so many have room."""


@dataclass(slots=True)
class Room:
    """The bytes of text that the rows of one request may still have, and the problem if they have more."""

    left: int
    problem: Problem

    def read(self, rows: Iterable[Row]) -> list[Row]:
        """The rows of a cursor that reads them as they are asked for: tuples, or mappings.

        Raises `RequestError` (`too_long`) as soon as they have more text than there is room for. At most `BATCH` rows
        are read beyond.
        """
        found: list[Row] = []
        unread = iter(rows)
        while batch := list(islice(unread, BATCH)):
            found += batch
            if len(batch) == len(found) < BATCH:
                break  # a short page
            self.left -= sum(map(_text_bytes, batch))
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


def _text_bytes(value: Any) -> int:
    """The bytes of all texts in a value. Numbers and instants are short."""
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode("utf-8", "surrogatepass"))
    if isinstance(value, (bytes, bytearray, memoryview)):
        return len(value)
    if isinstance(value, Mapping):
        return sum(map(_text_bytes, value.values()))
    return sum(map(_text_bytes, value)) if isinstance(value, (list, tuple)) else 0
