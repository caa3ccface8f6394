"""Reads data to infer their schema."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from io import BytesIO
from pathlib import PurePath
from typing import Any, BinaryIO, NoReturn

import typer

from criteria import Problem
from criteria.cli.inputs.csv_values import CELLS, csv_records
from criteria.cli.inputs.reading import name_of, opened
from criteria.errors import install_hint, shown_name
from criteria.files.faults import DataFault
from criteria.files.formats import STDIN, SUFFIXES
from criteria.files.json_array import JsonArray
from criteria.files.ndjson import Ndjson
from criteria.files.records import Data, Table
from criteria.inference import Inferred, infer_schema
from criteria.inference.observed import ObservedField


class DataFormat(str, Enum):
    """The formats of data from which a schema can be inferred."""

    NDJSON = "ndjson"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"
    ARROW = "arrow"


_SUFFIXES = {suffix: DataFormat(found.value) for suffix, found in SUFFIXES.items()}


@dataclass(slots=True)
class CountedLines:
    """A stream that yields one line at a time, and counts them."""

    stream: BinaryIO
    count: int = 0

    def read1(self, size: int = -1) -> bytes:
        """One line."""
        line = self.stream.readline()
        self.count += bool(line)
        return line


def inferred(path: str, data_format: DataFormat | None, name: str | None, rows: int | None) -> Inferred:
    """The schema of data. Raises `DataFault` for data that cannot be read, and usage errors."""
    kind = data_format or _format_of(path)
    entity = name or ("data" if path == STDIN else PurePath(path).name.split(".")[0])
    with opened(path, "--from") as stream:
        if kind in (DataFormat.PARQUET, DataFormat.ARROW):
            return _from_columns(path, stream, entity, rows, kind)
        if kind is DataFormat.JSON:
            return infer_schema(entity, _records(JsonArray(_data(path, stream))), most=rows)
        lines = CountedLines(stream)
        data = _data(path, lines)
        if kind is DataFormat.CSV:
            names, rows_by_name = csv_records(data)
            known = [ObservedField.named((name,), CELLS) for name in names]
            return infer_schema(entity, rows_by_name, most=rows, line=lambda: lines.count, values=CELLS, known=known)
        return infer_schema(entity, _records(Ndjson(data)), most=rows, line=lambda: lines.count)


def _records(table: Table) -> Iterator[dict[str, Any]]:
    for batch in table.batches():
        yield from batch.records


def _data(path: str, stream: Any) -> Data:
    return Data(name_of(path), stream, None, lambda: None, _refused)


def _refused(fault: DataFault) -> NoReturn:
    raise fault


def _format_of(path: str) -> DataFormat:
    if path == STDIN:
        return DataFormat.NDJSON
    found = _SUFFIXES.get(PurePath(path).suffix.lower())
    if found is None:
        message = f"{shown_name(path)} does not end with {', '.join(_SUFFIXES)}: name its format with --format."
        raise typer.BadParameter(message, param_hint="--from")
    return found


def _from_columns(path: str, stream: BinaryIO, entity: str, rows: int | None, kind: DataFormat) -> Inferred:
    name = "Arrow IPC" if kind is DataFormat.ARROW else "Parquet"
    try:
        import pyarrow as pa

        from criteria.inference.arrow_types import VALUES, ArrowRecords, ParquetRecords
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.split(".")[0] != "pyarrow":
            raise
        message = f'{name} needs the package "pyarrow". {install_hint("files")}'
        raise typer.BadParameter(message, param_hint="--from") from None
    try:
        seekable = BytesIO(stream.read()) if path == STDIN else stream  # the file ends with the schema
        records = ArrowRecords(seekable) if kind is DataFormat.ARROW else ParquetRecords(seekable)
        return infer_schema(entity, records, most=rows, values=VALUES, known=records.members)
    except pa.ArrowException as error:
        raise _data(path, stream).fault(Problem("invalid_record", f"This is not {name}: {error}")) from None
    except OverflowError:
        message = "A date or timestamp is outside the years 1 to 9999."
        raise _data(path, stream).fault(Problem("invalid_record", message)) from None
