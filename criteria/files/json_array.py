"""A JSON array of objects, read in chunks. Each element keeps its text.

Elements that are separated as the ones before were are decoded together: the text is cut wherever an object seems to
end and the next one to begin. If each piece is one object, these are the elements. Otherwise (strings and inner lists
may look the same) they are decoded one by one.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Generator, Iterator, Sequence
from itertools import accumulate
from typing import Any, Literal

from criteria.errors import Problem
from criteria.files.decoded_together import TextDecoder
from criteria.files.faults import DataFault, FaultKind
from criteria.files.records import BOM, MAX_RECORD, TOO_LONG, Batch, Data, place
from criteria.messages import Hints, nearest_or_all, quoted
from criteria.text.json_streaming import JsonError, decode, past_blanks
from criteria.text.json_streaming import kind as kind_of

_KEPT = 1 << 16
"""The number of consumed characters after which they are dropped."""

_SHOWN = 1 << 20
"""A fault this far behind the start of its line is told without its text."""

_CUT = 16
"""A fault this close to the end of a chunk may be due to the cut: no token except strings is longer."""


_MAX_TRIES = 20
"""Pieces of the text that are decoded together, and in vain, before the rest is decoded element by element."""

_MAX_NAMES = 1000
"""Names of an object among which a missing one is looked for."""

_SEPARATOR = re.compile(r"([ \t\n\r]*),([ \t\n\r]*)(?=\{)")
"""What is between two objects."""

_ARRAY = "Expected an array of records: [{...}, {...}]."


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
        self._together = TextDecoder(data)
        self._tries = _MAX_TRIES
        self._separator: re.Match[str] | None = None
        self._one_by_one_until = 0  # a position up to which elements cannot be decoded together
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._mark: str | None = BOM.decode()

    def batches(self) -> Iterator[Batch]:
        try:
            yield from self._elements()
        except JsonError as fault:
            raise self._fault("invalid_json", fault.message, fault.position) from None

    def _elements(self) -> Iterator[Batch]:
        start = self._past_blanks(0)
        if self.data.at is not None:
            after = yield from self._inside(start, self.data.at)
        elif self._text.startswith("{", start):
            after = yield from self._single(start)
        elif self._text.startswith("[", start):
            after = yield from self._records(start, "]")
        else:
            raise JsonError(_ARRAY, start)
        behind = self._past_blanks(after)
        if behind != len(self._text):
            raise JsonError("Expected the end of the data after the array.", behind)

    def _single(self, start: int) -> Generator[Batch, None, int]:
        """The record of data that are one object. Gives the position after it, as the methods below do."""
        record, after = self._value(start)
        if self._past_blanks(after) != len(self._text):
            raise JsonError(_ARRAY, start)
        yield Batch(self.data.name, [record], [self._text[start:after]], [self._line_of(start)])
        return after

    def _inside(self, start: int, path: Sequence[str]) -> Generator[Batch, None, int]:
        """The records at a path of names: the elements of an array, or the values of an object."""
        if not path:
            closing = {"[": "]", "{": "}"}.get(self._text[start : start + 1])
            if closing is None:
                raise JsonError("Expected an array of records, or an object whose values are records.", start)
            return (yield from self._records(start, closing))
        if not self._text.startswith("{", start):
            raise JsonError(f"Expected an object with {quoted(path[0])}.", start)
        names: list[str] = []
        has_found = False
        start = self._past_blanks(start + 1)
        more = not self._text.startswith("}", start)
        while more:
            name, start = self._name(start)
            names += [name] if len(names) < _MAX_NAMES else []
            if name == path[0] and not has_found:
                has_found = True
                after = yield from self._inside(start, path[1:])
            else:
                after = self._value(start)[1]
            start = self._past_blanks(after)
            more = self._text.startswith(",", start)
            start = self._past_blanks(start + 1) if more else start
        if not self._text.startswith("}", start):
            raise JsonError("Expected a comma or the end of the object.", start)
        if not has_found:
            hint = nearest_or_all(path[0], names, "names in it", Hints())
            raise self._fault("invalid_json", f"This object has no {quoted(path[0])}.", start, hint=hint)
        return start + 1

    def _records(self, start: int, closing: str) -> Generator[Batch, None, int]:
        """The elements of an array, or with `}` the values of an object."""
        end = start + 1
        start = self._past_blanks(end)
        self.head = self._text[end:start] if closing == "]" else "\n"
        more = not self._text.startswith(closing, start)
        while more:
            end = self._dropped(end)
            batch = self._several(end) if closing == "]" else None
            if batch is not None:
                yield batch[0]
                end = self._dropped(batch[1])
            start = self._past_blanks(end)
            name = ""
            if closing == "}":
                name, start = self._name(start)
                end = start
            record, after = self._value(start)
            if isinstance(record, dict):
                yield Batch(self.data.name, [record], [self._text[end:after]], [self._line_of(end)])
            else:
                where = f" in {quoted(name)}" if closing == "}" else ""
                message = f"Expected a record as a JSON object{where}, found {kind_of(record)}."
                self.data.bad(self._fault("invalid_record", message, start))
            self._separator = _SEPARATOR.match(self._text, after)
            start = self._past_blanks(after)
            more = self._text.startswith(",", start)
            end = start + 1
        if not self._text.startswith(closing, start):
            what = "array" if closing == "]" else "object"
            raise JsonError(f"Expected a comma or the end of the {what}.", start)
        return start + 1

    def _several(self, start: int) -> tuple[Batch, int] | None:
        """The elements from a position behind a comma on that have been read, but for the last one, and the position
        behind the next comma. None if they have to be decoded one by one."""
        if self._separator is None or start < self._one_by_one_until or not self._tries:
            return None
        before, after = self._separator.groups()
        between = f"}}{self._separator[0]}{{"
        end = self._text.rfind(between, start) + 1
        block = self._text[start:end] if end else ""
        if not block or "\0" in block:  # JSON has no such character, which is put between the texts
            return None
        texts = block.replace(between, f"}}\0{after}{{").split("\0")
        partly = self._together.partly(texts, block)
        records, reread = partly or (self._together.whole(texts, block), None)
        if records is None:
            self._tries -= 1
            self._one_by_one_until = end
            return None
        line = self._line_of(start)
        lines = [line] * len(texts)
        if "\n" in block:
            ends = before.count("\n")
            lines = [*accumulate((one.count("\n") + ends for one in texts[:-1]), initial=line)]
        return Batch(self.data.name, records, texts, lines, reread), end + len(before) + 1

    def _name(self, start: int) -> tuple[str, int]:
        """The name of a member of an object, and the position of its value."""
        if not self._text.startswith('"', start):
            raise JsonError("Expected the name of a member.", start)
        name, after = self._value(start)
        colon = self._past_blanks(after)
        if not self._text.startswith(":", colon):
            raise JsonError("Expected a colon.", colon)
        return name, self._past_blanks(colon + 1)

    def _past_blanks(self, start: int) -> int:
        """The position of the next character that is not white space, which is read if there is one."""
        at = past_blanks(self._text, start)
        while at == len(self._text) and not self._is_whole:
            if at - start > MAX_RECORD:
                raise self._fault("too_long", TOO_LONG, start)
            self._more(max(1, at - start))
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
            if len(self._text) - start > MAX_RECORD:
                raise self._fault("too_long", TOO_LONG, start)
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
                where, kind = len(self._text), FaultKind.NOT_UTF_8
                raise self._fault("invalid_json", "The data are not UTF-8.", where, kind) from None
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
        self._one_by_one_until -= start
        return 0

    def _line_of(self, position: int) -> int:
        """The line of a position. Positions must not decrease from call to call."""
        before, line = self._counted
        self._counted = (position, line + self._text.count("\n", before, position))
        return self._counted[1]

    def _place_of(self, position: int) -> tuple[int, int]:
        line, column = place(self._text, position)
        return self._place[0] + line - 1, column + (self._place[1] - 1 if line == 1 else 0)

    def _fault(
        self, code: str, message: str, position: int, kind: FaultKind | None = None, hint: str | None = None
    ) -> DataFault:
        line, column = self._place_of(position)
        if kind is None and self.data.at is None and self._place == (1, 1) and self._text.lstrip()[:1] == "{":
            kind = FaultKind.LINES_INSTEAD_OF_ARRAY
        problem = Problem(code, message, line=line, column=column, hint=hint)
        indent, text = self._place[1] - 1, self._text

        def shown() -> bytes:
            return b"" if indent >= _SHOWN else (" " * indent + text).encode("utf-8", "replace")

        return self.data.fault(problem, text=shown, first_line=self._place[0], kind=kind)
