"""The destination of selected records: standard output, or a file that is replaced as a whole; and its format."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import BinaryIO, NamedTuple

import click

from criteria.cli.inputs.reading import name_of, refuse_missing_folder
from criteria.files.atomic_write import replacing
from criteria.files.compression import compressing
from criteria.files.csv_dialect import CsvDialect, is_tab_separated
from criteria.files.formats import STDIN, Compression, Format, format_of, told_by
from criteria.messages import shown_name


class Shown(str, Enum):
    """The formats of output: those of files, and a table."""

    NDJSON = "ndjson"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"
    ARROW = "arrow"
    TABLE = "table"


class Destination(NamedTuple):
    """A format (None: a table), and a path (None: standard output)."""

    format: Format | None
    path: str | None = None
    compression: Compression | None = None

    @property
    def is_plain_file(self) -> bool:
        """Whether an engine can write the file itself."""
        if self.path is None or self.compression is not None:
            return False
        return os.path.isfile(self.path) or not os.path.exists(self.path)

    def delimiter(self, dialect: CsvDialect) -> str | None:
        """What is written between the cells of CSV; None is what the data have."""
        if self.path is None:
            return None
        return "\t" if is_tab_separated(self.path) else dialect.delimiter or ","

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """The stream to write to."""
        if self.path is None:
            # Bytes, and buffered even if PYTHONUNBUFFERED removed the buffer of sys.stdout.
            with open(sys.stdout.fileno(), "wb", closefd=False) as standard:
                yield standard
            return
        with replacing(self.path) as beside, beside.open("wb") as file:
            out: BinaryIO = compressing(file, self.compression)
            yield out
            if out is not file:
                out.close()

    @contextmanager
    def file(self) -> Iterator[Path]:
        """The file to write, if `is_plain_file`."""
        assert self.path is not None
        with replacing(self.path) as beside:
            yield beside


def _leads_to_a_terminal() -> bool:
    """Whether standard output is a pipe that somebody at a terminal has made, as for `head`."""
    try:
        is_pipe = stat.S_ISFIFO(os.fstat(sys.stdout.fileno()).st_mode)
    except (OSError, ValueError):  # it is closed, or no file
        return False
    return is_pipe and sys.stderr is not None and sys.stderr.isatty()


def refuse_growing_input(paths: Iterable[str]) -> None:
    """A usage error for a file of data that is also standard output: what is written would be read, without an end."""
    if sys.stdout is None:
        return
    try:
        out = os.fstat(sys.stdout.fileno())
    except (OSError, ValueError):  # it is closed, or no file
        return
    if not stat.S_ISREG(out.st_mode):
        return
    for path in paths:
        try:
            read = os.stat(path) if path != STDIN else os.fstat(sys.stdin.fileno())
        except (OSError, ValueError, AttributeError):  # who opens it says so
            continue
        if os.path.samestat(out, read):
            message = f"{shown_name(name_of(path))} is also the output. To replace it, name it with --output."
            raise click.BadParameter(message, param_hint="DATA")


def destination(output: str | None, to: Shown | None, source: Format) -> Destination:
    """The destination that `--output` and `--to` name, for data of a format. Raises `UsageFault`."""
    if to is Shown.TABLE:
        if output is not None:
            raise click.BadParameter("A table is only for reading: omit --output, or name another format.",
                                     param_hint="--to table")  # fmt: skip
        return Destination(None)
    given = None if to is None else Format(to.value)
    if output is not None:
        refuse_missing_folder(output)
        return Destination(format_of(output, given, is_output=True), output, told_by(output)[1])
    if given is None and not source.is_rows and sys.stdout.isatty():
        return Destination(None)
    if given is None and not source.is_rows and _leads_to_a_terminal():
        message = (
            f"{source.value} is binary, and a pipe may lead to the terminal: name a format, such as ndjson, or "
            f"{source.value} itself."
        )
        raise click.BadParameter(message, param_hint="--to")
    if given is not None and not given.is_rows and sys.stdout.isatty():
        message = f"{given.value} is binary, and is not written to a terminal: name a file with --output."
        raise click.BadParameter(message, param_hint="--to")
    return Destination(given or source)
