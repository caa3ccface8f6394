"""A JSON array of objects. It is read whole; each element goes out with the text that it came in with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO, Literal

from criteria import Problem
from criteria.cli.json_values import JsonError, decode, kind, past_blanks
from criteria.cli.records import BOM, Data, Row, decoded, place
from criteria.cli.report import InputError

_BLANKS = b" \t\n\r"


class JsonArray:
    """A table that is a JSON array. The text of a row begins with the blanks in front of its element."""

    records: Literal["json"] = "json"

    def __init__(self, data: Data) -> None:
        self.data = data
        self.first_gap = b""

    def rows(self) -> Iterator[Row]:
        text = decoded(self.data, self.data.stream.read().removeprefix(BOM), "invalid_json")
        try:
            yield from self._elements(text)
        except JsonError as fault:
            raise self._rejected("invalid_json", fault.message, text, fault.position) from None

    def write(self, selected: Iterable[bytes], out: BinaryIO) -> None:
        elements = list(selected)  # a fault further on leaves no half of an array behind
        if elements:
            elements[0] = self.first_gap + elements[0].lstrip(_BLANKS)
        end = b"\n]\n" if elements and b"\n" in self.first_gap else b"]\n"
        out.write(b"[" + b",".join(elements) + end)

    def _elements(self, text: str) -> Iterator[Row]:
        start = past_blanks(text, 0)
        if not text.startswith("[", start):
            raise JsonError("JSON data are an array of records: [{...}, {...}].", start)
        end = start + 1
        start = past_blanks(text, end)
        self.first_gap = text[end:start].encode()
        more = not text.startswith("]", start)
        while more:
            start = past_blanks(text, end)
            record, after = decode(text, start)
            if not isinstance(record, dict):
                message = f"A record is a JSON object, and here stands {kind(record)}."
                raise self._rejected("invalid_record", message, text, start)
            yield record, text[end:after].encode()
            start = past_blanks(text, after)
            more = text.startswith(",", start)
            end = start + 1
        if not text.startswith("]", start):
            raise JsonError("Here stands neither a comma nor the end of the array.", start)
        if past_blanks(text, start + 1) != len(text):
            raise JsonError("The data go on behind the end of the array.", past_blanks(text, start + 1))

    def _rejected(self, code: str, message: str, text: str, position: int) -> InputError:
        line, column = place(text, position)
        hint = "For one JSON object a line, use --format ndjson." if text.lstrip()[:1] == "{" else None
        return self.data.reject(Problem(code, message, line=line, column=column, hint=hint), text=text.encode())
