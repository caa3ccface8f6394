"""Converts engines' errors about files that they cannot read."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from criteria.errors import Problem
from criteria.files.faults import DataFault
from criteria.files.formats import Format
from criteria.files.inputs import Inputs, is_address

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
_HINTS = re.compile(r", hint:|: Error performing |\n\n|\nHint:|\nLINE [0-9]|\n\s*at |\. SQLSTATE")
"""Where the advice begins that engines give to those who call them."""


def unreadable(inputs: Inputs, error: Exception) -> DataFault | OSError:
    """The fault of files that an engine cannot read: a file is missing, or is not of the format."""
    for path in inputs.paths:
        if not os.path.exists(path) and not is_address(path):
            return FileNotFoundError(2, "No such file or directory", path)
    kind, end = _ENDS[inputs.format]
    for path in inputs.paths:
        if os.path.isfile(path) and _starts_with(path, b"FEA1"):
            message = "This is version 1 of Feather, which is not read."
            hint = "Write it again as version 2, which is Arrow IPC."
            return DataFault(inputs.name_of(path), Problem("unreadable_file", message, hint=hint))
        if os.path.isfile(path) and not _ends_with(path, end):
            message = f"This is not {kind}, or its end is missing: the file does not end with {end.decode()}."
            return DataFault(inputs.name_of(path), Problem("unreadable_file", message))
    return DataFault(
        _shown(inputs), Problem("unreadable_file", f"The {kind} data cannot be read{_reason(str(error))}.")
    )


def intervals(inputs: Inputs) -> DataFault:
    """The fault of files whose intervals are asked for."""
    message = f"Polars does not read the intervals of the {_ENDS[inputs.format][0]} data."
    return DataFault(_shown(inputs), Problem("unsupported", message, hint="Leave out the column: select others."))


def _shown(inputs: Inputs) -> str:
    name = inputs.name_of(inputs.paths[0])
    return name if len(inputs.paths) == 1 else f"{name} ..."


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
        return f": Polars has no type for {unknown[1]}"
    text = " ".join(_HINTS.split(said, maxsplit=1)[0].split()).rstrip(".")
    while (shorter := _PREFIXES.sub("", text, count=1)) != text:
        text = shorter
    return "" if not text or "Error {" in text or "os error" in text else f": {text}"
