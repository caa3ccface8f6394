"""Writes rows with the text that they were read with, one class for each row format."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import BinaryIO, NamedTuple, Protocol

from criteria.errors import Problem
from criteria.files.csv_dialect import CsvDialect
from criteria.files.faults import DataFault, FaultKind
from criteria.files.formats import Format

_IN_MEMORY = 1 << 23


class RowWriter(Protocol):
    """Writes rows to a stream."""

    def begin(self, head: str, name: str) -> None:
        """Starts the next file, with the text before its rows. Raises `DataFault`."""

    def add(self, texts: Sequence[str], name: str) -> None:
        """Adds rows of a file by their texts."""

    def end(self) -> None:
        """Writes the buffered rows."""

    def close(self) -> None:
        """Discards the buffer."""


class NdjsonWriter:
    """NDJSON."""

    def __init__(self, out: BinaryIO, are_elements: bool) -> None:
        self.out, self.are_elements = out, are_elements

    def begin(self, head: str, name: str) -> None:
        pass

    def add(self, texts: Sequence[str], name: str) -> None:
        if self.are_elements:  # line ends in JSON are white space between tokens
            texts = ["".join(line.strip(" \t\r") for line in text.split("\n")) for text in texts]
        if texts:
            self.out.write(("\n".join(texts) + "\n").encode("utf-8"))

    def end(self) -> None:
        pass

    def close(self) -> None:
        pass


class _Cells(NamedTuple):
    """How the rows of a file are written: what is between their cells, and the place of each cell that is written, -1
    for one that the file lacks (None: all cells, as they are)."""

    delimiter: str
    order: list[int] | None


class CsvWriter:
    """CSV: the header of the first file, and the rows of all, with their cells in the order of that header.

    Texts stay as they are where they can. `delimiter` is what to write between cells; None is what the first file has.
    `header` has the columns to write if the files need not have the same ones. Rows of an ordered output come from all
    files in turn.
    """

    def __init__(
        self, out: BinaryIO, dialect: CsvDialect, delimiter: str | None, header: Sequence[str] | None = None
    ) -> None:
        self.out, self.dialect, self.delimiter = out, dialect, delimiter
        self._header, self._is_union, self._has_begun = [*(header or ())], header is not None, False
        self._files: dict[str, _Cells] = {}

    def begin(self, head: str, name: str) -> None:
        found = self.dialect.delimiter_of(name)
        self.delimiter = self.delimiter or found
        cells = _cells(head, found)
        if not self._has_begun:
            self._has_begun = True
            self._header = self._header if self._is_union else cells
            self._write_header(head if cells == self._header else None, found)
        if cells == self._header:
            order = None
        elif self._is_union:
            order = [cells.index(cell) if cell in cells else -1 for cell in self._header]
        elif sorted(cells) != sorted(self._header) or len({*cells}) != len(cells):
            message = "The columns are not those of the first file."
            raise DataFault(name, Problem("invalid_record", message, line=1), kind=FaultKind.COLUMNS_DIFFER)
        else:
            order = [cells.index(cell) for cell in self._header]
        self._files[name] = _Cells(found, order)

    def _write_header(self, head: str | None, found: str) -> None:
        """Writes the header: the text of the first file's if that is it. There is none if the data have none."""
        if head is None or (head and found != self.delimiter):
            head = self._row(self._header)
        if head:
            self.out.write(head.encode("utf-8") + b"\n")

    def add(self, texts: Sequence[str], name: str) -> None:
        found = self._files[name]
        if found.order is not None or found.delimiter != self.delimiter:
            texts = [self._written(text, found) for text in texts]
        if texts:
            self.out.write(("\n".join(texts) + "\n").encode("utf-8"))

    def _written(self, text: str, found: _Cells) -> str:
        cells = _cells(text, found.delimiter)
        return self._row(cells if found.order is None else ["" if at < 0 else cells[at] for at in found.order])

    def _row(self, cells: Sequence[str]) -> str:
        line = io.StringIO()
        csv.writer(line, delimiter=self.delimiter or ",", lineterminator="").writerow(cells)
        return line.getvalue()

    def end(self) -> None:
        pass

    def close(self) -> None:
        pass


def _cells(text: str, delimiter: str) -> list[str]:
    return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [""])


class JsonArrayWriter:
    """A JSON array. Buffered, on disk if it is long, so that a fault in a later record leaves no partial output."""

    def __init__(self, out: BinaryIO, are_elements: bool) -> None:
        from tempfile import SpooledTemporaryFile  # it loads the modules of two compressions, and NDJSON needs none

        self.out, self.are_elements = out, are_elements
        self.head: str | None = None if are_elements else "\n"
        self.held = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  # closed by `close`
        self.is_empty = True

    def begin(self, head: str, name: str) -> None:
        if self.head is None:
            self.head = head

    def add(self, texts: Sequence[str], name: str) -> None:
        for text in texts:
            if self.is_empty:
                self.held.write(((self.head or "") + text.lstrip(" \t\r\n")).encode("utf-8"))
            else:
                self.held.write((f",{text}" if self.are_elements else f",\n{text.strip()}").encode("utf-8"))
            self.is_empty = False

    def end(self) -> None:
        from shutil import copyfileobj

        self.out.write(b"[")
        self.held.seek(0)
        copyfileobj(self.held, self.out)
        self.out.write(b"\n]\n" if not self.is_empty and "\n" in (self.head or "") else b"]\n")

    def close(self) -> None:
        self.held.close()


TEXTS: Mapping[Format, frozenset[Format]] = {
    Format.NDJSON: frozenset({Format.NDJSON, Format.JSON}),
    Format.JSON: frozenset({Format.NDJSON, Format.JSON}),
    Format.CSV: frozenset({Format.CSV}),
}
"""The formats in which the texts of records are written as they came in."""


def row_writer(
    source: Format,
    target: Format,
    out: BinaryIO,
    dialect: CsvDialect,
    delimiter: str | None,
    header: Sequence[str] | None = None,
) -> RowWriter | None:
    """The writer that copies the rows of one format to another; None if they must be converted. `header` has the
    columns of united files of CSV."""
    are_elements = source is Format.JSON
    if target is Format.NDJSON and source is not Format.CSV:
        return NdjsonWriter(out, are_elements)
    if target is Format.JSON and source is not Format.CSV:
        return JsonArrayWriter(out, are_elements)
    return CsvWriter(out, dialect, delimiter, header) if source is target else None
