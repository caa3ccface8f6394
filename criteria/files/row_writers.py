"""Writes rows with the text that they were read with, one class for each row format."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Mapping
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Protocol

from criteria.errors import Problem
from criteria.files.csv_dialect import CsvDialect
from criteria.files.faults import DataFault
from criteria.files.formats import Format

_IN_MEMORY = 1 << 23


class RowWriter(Protocol):
    """Writes rows to a stream."""

    def begin(self, head: str, name: str) -> None:
        """Starts the next file, with the text before its rows. Raises `DataFault`."""

    def add(self, texts: list[str]) -> None:
        """Adds rows by their texts."""

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

    def add(self, texts: list[str]) -> None:
        if self.are_elements:  # line ends in JSON are white space between tokens
            texts = ["".join(line.strip(" \t\r") for line in text.split("\n")) for text in texts]
        if texts:
            self.out.write(("\n".join(texts) + "\n").encode("utf-8"))

    def end(self) -> None:
        pass

    def close(self) -> None:
        pass


class CsvWriter:
    """CSV: the header of the first file, and the rows of all, with their cells in the order of that header.

    Texts stay as they are where they can. `delimiter` is what to write between cells; None is what the first file has.
    """

    def __init__(self, out: BinaryIO, dialect: CsvDialect, delimiter: str | None) -> None:
        self.out, self.dialect = out, dialect
        self.head: str | None = None
        self.delimiter = delimiter
        self._header: list[str] = []
        self._order: list[int] | None = None
        self._found = ","

    def begin(self, head: str, name: str) -> None:
        self._found, self._order = self.dialect.delimiter_of(name), None
        self.delimiter = self.delimiter or self._found
        cells = _cells(head, self._found)
        if self.head is None:
            self.head, self._header = head, cells
            if head:
                self.out.write((self._written(head) if self._found != self.delimiter else head).encode("utf-8") + b"\n")
        elif cells == self._header:
            self._order = None
        elif sorted(cells) != sorted(self._header) or len({*cells}) != len(cells):
            message = "The columns are not those of the first file."
            raise DataFault(name, Problem("invalid_record", message, line=1))
        else:
            self._order = [cells.index(cell) for cell in self._header]

    def add(self, texts: list[str]) -> None:
        if self._order is not None or self._found != self.delimiter:
            texts = [*map(self._written, texts)]
        if texts:
            self.out.write(("\n".join(texts) + "\n").encode("utf-8"))

    def _written(self, text: str) -> str:
        cells = _cells(text, self._found)
        line = io.StringIO()
        writer = csv.writer(line, delimiter=self.delimiter or self._found, lineterminator="")
        writer.writerow(cells if self._order is None else [cells[at] for at in self._order])
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
        self.out, self.are_elements = out, are_elements
        self.head: str | None = None if are_elements else "\n"
        self.held = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  # closed by `close`
        self.is_empty = True

    def begin(self, head: str, name: str) -> None:
        if self.head is None:
            self.head = head

    def add(self, texts: list[str]) -> None:
        for text in texts:
            if self.is_empty:
                self.held.write(((self.head or "") + text.lstrip(" \t\r\n")).encode("utf-8"))
            else:
                self.held.write((f",{text}" if self.are_elements else f",\n{text.strip()}").encode("utf-8"))
            self.is_empty = False

    def end(self) -> None:
        self.out.write(b"[")
        self.held.seek(0)
        shutil.copyfileobj(self.held, self.out)
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
    source: Format, target: Format, out: BinaryIO, dialect: CsvDialect, delimiter: str | None
) -> RowWriter | None:
    """The writer that copies the rows of one format to another; None if they must be converted."""
    are_elements = source is Format.JSON
    if target is Format.NDJSON and source is not Format.CSV:
        return NdjsonWriter(out, are_elements)
    if target is Format.JSON and source is not Format.CSV:
        return JsonArrayWriter(out, are_elements)
    return CsvWriter(out, dialect, delimiter) if source is target else None
