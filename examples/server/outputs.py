"""Standard output and error of the command, each of which may be closed, full, or a pipe that nobody reads."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO


@contextmanager
def usable_outputs() -> Iterator[None]:
    """Inside the block both outputs take what is written; after it Python has nothing left to write, and ends well.

    What the caller closed discards all: uvicorn's logging needs both. Characters that an output does not have are
    escaped.
    """
    if sys.stdout is None:
        sys.stdout = _nothing()
    if sys.stderr is None:
        sys.stderr = _nothing()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        yield
    finally:
        _flush(sys.stdout)
        _flush(sys.stderr)


def _nothing() -> TextIO:
    return open(os.devnull, "w")  # stays open as long as the process


def print_lines(*lines: str) -> None:
    """Prints what nobody has to read. If it cannot be written, one line on standard error says so."""
    error = _printed("\n".join(lines), sys.stdout)
    if error is not None:
        complain(f"standard output cannot be written to: {error.strerror or error}")


def complain(reason: str) -> None:
    """Prints a line on standard error, if that is possible."""
    _printed(f"examples.server: {reason}", sys.stderr)


def _printed(text: str, stream: TextIO) -> OSError | None:
    """Prints a line. If that fails, the stream discards all from now on, and the error is returned."""
    try:
        print(text, file=stream, flush=True)
    except OSError as error:
        _discard(stream)
        return error
    return None


def _flush(stream: TextIO) -> None:
    """Writes what a stream still holds, or else discards it: Python would fail again when it ends."""
    try:
        stream.flush()
    except OSError:
        _discard(stream)


def _discard(stream: TextIO) -> None:
    with suppress(OSError, ValueError):  # it has no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
