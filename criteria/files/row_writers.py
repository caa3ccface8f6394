"""Writes rows with the text that they were read with, one class for each row format."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Protocol

from criteria.errors import Problem
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
    """CSV: the rows, and the header of the first file, which all files must share."""

    def __init__(self, out: BinaryIO) -> None:
        self.out = out
        self.head: str | None = None

    def begin(self, head: str, name: str) -> None:
        if self.head is None:
            self.head = head
            self.out.write(head.encode("utf-8") + b"\n")
        elif head.rstrip("\r") != self.head.rstrip("\r"):
            message = "The header is not that of the first file."
            raise DataFault(name, Problem("invalid_record", message, line=1))

    def add(self, texts: list[str]) -> None:
        if texts:
            self.out.write(("\n".join(texts) + "\n").encode("utf-8"))

    def end(self) -> None:
        pass

    def close(self) -> None:
        pass


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


def row_writer(source: Format, target: Format, out: BinaryIO) -> RowWriter | None:
    """The writer that copies the rows of one format to another; None if they must be converted."""
    are_elements = source is Format.JSON
    if target is Format.NDJSON and source is not Format.CSV:
        return NdjsonWriter(out, are_elements)
    if target is Format.JSON and source is not Format.CSV:
        return JsonArrayWriter(out, are_elements)
    return CsvWriter(out) if source is target else None
