"""The rows of CSV, block by block. A block without quotes is split at once; any other goes through Python's reader."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import NamedTuple, overload

from criteria.errors import Problem
from criteria.files.csv_dialect import CsvDialect
from criteria.files.faults import DataFault, FaultKind
from criteria.files.records import MAX_RECORD, TOO_LONG, Data, blocks, place

_MAX_CELL = 2**31 - 1
_MAX_ROWS = 1 << 12
"""Rows that are read one by one before they are passed on."""
_BYTES_A_LINE = 8
"""What a line takes besides its characters."""


class _AllBut(dict[str, bytes]):
    """All bytes but a delimiter and a line feed, by the delimiter."""

    def __missing__(self, delimiter: str) -> bytes:
        return bytes(byte for byte in range(256) if byte not in (ord(delimiter), ord("\n")))


_ALL_BUT = _AllBut()
_BROKEN = re.compile("[\udc80-\udcff]")
"""What bytes that are not UTF-8 become until the row is known in which they are."""


class EvenCells(Sequence[Sequence[str]]):
    """The cells of rows that all have the same number of cells, one after the other."""

    __slots__ = ("_cells", "width")

    def __init__(self, cells: list[str], width: int) -> None:
        self._cells, self.width = cells, width

    def column(self, at: int) -> list[str]:
        """The cells at a place of each row."""
        return self._cells[at :: self.width]

    def __len__(self) -> int:
        return len(self._cells) // self.width

    @overload
    def __getitem__(self, at: int) -> Sequence[str]: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Sequence[str]]: ...
    def __getitem__(self, at: int | slice) -> Sequence[str] | Sequence[Sequence[str]]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        at = range(len(self))[at]
        return self._cells[at * self.width : (at + 1) * self.width]


class Rows(NamedTuple):
    """Rows of CSV: the cells of each, its text without the last line end, and the number of its first line.

    With `are_cut`, all rows have as many cells as the header, and only the first of them are here, and the rest as one.
    """

    cells: Sequence[Sequence[str]]
    texts: list[str]
    lines: Sequence[int]
    are_cut: bool = False

    def after(self, count: int) -> Rows:
        """All but the first rows."""
        return Rows(self.cells[count:], self.texts[count:], self.lines[count:], self.are_cut)

    def first(self, count: int) -> Rows:
        """The first rows."""
        return Rows(self.cells[:count], self.texts[:count], self.lines[:count], self.are_cut)

    def column(self, at: int) -> Iterable[str]:
        """The cells at a place of each row, none of which is shorter."""
        return self.cells.column(at) if isinstance(self.cells, EvenCells) else map(itemgetter(at), self.cells)

    def only(self, indexes: Sequence[int]) -> Rows:
        """The rows at some indexes."""
        return Rows(
            [self.cells[at] for at in indexes],
            [self.texts[at] for at in indexes],
            [self.lines[at] for at in indexes],
            self.are_cut,
        )


class CsvRows:
    """Reads rows. A row that is not CSV, or not UTF-8, is given to `bad`. The next one begins in the next line.

    Until a header is read, `bad` raises.
    """

    def __init__(self, data: Data, dialect: CsvDialect) -> None:
        csv.field_size_limit(_MAX_CELL)
        self._data = data
        self.bad = _raise if dialect.has_header else data.bad
        self._delimiter = dialect.delimiter_of(data.name)
        self._blocks = blocks(data if dialect.is_utf_8 else _transcoded(data, dialect.encoding))
        self._skip = dialect.skip_lines
        self._is_broken = False
        self._needed = self._width = 0
        self._lines: list[str] = []
        self._number = 1
        """The number of the first of the lines."""
        self._given = 0
        """How many of the lines Python's reader has taken."""
        self._row = 0
        """The index of the line in which the row begins that is read."""
        self._unfinished = 0
        """About how many bytes of it are in further blocks."""

    def cut(self, needed: int, width: int) -> None:
        """Says that the first cells are enough of rows that have `width` cells."""
        self._needed, self._width = needed, width

    def __iter__(self) -> Iterator[Rows]:
        while (block := self._block()) is not None:
            texts = _split(block)
            if self._is_plain(block):
                found: tuple[Sequence[Sequence[str]], bool] | None = self._even_cells(block)
                if found is None:
                    bare = texts if "\r" not in block else [text.removesuffix("\r") for text in texts]
                    found = self._cells(bare)
            else:
                found = self._at_once(texts)
            if found is None:
                self._lines = texts
                yield from self._one_by_one()
            else:
                yield Rows(found[0], texts, range(self._number, self._number + len(texts)), found[1])
                self._number += len(texts)

    def _at_once(self, texts: list[str]) -> tuple[Sequence[Sequence[str]], bool] | None:
        """The cells of lines with quotes, if each line is a row; None if one may not be."""
        if self._is_broken:
            return None
        try:
            found = [*csv.reader(texts, delimiter=self._delimiter, strict=True)]
        except csv.Error:
            return None
        return ([cells or [""] for cells in found], False) if len(found) == len(texts) else None

    def _even_cells(self, block: str) -> tuple[EvenCells, bool] | None:
        """The cells of lines without quotes, if most of them are needed and each line has as many as the header."""
        delimiter, width = self._delimiter, self._width
        if not width or 3 * self._needed < 2 * width or not delimiter.isascii():
            return None
        bare = (block.replace("\r\n", "\n").removesuffix("\r") if "\r" in block else block).removesuffix("\n")
        ends = bare.encode().translate(None, _ALL_BUT[delimiter]) + b"\n"
        if ends != (delimiter.encode() * (width - 1) + b"\n") * ends.count(b"\n"):
            return None
        return EvenCells(bare.replace("\n", delimiter).split(delimiter), width), True

    def _cells(self, texts: list[str]) -> tuple[Sequence[Sequence[str]], bool]:
        """The cells of lines without quotes, and whether they are cut."""
        delimiter, needed = self._delimiter, self._needed
        if needed < self._width and {text.count(delimiter) for text in texts} == {self._width - 1}:
            return [text.split(delimiter, needed) for text in texts], True
        return [text.split(delimiter) for text in texts], False

    def _is_plain(self, block: str) -> bool:
        """Whether each line is a row, and what is between delimiters a cell."""
        if self._is_broken or '"' in block or "\0" in block:
            return False
        returns = block.count("\r")
        if not returns:
            return True
        return returns == block.count("\r\n") + (block.endswith("\r") and not block.endswith("\r\n"))

    def _block(self) -> str | None:
        """The next whole lines."""
        for block in self._blocks:
            try:
                text = block.decode("utf-8")
            except UnicodeDecodeError:
                text = block.decode("utf-8", "surrogateescape")
                self._is_broken = True
            while self._skip and text:
                _, end, text = text.partition("\n")
                self._skip -= bool(end)
                self._number += bool(end)
            if text:
                return text
        return None

    def _one_by_one(self) -> Iterator[Rows]:
        rows: list[list[str]] = []
        texts: list[str] = []
        lines: list[int] = []
        start = self._given = 0
        reader = self._reader()
        while start < len(self._lines):
            number, text, fault = self._number + start, "", None
            self._row, self._unfinished = start, 0
            try:
                cells = next(reader, [])
            except csv.Error as error:
                fault = self._not_csv(error, number)
                self._given = start + 1
                reader = self._reader()
            else:
                text = "\n".join(self._lines[start : self._given])
                fault = self._not_utf_8(text, number) if self._is_broken else None
            start = self._given
            if fault is None:
                rows.append(cells or [""])
                texts.append(text)
                lines.append(number)
            if rows and (fault is not None or len(rows) == _MAX_ROWS):
                yield Rows(rows, texts, lines)
                rows, texts, lines = [], [], []
                start = self._dropped(start)
            if fault is not None:
                self.bad(fault)
        self._number += len(self._lines)
        if rows:
            yield Rows(rows, texts, lines)

    def _dropped(self, start: int) -> int:
        """Drops the lines before an index, and returns its new value: rows may go on from block to block to the end."""
        self._number += start
        self._given -= start
        del self._lines[:start]
        return 0

    def _reader(self) -> Iterator[list[str]]:
        return csv.reader(self._feed(), delimiter=self._delimiter, strict=True)

    def _feed(self) -> Iterator[str]:
        """The lines from the next one on. A row may go on in the next block."""
        while True:
            while self._given < len(self._lines):
                self._given += 1
                yield self._lines[self._given - 1] + "\n"
            block = self._block()
            if block is None:
                return
            more = _split(block)
            self._unfinished += len(block) + _BYTES_A_LINE * len(more)
            if self._unfinished > MAX_RECORD:
                raise self._data.fault(Problem("too_long", TOO_LONG, line=self._number + self._row))
            self._lines += more

    def _not_csv(self, error: csv.Error, number: int) -> DataFault:
        """The fault of a row, in the words of its writer."""
        said, kind = str(error), None
        if "unexpected end" in said:
            reason = "This is not CSV: a cell begins with a quote, and no quote ends it."
        elif "expected after" in said:
            reason = (
                "This is not CSV: text follows the quote that ends a cell. Inside quotes, a quote is written twice."
            )
        elif "new-line character" in said:
            reason = "This is not CSV: a carriage return is inside a cell that is not in quotes."
            kind = FaultKind.CARRIAGE_RETURN
        else:
            reason = "This is not CSV."
        return self._data.fault(Problem("invalid_record", reason, line=number), kind=kind)

    def _not_utf_8(self, text: str, number: int) -> DataFault | None:
        found = _BROKEN.search(text)
        if found is None:
            return None
        line, column = place(text, found.start())
        problem = Problem("invalid_record", "The data are not UTF-8.", line=line + number - 1, column=column)
        shown = text.encode("utf-8", "surrogateescape")
        return self._data.fault(problem, text=shown, first_line=number, kind=FaultKind.CSV_NOT_UTF_8)


def _raise(fault: DataFault) -> None:
    raise fault


def _split(block: str) -> list[str]:
    lines = block.split("\n")
    if not lines[-1]:
        lines.pop()
    return lines


class _Transcoded:
    """A stream in another encoding as one of UTF-8. Raises `DataFault`."""

    def __init__(self, data: Data, encoding: str) -> None:
        self._data, self._encoding = data, encoding
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._line = 1
        self._is_at_end = False

    def read1(self, _: int = -1) -> bytes:
        text = ""
        while not text and not self._is_at_end:
            chunk = self._data.read()
            self._is_at_end = not chunk
            try:
                text = self._decoder.decode(chunk, final=self._is_at_end)
            except UnicodeError:
                message = f"The data are not {self._encoding}, in this line or one below it."
                raise self._data.fault(Problem("invalid_record", message, line=self._line)) from None
            self._line += text.count("\n")
        return text.encode("utf-8", "replace")


def _transcoded(data: Data, encoding: str) -> Data:
    return data._replace(stream=_Transcoded(data, encoding), before_waiting=lambda: None)  # type: ignore[arg-type]
