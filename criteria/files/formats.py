"""The formats of files, and how the suffix of a name identifies them."""

from __future__ import annotations

from enum import Enum
from pathlib import PurePath

from criteria.files.faults import FaultKind, UsageFault
from criteria.messages import shown_name

STDIN = "-"
"""The path that means standard input."""


ARROW_STREAM = b"\xff\xff\xff\xff"
"""The first bytes of an Arrow stream. An Arrow file begins with ARROW1."""


class Format(str, Enum):
    """The formats of data."""

    NDJSON = "ndjson"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"
    ARROW = "arrow"

    @property
    def is_rows(self) -> bool:
        """Whether the format is text with one record after another."""
        return self in (Format.NDJSON, Format.JSON, Format.CSV)


class Compression(str, Enum):
    """How a whole file is compressed. Column formats compress their own columns."""

    GZIP = "gzip"
    ZSTD = "zstd"
    BZIP2 = "bzip2"
    XZ = "xz"


SUFFIXES = {
    ".ndjson": Format.NDJSON,
    ".jsonl": Format.NDJSON,
    ".jsonlines": Format.NDJSON,
    ".json": Format.JSON,
    ".geojson": Format.JSON,
    ".csv": Format.CSV,
    ".tsv": Format.CSV,
    ".parquet": Format.PARQUET,
    ".pq": Format.PARQUET,
    ".arrow": Format.ARROW,
    ".arrows": Format.ARROW,
    ".feather": Format.ARROW,
    ".ipc": Format.ARROW,
}

_OTHERS = {".lzma": "xz -dc", ".lz4": "lz4 -dc", ".zip": "unzip -p"}
"""Endings of data that are not read, and what decompresses them."""

_WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")

COMPRESSED = {
    ".gz": Compression.GZIP, ".gzip": Compression.GZIP, ".zst": Compression.ZSTD, ".bz2": Compression.BZIP2,
    ".xz": Compression.XZ,
}  # fmt: skip

_CODECS = (".gzip", ".snappy", ".zstd", ".brotli", ".lz4")
"""Ends of names such as `a.parquet.gzip`, which tell how a file of columns compresses its own columns."""


def told_by(path: str) -> tuple[Format | None, Compression | None]:
    """The format and the compression that the suffix of a name identifies, in any letter case."""
    name = PurePath(path)
    compression = COMPRESSED.get(name.suffix.lower())
    inner = SUFFIXES.get(name.with_suffix("").suffix.lower()) if name.suffix.lower() in _CODECS else None
    if inner is not None and not inner.is_rows:
        return inner, None
    if compression is not None:
        name = name.with_suffix("")
    return SUFFIXES.get(name.suffix.lower()), compression


def format_of(path: str, given: Format | None = None, *, is_output: bool = False) -> Format:
    """The format of a file to read or write. Raises `UsageFault` if neither its name nor `given` identifies one."""
    found, compression = told_by(path)
    found = given or found
    suffix = PurePath(path).suffix.lower()
    if found is None and not is_output and suffix in _OTHERS:
        hint = f"Decompress them: {_OTHERS[suffix]} FILE | criteria ... -"
        raise UsageFault(FaultKind.OTHER_COMPRESSION, f"{shown_name(path)}: {suffix} data are not read.", hint)
    if found is None and not is_output and suffix in _WORKBOOKS:
        raise UsageFault(FaultKind.WORKBOOK, f"{shown_name(path)}: Workbooks are not read.", "Save the sheet as CSV.")
    if found is None:
        message = f"{shown_name(path)} does not end with {', '.join(SUFFIXES)}."
        raise UsageFault(FaultKind.UNKNOWN_OUTPUT_FORMAT if is_output else FaultKind.UNKNOWN_FORMAT, message)
    if compression is not None and not found.is_rows:
        name = shown_name(path)
        message = f"{name}: {found.value} files compress their own columns, and are not {compression.value} files."
        raise UsageFault(FaultKind.COMPRESSED_OUTPUT_COLUMNS if is_output else FaultKind.COMPRESSED_COLUMNS, message)
    return found
