"""NDJSON: one JSON object per line. The lines of a block are decoded together, or else line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from criteria.errors import Problem
from criteria.files.decoded_together import TextDecoder
from criteria.files.faults import DataFault, FaultKind
from criteria.files.records import Batch, Data, blocks, decoded
from criteria.text.json_streaming import JsonError, decode, past_blanks
from criteria.text.json_streaming import kind as kind_of

_BLANKS = " \t\r\n"


class Ndjson:
    """A table of NDJSON."""

    records: Literal["json"] = "json"
    head = ""

    def __init__(self, data: Data) -> None:
        self.data = data
        self._decoder = TextDecoder(data)
        self._line = 1

    def batches(self) -> Iterator[Batch]:
        for block in blocks(self.data, lambda: self._line):
            found = self._at_once(block, self._line)
            if found is None:
                yield from self._one_by_one(block, self._line)
                self._line += block.count(b"\n")
                continue
            batch, height = found
            if batch.records:
                yield batch
            self._line += height

    def _at_once(self, block: bytes, number: int) -> tuple[Batch, int] | None:
        """The records of a block, and how many lines it has; None where they have to be read one by one."""
        try:
            text = block.decode("utf-8")
        except UnicodeDecodeError:
            return None
        whole = text.removesuffix("\n").split("\n")
        members = self._decoder.partly(whole, text)
        if members is not None:
            lines: Sequence[int] = range(number, number + len(whole))
            return Batch(self.data.name, members[0], whole, lines, members[1]), len(whole)
        texts = [line for line in whole if line and line.strip(_BLANKS)]
        records = self._decoder.whole(texts, text)
        if records is None:
            return None
        lines = range(number, number + len(texts))
        if len(texts) < len(whole):
            lines = [at for at, line in enumerate(whole, number) if line and line.strip(_BLANKS)]
        return Batch(self.data.name, records, texts, lines), len(whole)

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
            raise self._fault(
                "invalid_json", message, line, number, past_blanks(text, end), FaultKind.SEVERAL_IN_A_LINE
            )
        if record.__class__ is not dict:
            message = f"Expected a record as a JSON object, found {kind_of(record)}."
            raise self._fault("invalid_record", message, line, number, start)
        return record, whole

    def _fault(
        self, code: str, message: str, line: bytes, number: int, position: int, kind: FaultKind | None = None
    ) -> DataFault:
        start = line.strip() if number == 1 else b""
        if start.startswith(b"[") or start == b"{":
            kind = FaultKind.ARRAY_INSTEAD_OF_LINES
        elif start and not start.startswith(b"{") and code == "invalid_json":
            kind = FaultKind.NOT_JSON
        problem = Problem(code, message, line=number, column=position + 1)
        return self.data.fault(problem, text=line, first_line=number, kind=kind)
