"""Reads records: what every row format provides, and lines as they arrive."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, BinaryIO, NamedTuple, Protocol, overload

from criteria.errors import CriteriaError, Problem
from criteria.files.compression import DamagedError
from criteria.files.csv_dialect import DEFAULT_DIALECT, CsvDialect
from criteria.files.faults import DataFault, FaultKind
from criteria.schema.field import Field
from criteria.schema.schema import Schema
from criteria.values.loading import Records

BOM = b"\xef\xbb\xbf"

CHUNK = 1 << 16
"""Bytes in one read: a larger number is not faster, and uses more of the processor's cache."""


MAX_RECORD = 1 << 26
"""Bytes or characters of one record: without a bound, a line that never ends, or a small compressed file, would fill
the memory."""

TOO_LONG = f"A record is longer than {MAX_RECORD >> 20} MiB."


class ColumnRecords(Sequence[dict[str, Any]]):
    """Flat records that are held as columns of values, and made when they are asked for."""

    __slots__ = ("columns", "names")

    def __init__(self, names: Sequence[str], columns: Sequence[Sequence[Any]]) -> None:
        self.names, self.columns = names, columns

    def __len__(self) -> int:
        return len(self.columns[0])

    @overload
    def __getitem__(self, at: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[dict[str, Any]]: ...
    def __getitem__(self, at: int | slice) -> dict[str, Any] | Sequence[dict[str, Any]]:
        if isinstance(at, slice):
            return ColumnRecords(self.names, [column[at] for column in self.columns])
        return {name: column[at] for name, column in zip(self.names, self.columns, strict=True)}

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (dict(zip(self.names, values, strict=True)) for values in zip(*self.columns, strict=True))


class Batch(NamedTuple):
    """Records of one file, and the text of each as it was read, without the end of its last line.

    `lines` has the number of each text's first line. With `reread` the members of records are attributes, and their
    numbers may be rounded: it makes such a record of a text without rounding, and raises any `Exception` if it cannot.
    """

    name: str
    records: Sequence[dict[str, Any]]
    texts: Sequence[str]
    lines: Sequence[int]
    reread: Callable[[str], Any] | None = None

    def only(self, indexes: Sequence[int]) -> Batch:
        """The records with these indexes."""
        if len(indexes) == len(self.records):
            return self
        records, texts = [self.records[at] for at in indexes], [self.texts[at] for at in indexes]
        return self._replace(records=records, texts=texts, lines=[self.lines[at] for at in indexes])

    def part(self, start: int, end: int | None = None) -> Batch:
        """The records with these indexes."""
        records, texts = self.records[start:end], self.texts[start:end]
        return self._replace(records=records, texts=texts, lines=self.lines[start:end])

    def fault(self, at: int, problems: Sequence[Problem], is_element: bool) -> DataFault:
        """A fault of a record that was read. The column of an array element is no longer known."""
        from criteria.text.json_problems import located

        first, text = self.lines[at], self.texts[at]
        with suppress(CriteriaError):
            problems = located(problems, text)
        placed = [
            replace(one, line=first + (one.line or 1) - 1, column=None if is_element else one.column)
            for one in problems
        ]
        return DataFault(self.name, *placed, text=text.encode("utf-8", "replace"), first_line=first)


class MemberAttributes(NamedTuple):
    """The names of the attributes that members of records may be, and whether they may be that now."""

    names: Mapping[str, str]
    are_allowed: Callable[[], bool]
    are_rounded: bool
    """Whether numbers may be rounded to doubles."""


class Data(NamedTuple):
    """The source of records.

    `before_waiting` is called each time before the stream may block. `bad` receives the fault of a record that can be
    left out; it may raise it to stop. `members` are the only members of
    records that are needed (None: all). A table may give more.
    """

    name: str
    stream: BinaryIO
    schema: Schema | None
    before_waiting: Callable[[], object]
    bad: Callable[[DataFault], None]
    members: Sequence[tuple[str, ...]] | None = None
    at: Sequence[str] | None = None
    """The names that lead to the records in one JSON text; None: it is an array of them, or one record."""
    csv: CsvDialect = DEFAULT_DIALECT
    named: tuple[Field, ...] = ()
    """The fields that the query and the order name."""
    tie_breakers: tuple[Field, ...] = ()
    """Fields that order records whose sort keys are equal. Data may be without them."""
    is_whole: bool = True
    """Whether records need fields that are not named, too."""
    from_folders: frozenset[str] = frozenset()
    """The names of fields whose values are in the names of folders."""
    attributes: MemberAttributes | None = None
    """What the needed members of records are called if records need not be dicts."""
    takes_columns: bool = False
    """Whether records may be `ColumnRecords`."""
    is_united: bool = False
    """Whether data may lack columns that other files have."""

    def fault(
        self,
        *problems: Problem,
        text: bytes | Callable[[], bytes] = b"",
        first_line: int = 1,
        kind: FaultKind | None = None,
    ) -> DataFault:
        """A fault in the data. `text`, which starts at a line, is the part to show, or a function that makes it."""
        return DataFault(self.name, *problems, text=text, first_line=first_line, kind=kind)

    def read(self) -> bytes:
        """The next bytes, as soon as any arrive; empty at the end. Raises `DataFault`."""
        self.before_waiting()
        try:
            return self.stream.read1(CHUNK)  # type: ignore[attr-defined, no-any-return]  # of io.BufferedIOBase
        except DamagedError as error:
            raise self.fault(Problem("unreadable_file", str(error))) from None


class Table(Protocol):
    """Data in one row format. Predicates over them are compiled with the option `records`."""

    @property
    def records(self) -> Records: ...

    @property
    def head(self) -> str:
        """The text before the first record, if it is kept."""

    def batches(self) -> Iterator[Batch]:
        """The records, as they are read. Raises `DataFault` if the rest of the data cannot be read."""


def lines(data: Data) -> Iterator[bytes]:
    """The lines of the data, with their ends; only the last may have none. Leading byte order marks are dropped."""
    for block in blocks(data):
        yield from block.splitlines(keepends=True) if b"\r" not in block else _split(block)


def blocks(data: Data, line: Callable[[], int] | None = None) -> Iterator[bytes]:
    """The data in blocks of whole lines, as soon as a line is complete. Leading byte order marks are dropped. `line`
    tells the number of the line after the last block; without it they are counted here."""
    pieces: list[bytes] = []
    is_start, number, size = True, 1, 0
    while chunk := data.read():
        end = chunk.rfind(b"\n") + 1
        if end:
            block = b"".join((*pieces, chunk[:end]))
            yield _without_marks(block) if is_start else block
            pieces.clear()
            is_start, size = False, 0
            number += block.count(b"\n") if line is None else 0
        pieces.append(chunk[end:])
        size += len(pieces[-1])
        if size > MAX_RECORD:
            raise data.fault(Problem("too_long", TOO_LONG, line=line() if line is not None else number))
    last = b"".join(pieces)
    last = _without_marks(last) if is_start else last
    if last:
        yield last


def _without_marks(block: bytes) -> bytes:
    """The block without byte order marks at its start: some programs write a second one."""
    while block.startswith(BOM):
        block = block[len(BOM) :]
    return block


def _split(block: bytes) -> Iterator[bytes]:
    *whole, rest = block.split(b"\n")
    for line in whole:
        yield line + b"\n"
    if rest:
        yield rest


def decoded(data: Data, text: bytes, code: str, first_line: int = 1) -> str:
    """The characters of a text. Raises `DataFault` when the bytes are not UTF-8."""
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as fault:
        line, column = place(text[: fault.start].decode("utf-8"), fault.start)
        problem = Problem(code, "The data are not UTF-8.", line=line + first_line - 1, column=column)
        raise data.fault(problem, text=text, first_line=first_line, kind=FaultKind.NOT_UTF_8) from None


def place(text: str, position: int) -> tuple[int, int]:
    """The line and the column of a character, both counted from 1."""
    end = min(position, len(text))
    return text.count("\n", 0, end) + 1, end - text.rfind("\n", 0, end)
