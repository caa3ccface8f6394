"""Converts engines' errors about files that they cannot read."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress

from criteria.errors import Problem
from criteria.files.faults import DataFault
from criteria.files.formats import ARROW_STREAM, STDIN, Format
from criteria.files.inputs import Inputs, is_address
from criteria.messages import in_a_line, quoted, shown_text

_ENDS: Mapping[Format, tuple[str, bytes]] = {
    Format.PARQUET: ("Parquet", b"PAR1"),
    Format.ARROW: ("Arrow IPC", b"ARROW1"),
}
"""The formats of columns, and how their files end."""

_PREFIXES = re.compile(
    r"(?:(?:parquet: )?File out of specification|parquet error|out-of-spec|Invalid(?: Input)?(?: Error)?|IO Error"
    r"|object-store error|Failed to read file \"[^\"]*\"|In column [0-9]+): "
)
_UNKNOWN_TYPE = re.compile(r"could not import from `(\w+)` type")
_INTERNAL = re.compile(r"Error \{|os error|`Result::unwrap\(\)`|`Option::unwrap\(\)`|Panic\(")
"""What an engine says to those who maintain it."""

_HINTS = re.compile(r", hint:|: Error performing |\n\n|\nHint:|\nLINE [0-9]|\n[ \t]*at |\. SQLSTATE")
"""Where the advice begins that engines give to those who call them."""

_AGAIN = "If it is damaged or truncated, copy or write the file again."
_MOST_SAID = 200
"""Characters of what an engine says. It may repeat damaged names."""
_MOST_READ = 20 * _MOST_SAID
"""Characters that are looked through for what to leave out."""


def unreadable(inputs: Inputs, error: Exception) -> DataFault | OSError:
    """The fault of files that an engine cannot read: a file is missing, or is not of the format."""
    for path in inputs.paths:
        if path != STDIN and not os.path.exists(path) and not is_address(path):
            return FileNotFoundError(2, "No such file or directory", path)
    kind, end = _ENDS[inputs.format]
    for path in inputs.paths:
        if os.path.isfile(path) and _starts_with(path, b"FEA1"):
            message = "This is version 1 of Feather, which is not read."
            hint = "Write it again as version 2, which is Arrow IPC."
            return DataFault(inputs.name_of(path), Problem("unreadable_file", message, hint=hint))
        if os.path.isfile(path) and not _ends_with(path, end) and not _is_stream(inputs, path):
            message = f"This is not {kind}, or its end is missing: the file does not end with {end.decode()}."
            return DataFault(inputs.name_of(path), Problem("unreadable_file", message, hint=_AGAIN))
    for path in inputs.paths:
        twice = _column_twice(inputs, path)
        if twice is not None:
            return column_twice(inputs.name_of(path), twice)
    what = "Arrow stream" if _is_stream(inputs, inputs.paths[0]) else f"{kind} data"
    said = str(error)
    advice = None if _UNKNOWN_TYPE.search(said) or any(map(is_address, inputs.paths)) else _AGAIN
    return DataFault(
        _shown(inputs), Problem("unreadable_file", f"The {what} cannot be read{_reason(said)}.", hint=advice)
    )


def column_twice(shown: str, name: str) -> DataFault:
    """The fault of a file with two columns of one name, of which a query could mean either."""
    message = f"The file has more than one column {quoted(name)}."
    return DataFault(
        shown, Problem("unreadable_file", message, hint="Write it again with another name for each column.")
    )


def first_twice(names: Iterable[str]) -> str | None:
    """The first of the names that is there more than once."""
    return next((name for name, count in Counter(names).items() if count > 1), None)


def _column_twice(inputs: Inputs, path: str) -> str | None:
    """The first name that more than one column of a file has, as far as the file tells its names."""
    if not os.path.isfile(path):
        return None
    import pyarrow as pa
    from pyarrow import parquet

    with suppress(pa.ArrowException, OSError, MemoryError, UnicodeDecodeError), open(path, "rb") as file:
        if inputs.format is Format.PARQUET:
            names = parquet.read_schema(file).names
        else:
            opened = pa.ipc.open_stream if _is_stream(inputs, path) else pa.ipc.open_file
            names = opened(file).schema.names
        return first_twice(names)
    return None


@contextmanager
def arrow_errors(inputs: Inputs, path: str) -> Iterator[None]:
    """Converts the errors of pyarrow about one of the files. It raises `OSError` without a number for data that end too
    early, and with one for what the system refuses, which passes. Damaged lengths are asked of the memory
    (`MemoryError`)."""
    import pyarrow as pa

    try:
        yield
    except UnicodeDecodeError:  # Arrow does not check text
        raise unreadable(inputs._replace(paths=(path,)), ValueError("text that is not UTF-8")) from None
    except (pa.ArrowException, OSError, MemoryError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise unreadable(inputs._replace(paths=(path,)), error) from None


def intervals(inputs: Inputs) -> DataFault:
    """The fault of files whose intervals are asked for."""
    message = f"Polars does not read the intervals of the {_ENDS[inputs.format][0]} data."
    return DataFault(_shown(inputs), Problem("unsupported", message, hint="Select other columns."))


def _shown(inputs: Inputs) -> str:
    name = inputs.name_of(inputs.paths[0])
    return name if len(inputs.paths) == 1 else f"{name} ..."


def _is_stream(inputs: Inputs, path: str) -> bool:
    return inputs.format is Format.ARROW and os.path.isfile(path) and _starts_with(path, ARROW_STREAM)


def _starts_with(path: str, start: bytes) -> bool:
    with open(path, "rb") as file:
        return file.read(len(start)) == start


def _ends_with(path: str, end: bytes) -> bool:
    with open(path, "rb") as file:
        file.seek(max(0, os.path.getsize(path) - len(end)))
        return file.read() == end


def _reason(said: str) -> str:
    """What an engine says, without its advice and its internals."""
    unknown = _UNKNOWN_TYPE.search(said)
    if unknown is not None:  # Polars panics
        return f": Polars has no type for {shown_text(unknown[1])}"
    text = " ".join(_HINTS.split(said[:_MOST_READ], maxsplit=1)[0].split()).rstrip(".")
    while (shorter := _PREFIXES.sub("", text, count=1)) != text:
        text = shorter
    if len(text) > _MOST_SAID:
        text = f"{text[:_MOST_SAID]} ..."
    return "" if not text or _INTERNAL.search(text) else f": {in_a_line(text)}"
