"""NDJSON: one JSON object a line. Lines go out as they came in, as soon as they are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO, Literal

from criteria import Problem
from criteria.cli.json_values import JsonError, decode, kind, past_blanks
from criteria.cli.records import Data, Row, decoded, ended, lines
from criteria.cli.report import InputError


class Ndjson:
    """A table of NDJSON."""

    records: Literal["json"] = "json"

    def __init__(self, data: Data) -> None:
        self.data = data

    def rows(self) -> Iterator[Row]:
        for number, line in enumerate(lines(self.data), 1):
            text = decoded(self.data, line, "invalid_json", number).rstrip(" \t\n\r")
            start = past_blanks(text, 0)
            if start == len(text):
                continue
            try:
                record, end = decode(text, start)
            except JsonError as fault:
                raise self._rejected("invalid_json", fault.message, line, number, fault.position) from None
            if end != len(text):
                message = "A line holds one JSON object, and here stands more."
                raise self._rejected("invalid_json", message, line, number, past_blanks(text, end))
            if record.__class__ is not dict:
                message = f"A record is a JSON object, and here stands {kind(record)}."
                raise self._rejected("invalid_record", message, line, number, start)
            yield record, ended(line)

    def write(self, selected: Iterable[bytes], out: BinaryIO) -> None:
        out.writelines(selected)

    def _rejected(self, code: str, message: str, line: bytes, number: int, position: int) -> InputError:
        is_array = number == 1 and line.lstrip().startswith(b"[")
        hint = "For one JSON array of records, use --format json." if is_array else None
        problem = Problem(code, message, line=number, column=position + 1, hint=hint)
        return self.data.reject(problem, text=line, first_line=number)
