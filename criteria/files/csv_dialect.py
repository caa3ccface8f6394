"""How CSV is written: what is between cells, how bytes are characters, which cells are null."""

from __future__ import annotations

import codecs
from pathlib import PurePath
from typing import NamedTuple

from criteria.files.formats import COMPRESSED

UTF_8 = "utf-8"

NULL_WORDS = (
    "NA", "N/A", "n/a", "#N/A", "NULL", "Null", "null", "None", "none", "nil", "NaN", "nan", "\\N", "-", "--", "?", ".",
)  # fmt: skip
"""What other programs write for null."""

_DELIMITERS = (";", "\t", "|", ",")


class CsvDialect(NamedTuple):
    """The dialect of CSV data; by default that of RFC 4180, in UTF-8.

    - `delimiter`: the character between cells. None is a tab for files that end with `.tsv`, and otherwise a comma.
    - `encoding`: a name of Python's codecs.
    - `nulls`: texts of cells that are null, beside the empty one.
    - `has_header`: False says that the first row holds values. The columns are `column_1`, `column_2` and so on.
    - `skip_lines`: how many lines come before the header.
    - `decimal_comma`: numbers are written as `1,5`.
    """

    delimiter: str | None = None
    encoding: str = UTF_8
    nulls: frozenset[str] = frozenset()
    has_header: bool = True
    skip_lines: int = 0
    decimal_comma: bool = False

    @property
    def is_utf_8(self) -> bool:
        """Whether the bytes are UTF-8."""
        return codecs.lookup(self.encoding).name == UTF_8

    def delimiter_of(self, name: str) -> str:
        """The character between the cells of a file."""
        return self.delimiter or ("\t" if is_tab_separated(name) else ",")


DEFAULT_DIALECT = CsvDialect()
"""Commas, UTF-8, a header."""


def is_tab_separated(name: str) -> bool:
    """Whether a file's name ends with .tsv, before what it may be compressed with."""
    path = PurePath(name)
    if path.suffix.lower() in COMPRESSED:
        path = path.with_suffix("")
    return path.suffix.lower() == ".tsv"


def other_delimiter(cell: str) -> str | None:
    """What seems to be between cells, where a whole header was read as one cell."""
    counts = {one: cell.count(one) for one in _DELIMITERS}
    most = max(counts, key=lambda one: counts[one])
    return most if counts[most] else None
