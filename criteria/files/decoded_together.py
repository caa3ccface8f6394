"""Decodes many texts of JSON objects at once. This is faster than one by one, and stores each key that they share once.

With msgspec each text is decoded by itself, and only the members that are needed. Without it the texts are decoded as
elements of one array, with a random number between them: if every second decoded element is that number, each text was
exactly one value.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from typing import Any

from criteria.files.partial_json import PartialDecoder, partial_decoder
from criteria.files.records import Data
from criteria.schema.field import FieldType
from criteria.schema.schema import Schema
from criteria.text.json_streaming import has_long_numbers, scan, scan_exactly

_MIN_TEXT = 1 << 20
"""Characters that are decoded as a whole before msgspec is imported: importing it takes longer than they do."""

_MAX_TRIES = 20
"""Blocks that are decoded partly, and in vain, before the others are decoded as a whole at once."""


_TEXT_A_DOUBLE = 100
"""Characters that are searched for long numbers in the time in which one number is checked when it is decoded."""


def _has_decimals(schema: Schema) -> bool:
    return any(field.field_type is FieldType.DECIMAL for field in schema.fields) or any(
        _has_decimals(objects.element) for objects in schema.object_lists
    )


class TextDecoder:
    """Decodes the records of data in blocks."""

    def __init__(self, data: Data) -> None:
        self._is_exact = data.schema is not None and _has_decimals(data.schema)
        self._between = int.from_bytes(os.urandom(8), "big") >> 2 | 1 << 61
        self._separator = f",{self._between},"
        self._members = None if self._is_exact else data.members
        self._attributes = data.attributes
        self._partly: PartialDecoder | None = None
        self._to_attributes: PartialDecoder | None = None
        self._are_doubles_rare = True
        self._seen = 0
        self._tries = _MAX_TRIES

    def partly(self, texts: Sequence[str], block: str) -> tuple[list[Any], Callable[[str], Any] | None] | None:
        """The needed members of the objects that the texts are, which are in this block; and if they are attributes,
        what reads a text again (`Batch.reread`). None where a text is something else, or may be, for the first texts if
        they are short, and without msgspec."""
        if self._members is not None:
            self._seen += len(block)
            if self._seen >= _MIN_TEXT:
                self._make_decoders(self._members)
                self._members = None
        if self._partly is None:
            return None
        try:
            if self._to_attributes is None or self._attributes is None or not self._attributes.are_allowed():
                return self._decoded(self._partly, texts, block), None
            if self._attributes.are_rounded:
                return [*map(self._to_attributes.quickly, texts)], self._to_attributes.precisely
            return self._decoded(self._to_attributes, texts, block), self._to_attributes.precisely
        except Exception:  # blank lines, bad ones, and good ones that msgspec does not take
            self._tries -= 1
            if not self._tries:
                self._partly = None
            return None

    def _decoded(self, decoder: PartialDecoder, texts: Sequence[str], block: str) -> list[Any]:
        if not self._are_doubles_rare and not has_long_numbers(block):
            return [*map(decoder.quickly, texts)]
        before = decoder.doubles.count
        records = [*map(decoder.exactly, texts)]
        self._are_doubles_rare = (decoder.doubles.count - before) * _TEXT_A_DOUBLE < len(block)
        return records

    def _make_decoders(self, members: Collection[tuple[str, ...]]) -> None:
        self._partly = partial_decoder(members)
        if self._attributes is not None:
            self._to_attributes = partial_decoder(members, self._attributes.names)

    def whole(self, texts: Sequence[str], block: str) -> list[dict[str, Any]] | None:
        """The objects that the texts are, which are in this block; None where a text is something else, or may be."""
        decoded_at_once = scan_exactly if self._is_exact or has_long_numbers(block) else scan
        joined = f"[{self._separator.join(texts)}]"
        try:
            values, end = decoded_at_once(joined, 0)
        except (ValueError, ArithmeticError, StopIteration, RecursionError):
            return None
        count = max(2 * len(texts) - 1, 0)
        if end != len(joined) or len(values) != count or values[1::2].count(self._between) != count // 2:
            return None
        records: list[dict[str, Any]] = values[::2]
        return records if {*map(type, records)} <= {dict} else None
