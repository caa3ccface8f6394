"""NDJSON: one JSON object per line.

The lines of a block are decoded together, as elements of one array: this is faster than one by one, and stores each key
that they share once. A random number is put between the lines. If every second decoded element is that number, each
line was exactly one value. Otherwise the block is decoded line by line.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from criteria.errors import Problem
from criteria.files.faults import DataFault, FaultKind
from criteria.files.partial_json import partial_decoder
from criteria.files.records import Batch, Data, blocks, decoded
from criteria.schema.field import FieldType
from criteria.text.json_streaming import JsonError, decode, has_long_numbers, past_blanks, scan, scan_exactly
from criteria.text.json_streaming import kind as kind_of

_BLANKS = " \t\r\n"

_MAX_TRIES = 20
"""Blocks that are decoded partly, and in vain, before the others are decoded as a whole at once."""


class Ndjson:
    """A table of NDJSON."""

    records: Literal["json"] = "json"
    head = ""

    def __init__(self, data: Data) -> None:
        self.data = data
        self._between = int.from_bytes(os.urandom(8), "big") >> 2 | 1 << 61
        fields = data.schema.fields if data.schema is not None else ()
        self._is_exact = any(field.field_type is FieldType.DECIMAL for field in fields)
        self._separator = f",{self._between},"
        is_partial = data.members is not None and not self._is_exact
        self._decoded_partly = partial_decoder(data.members or ()) if is_partial else None
        self._tries = _MAX_TRIES

    def batches(self) -> Iterator[Batch]:
        number = 1
        for block in blocks(self.data):
            batch = self._at_once(block, number)
            if batch is None:
                yield from self._one_by_one(block, number)
            elif batch.records:
                yield batch
            number += block.count(b"\n")

    def _at_once(self, block: bytes, number: int) -> Batch | None:
        try:
            text = block.decode("utf-8")
            whole = text.removesuffix("\n").split("\n")
            if self._decoded_partly is not None:
                records = self._partly(whole)
                if records is not None:
                    return Batch(self.data.name, records, whole, range(number, number + len(whole)))
            texts = [line for line in whole if line and line.strip(_BLANKS)]
            decoded_at_once = scan_exactly if self._is_exact or has_long_numbers(text) else scan
            joined = f"[{self._separator.join(texts)}]"
            values, end = decoded_at_once(joined, 0)
        except (ValueError, ArithmeticError, StopIteration, RecursionError):
            return None
        count = max(2 * len(texts) - 1, 0)
        if end != len(joined) or len(values) != count or values[1::2].count(self._between) != count // 2:
            return None
        records = values[::2]
        if not {*map(type, records)} <= {dict}:
            return None
        lines: Sequence[int] = range(number, number + len(texts))
        if len(texts) < len(whole):
            lines = [at for at, line in enumerate(whole, number) if line and line.strip(_BLANKS)]
        return Batch(self.data.name, records, texts, lines)

    def _partly(self, lines: list[str]) -> list[Any] | None:
        """The needed members of the objects that lines are; None where a line is something else, or may be."""
        assert self._decoded_partly is not None
        try:
            return [*map(self._decoded_partly, lines)]
        except Exception:  # blank lines, bad ones, and good ones that msgspec does not take
            self._tries -= 1
            if not self._tries:
                self._decoded_partly = None
            return None

    def _one_by_one(self, block: bytes, number: int) -> Iterator[Batch]:
        for at, line in enumerate(block.split(b"\n"), number):
            try:
                found = self._record(line, at)
            except DataFault as fault:
                self.data.bad(fault)
                continue
            if found is not None:
                yield Batch(self.data.name, [found[0]], [found[1]], [at])

    def _record(self, line: bytes, number: int) -> tuple[dict[str, Any], str] | None:
        whole = decoded(self.data, line, "invalid_json", number)
        text = whole.rstrip(_BLANKS)
        start = past_blanks(text, 0)
        if start == len(text):
            return None
        try:
            record, end = decode(text, start)
        except JsonError as fault:
            raise self._fault("invalid_json", fault.message, line, number, fault.position) from None
        if end != len(text):
            message = "Expected one JSON object in a line, found more."
            raise self._fault("invalid_json", message, line, number, past_blanks(text, end))
        if record.__class__ is not dict:
            message = f"Expected a record as a JSON object, found {kind_of(record)}."
            raise self._fault("invalid_record", message, line, number, start)
        return record, whole

    def _fault(self, code: str, message: str, line: bytes, number: int, position: int) -> DataFault:
        is_array = number == 1 and line.lstrip().startswith(b"[")
        kind = FaultKind.ARRAY_INSTEAD_OF_LINES if is_array else None
        problem = Problem(code, message, line=number, column=position + 1)
        return self.data.fault(problem, text=line, first_line=number, kind=kind)
