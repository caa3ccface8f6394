"""Reading data for the schema that can be inferred from them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from io import BytesIO
from pathlib import PurePath
from typing import Any, BinaryIO

import typer

from criteria import Field, FieldType, Problem
from criteria.cli.csv_table import cell_reader, csv_rows
from criteria.cli.json_array import JsonArray
from criteria.cli.ndjson import Ndjson
from criteria.cli.reading import STDIN, name_of, opened
from criteria.cli.records import Data
from criteria.inference import Inferred, infer_schema
from criteria.inference.candidates import SCALARS, Values, converts, fits_json
from criteria.inference.observed import Member


class DataFormat(str, Enum):
    """The formats of data that a schema is inferred from."""

    NDJSON = "ndjson"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


_SUFFIXES = {".ndjson": DataFormat.NDJSON, ".jsonl": DataFormat.NDJSON, ".json": DataFormat.JSON,
             ".csv": DataFormat.CSV, ".parquet": DataFormat.PARQUET}  # fmt: skip


@dataclass(slots=True)
class CountedLines:
    """A stream that gives one line at a time, and counts them."""

    stream: BinaryIO
    count: int = 0

    def read1(self, size: int = -1) -> bytes:
        """One line."""
        line = self.stream.readline()
        self.count += bool(line)
        return line


def inferred(path: str, data_format: DataFormat | None, name: str | None, rows: int | None) -> Inferred:
    """The schema of data. Raises `InputError` for data that cannot be read, and usage errors."""
    kind = data_format or _format_of(path)
    entity = name or ("data" if path == STDIN else PurePath(path).name.split(".")[0])
    with opened(path, "--from") as stream:
        if kind is DataFormat.PARQUET:
            return _from_parquet(path, stream, entity, rows)
        if kind is DataFormat.JSON:
            records = (record for record, _ in JsonArray(_data(path, stream)).rows())
            return infer_schema(entity, records, most=rows)
        lines = CountedLines(stream)
        data = _data(path, lines)
        if kind is DataFormat.CSV:
            names, records = _csv_records(data)
            known = [Member.named((name,), CELLS) for name in names]
            return infer_schema(entity, records, most=rows, line=lambda: lines.count, values=CELLS, known=known)
        objects = (record for record, _ in Ndjson(data).rows())
        return infer_schema(entity, objects, most=rows, line=lambda: lines.count)


def _data(path: str, stream: Any) -> Data:
    return Data(name_of(path), stream, None, lambda: None)


def _format_of(path: str) -> DataFormat:
    if path == STDIN:
        return DataFormat.NDJSON
    found = _SUFFIXES.get(PurePath(path).suffix.lower())
    if found is None:
        message = f"{path} does not end with {', '.join(_SUFFIXES)}: name its format with --format."
        raise typer.BadParameter(message, param_hint="--from")
    return found


def _csv_records(data: Data) -> tuple[list[str], Iterator[Mapping[str, str | None]]]:
    """The names in the header of CSV, and the rows by them; an empty cell is null."""
    rows = csv_rows(data)
    names, _, _ = next(rows, ([], 1, b""))
    if not names:
        raise data.reject(Problem("invalid_record", "The data have no header line.", line=1))
    twice = next((name for at, name in enumerate(names) if name in names[:at]), None)
    if twice is not None:
        raise data.reject(Problem("invalid_record", f'The header names "{twice}" twice.', line=1))

    def records() -> Iterator[Mapping[str, str | None]]:
        for cells, number, _ in rows:
            if len(cells) != len(names):
                message = f"Cells in this row: {len(cells)}; in the header: {len(names)}."
                raise data.reject(Problem("invalid_record", message, line=number))
            yield {name: cell or None for name, cell in zip(names, cells, strict=True)}

    return names, records()


_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)", re.ASCII)


def _fits_cell(field: Field, cell: str) -> bool:
    """Of a cell of CSV, read as the field's type is."""
    value = cell_reader(field)(cell)
    if field.is_list:
        return isinstance(value, list) and all(item is None or fits_json(field, item) for item in value)
    if field.field_type is FieldType.INTEGER:
        return bool(_INTEGER.fullmatch(cell)) and converts(field, value)
    return fits_json(field, value)


def _choose_cell(fitting: Sequence[Field]) -> Field:
    """Where nothing but empty lists was seen, any type of list fits: that tells none, and a string holds them too."""
    return fitting[-1] if set(_LISTS) <= set(fitting) else fitting[0]


*_OTHERS, _STRING = SCALARS
_LISTS = tuple(replace(field, is_list=True) for field in SCALARS)

CELLS = Values((*_OTHERS, *_LISTS, _STRING), _fits_cell, _choose_cell, untold=_STRING, are_paths=True)
"""What cells of CSV hold: texts, each of which may spell a value or a list. A string may stand in every column, and in
one without a value it does: data with a column that the schema leaves out would not be read."""


def _from_parquet(path: str, stream: BinaryIO, entity: str, rows: int | None) -> Inferred:
    try:
        import pyarrow as pa

        from criteria.inference.parquet import VALUES, ParquetRecords
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.split(".")[0] != "pyarrow":
            raise
        message = 'Parquet needs one more package: pip install "criteria-engine[files]"'
        raise typer.BadParameter(message, param_hint="--from") from None
    try:
        records = ParquetRecords(BytesIO(stream.read()) if path == STDIN else stream)  # its schema stands at the end
        return infer_schema(entity, records, most=rows, values=VALUES, known=records.members)
    except pa.ArrowException as error:
        raise _data(path, stream).reject(Problem("invalid_record", f"This is not Parquet: {error}")) from None
