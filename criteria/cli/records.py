"""Records on their way in and out: what every format of data gives, and lines as they arrive."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal, Protocol

from criteria import Problem, Schema
from criteria.cli.report import InputError, Source

BOM = b"\xef\xbb\xbf"

_CHUNK = 1 << 16

Row = tuple[dict[str, Any], bytes]
"""A record, and its text as it came in."""


@dataclass(frozen=True, slots=True)
class Data:
    """Where records come from; `before_waiting` is called each time before the stream may block."""

    name: str
    stream: BinaryIO
    schema: Schema | None
    before_waiting: Callable[[], object]

    def reject(self, *problems: Problem, text: bytes = b"", first_line: int = 1) -> InputError:
        """The exception for faults in the data; `text`, which begins at a line, is what is shown of them."""
        return InputError(Source(self.name, text, first_line), problems)


class Table(Protocol):
    """Data in one format. A predicate over them is compiled with the `records` that the table says."""

    @property
    def records(self) -> Literal["typed", "json"]: ...

    def rows(self) -> Iterator[Row]:
        """The rows, as they are read. Raises `InputError` at the first that is none."""

    def write(self, selected: Iterable[bytes], out: BinaryIO) -> None:
        """Writes texts of rows as data of the same format, as they are selected."""


def lines(data: Data) -> Iterator[bytes]:
    """The lines of the data, with their ends; only the last may have none. A leading byte order mark is dropped."""
    pieces: list[bytes] = []
    mark = BOM
    while chunk := _next_chunk(data):
        *ends, rest = chunk.split(b"\n")
        for end in ends:
            line = b"".join((*pieces, end, b"\n"))
            pieces.clear()
            yield line.removeprefix(mark)
            mark = b""
        pieces.append(rest)
    last = b"".join(pieces).removeprefix(mark)
    if last:
        yield last


def _next_chunk(data: Data) -> bytes:
    data.before_waiting()
    return data.stream.read1(_CHUNK)  # type: ignore[attr-defined, no-any-return]  # of io.BufferedIOBase


def decoded(data: Data, text: bytes, code: str, first_line: int = 1) -> str:
    """The characters of a text. Raises `InputError` when the bytes are not UTF-8."""
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as fault:
        line, column = place(text[: fault.start].decode("utf-8"), fault.start)
        problem = Problem(code, "The data are not UTF-8.", line=line + first_line - 1, column=column)
        raise data.reject(problem, text=text, first_line=first_line) from None


def place(text: str, position: int) -> tuple[int, int]:
    """The line and the column of a character, both counted from 1."""
    before = text[:position]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def ended(line: bytes) -> bytes:
    """The line with an end, which the last line of data may lack."""
    return line if line.endswith(b"\n") else line + b"\n"
