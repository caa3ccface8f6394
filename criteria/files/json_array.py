"""A JSON array of objects, read in chunks. Each element keeps its text."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import Any, Literal

from criteria.errors import Problem
from criteria.files.faults import DataFault, FaultKind
from criteria.files.records import BOM, Batch, Data, place
from criteria.text.json_streaming import JsonError, decode, past_blanks
from criteria.text.json_streaming import kind as kind_of

_KEPT = 1 << 20
"""The number of consumed characters after which they are dropped."""

_CUT = 16
"""A fault this close to the end of a chunk may be due to the cut: no token except strings is longer."""


class JsonArray:
    """A table in a JSON array. The text of a row includes the white space before its element."""

    records: Literal["json"] = "json"

    def __init__(self, data: Data) -> None:
        self.data = data
        self.head = ""
        self._text = ""
        self._place = (1, 1)  # of the first character of the text
        self._counted = (0, 1)  # a position up to which lines were counted, and the line there
        self._is_whole = False
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._mark: str | None = BOM.decode()

    def batches(self) -> Iterator[Batch]:
        try:
            yield from self._elements()
        except JsonError as fault:
            raise self._fault("invalid_json", fault.message, fault.position) from None

    def _elements(self) -> Iterator[Batch]:
        start = self._past_blanks(0)
        if not self._text.startswith("[", start):
            raise JsonError("Expected an array of records: [{...}, {...}].", start)
        end = start + 1
        start = self._past_blanks(end)
        self.head = self._text[end:start]
        more = not self._text.startswith("]", start)
        while more:
            end = self._dropped(end)
            start = self._past_blanks(end)
            record, after = self._value(start)
            if isinstance(record, dict):
                yield Batch(self.data.name, [record], [self._text[end:after]], [self._line_of(end)])
            else:
                message = f"Expected a record as a JSON object, found {kind_of(record)}."
                self.data.bad(self._fault("invalid_record", message, start))
            start = self._past_blanks(after)
            more = self._text.startswith(",", start)
            end = start + 1
        if not self._text.startswith("]", start):
            raise JsonError("Expected a comma or the end of the array.", start)
        behind = self._past_blanks(start + 1)
        if behind != len(self._text):
            raise JsonError("Expected the end of the data after the array.", behind)

    def _past_blanks(self, start: int) -> int:
        """The position of the next character that is not white space, which is read if there is one."""
        at = past_blanks(self._text, start)
        while at == len(self._text) and not self._is_whole:
            self._more()
            at = past_blanks(self._text, at)
        return at

    def _value(self, start: int) -> tuple[Any, int]:
        while True:
            try:
                value, end = decode(self._text, start)
            except JsonError as fault:
                is_cut = fault.is_unclosed or fault.position >= len(self._text) - _CUT
                if self._is_whole or not is_cut:
                    raise
            else:
                if self._is_whole or end < len(self._text) or isinstance(value, (dict, list)):
                    return value, end  # a number at the end of a chunk may continue
            self._more(len(self._text) - start)

    def _more(self, count: int = 1) -> None:
        """Reads at least `count` more characters, so that a long element is not decoded again for every chunk."""
        pieces: list[str] = []
        while count > 0 and not self._is_whole:
            chunk = self.data.read()
            self._is_whole = not chunk
            try:
                piece = self._decoder.decode(chunk, final=self._is_whole)
            except UnicodeDecodeError as fault:
                self._text += "".join(pieces) + fault.object[: fault.start].decode("utf-8")
                raise self._fault("invalid_json", "The data are not UTF-8.", len(self._text)) from None
            if self._mark is not None and piece:
                piece, self._mark = piece.removeprefix(self._mark), None
            pieces.append(piece)
            count -= len(piece)
        self._text += "".join(pieces)

    def _dropped(self, start: int) -> int:
        """Drops the characters before `start` if there are many. Returns the new position of `start`."""
        if start < _KEPT:
            return start
        self._place = self._place_of(start)
        self._text = self._text[start:]
        self._counted = (0, self._place[0])
        return 0

    def _line_of(self, position: int) -> int:
        """The line of a position. Positions must not decrease from call to call."""
        before, line = self._counted
        self._counted = (position, line + self._text.count("\n", before, position))
        return self._counted[1]

    def _place_of(self, position: int) -> tuple[int, int]:
        line, column = place(self._text, position)
        return self._place[0] + line - 1, column + (self._place[1] - 1 if line == 1 else 0)

    def _fault(self, code: str, message: str, position: int) -> DataFault:
        line, column = self._place_of(position)
        is_lines = self._place == (1, 1) and self._text.lstrip()[:1] == "{"
        kind = FaultKind.LINES_INSTEAD_OF_ARRAY if is_lines else None
        problem = Problem(code, message, line=line, column=column)
        before = " " * min(self._place[1] - 1, _KEPT)
        text = b"" if self._place[1] > _KEPT else (before + self._text).encode("utf-8", "replace")
        return self.data.fault(problem, text=text, first_line=self._place[0], kind=kind)
