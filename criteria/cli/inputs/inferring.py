"""Reads data to infer their schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import PurePath
from typing import Any, BinaryIO

from criteria import Problem
from criteria.cli.inputs.counted_bytes import CountedBytes
from criteria.cli.inputs.csv_values import CsvColumns
from criteria.cli.inputs.data_options import DataOptions
from criteria.cli.inputs.pointer_option import records_at
from criteria.cli.inputs.reading import name_of, opened
from criteria.cli.reports.file_faults import as_input_error, as_usage_error
from criteria.files.compression import decompressed
from criteria.files.csv_dialect import CsvDialect, other_delimiter
from criteria.files.csv_header import column_names
from criteria.files.csv_rows import Rows
from criteria.files.csv_table import Header, check_width, looks_otherwise, read_header, without_blank_lines
from criteria.files.engine_errors import arrow_errors, column_twice, first_twice
from criteria.files.faults import DataFault, FaultKind, UsageFault, needing
from criteria.files.folder_columns import FolderColumns, FolderValues, with_values
from criteria.files.formats import STDIN, Format
from criteria.files.inputs import Inputs, refuse_addresses
from criteria.files.inputs import found as found_files
from criteria.files.json_array import JsonArray
from criteria.files.names_seen import lists_of_objects
from criteria.files.ndjson import Ndjson
from criteria.files.records import Data
from criteria.inference import Inferred, infer_schema
from criteria.inference.infer import schema_of
from criteria.inference.observed import Fault, ObservedField
from criteria.messages import encodable, shown_text
from criteria.schema.field import Field, FieldType
from criteria.schema.schema import Schema
from criteria.values.stored_records import put_nested


@dataclass(frozen=True, slots=True)
class Sample:
    """The data that a schema is inferred from: `most` records of them, or all."""

    inputs: Inputs
    csv: CsvDialect
    most: int | None
    bad: Callable[[DataFault], None]
    opened: Callable[[str], AbstractContextManager[tuple[str, BinaryIO]]]
    named: frozenset[str] | None = None
    """The columns of CSV whose types are needed (None: all). The others are declared as strings, and not read."""
    untold: Mapping[str, FieldType] = field(default_factory=dict)
    """The types of columns of CSV in case no cell tells them. Others are strings then."""
    is_utc: bool = False
    """Whether times without a zone in CSV and in columns are in UTC."""

    def data(self) -> Iterator[tuple[Data, FolderValues]]:
        """Each file, open."""
        folders = FolderColumns(self.inputs, None, "json")
        is_utf_8 = self.inputs.format is not Format.CSV or self.csv.is_utf_8
        for path in self.inputs.paths:
            with self.opened(path) as (name, stream):
                content = decompressed(stream, name, is_utf_8=is_utf_8) if self.inputs.format.is_rows else stream
                data = Data(name, content, None, lambda: None, self.bad, at=self.inputs.at, csv=self.csv)
                yield data, folders.values(path)


def inferred(sample: Sample, name: str | None) -> Inferred:
    """The schema of data. Raises `DataFault` for data that cannot be read, and `UsageFault`."""
    first = sample.inputs.folder or sample.inputs.paths[0]
    entity = encodable(name or ("data" if first == STDIN else PurePath(first).name.split(".")[0]) or "data")
    if sample.inputs.format is Format.CSV:
        return _of_cells(sample, entity)
    if not sample.inputs.format.is_rows:
        return _of_columns(sample, entity)
    places = _Places()
    line = places.line if sample.inputs.format is Format.NDJSON else lambda: None
    told = infer_schema(entity, places.records(sample), most=sample.most, line=line)
    return replace(told, notes=(*told.notes, *_notes_on_records_inside(places, sample)))


def _notes_on_records_inside(places: _Places, sample: Sample) -> Iterator[str]:
    """Says where records may be, in a JSON text that is one object with lists of objects."""
    if sample.inputs.format is not Format.JSON or sample.inputs.at is not None or places.count != 1:
        return
    for path, count in lists_of_objects(places.first):
        yield records_at(path, count)


class _Places:
    """Records of rows: the line of the last one, the first one, and how many there are."""

    def __init__(self) -> None:
        self._line: int | None = None
        self.first: dict[str, Any] = {}
        self.count = 0

    def line(self) -> int | None:
        return self._line

    def records(self, sample: Sample) -> Iterator[dict[str, Any]]:
        table = Ndjson if sample.inputs.format is Format.NDJSON else JsonArray
        for data, values in sample.data():
            for batch in with_values(table(data).batches(), values):
                for at, record in enumerate(batch.records):
                    self._line = batch.lines[at]
                    self.first = self.first if self.count else record
                    self.count += 1
                    yield record


def _of_cells(sample: Sample, entity: str) -> Inferred:
    columns = CsvColumns(sample.csv, is_utc=sample.is_utc)
    others: dict[str, None] = {}
    is_whole = True
    delimiters: list[str] = []
    for data, values in sample.data():
        header = read_header(data)
        folders = {".".join(path): "" if value is None else str(value) for path, value in values.values}
        names = column_names(header.cells, folders)
        otherwise = _other_delimiter(data, header)
        if otherwise is not None and (
            otherwise.kind is FaultKind.SEPARATOR_LINE or (sample.named is not None and sample.named.isdisjoint(names))
        ):
            raise otherwise
        if otherwise is not None and sample.named is None:
            delimiters = [f"{otherwise.problems[0].message} If so, name it with --delimiter."]
        places = {name: at for at, name in enumerate(names) if sample.named is None or name in sample.named}
        others |= dict.fromkeys(name for name in names if name not in places)
        header.source.cut(max(places.values(), default=-1) + 1, len(names))
        for rows in header.rows:
            found = _of_width(data, rows if len(names) == 1 else without_blank_lines(rows), len(names), otherwise)
            if sample.most is not None and columns.records + len(found.lines) > sample.most:
                is_whole = False
                found = found.first(sample.most - columns.records)
            _see(columns, found, places, folders)
            if not is_whole:
                break
        _see(columns, Rows([], [], []), places, folders)  # a file may have a header alone
        if not is_whole:
            break
    found_schema = schema_of(entity, columns.observed(), columns.records if is_whole else None)
    schema = found_schema.schema
    if others or sample.untold:
        untold = {name: sample.untold[name] for name in columns.untold() if name in sample.untold}
        told = [replace(one, field_type=untold.get(one.name, one.field_type)) for one in schema.fields]
        unread = [Field(name, FieldType.STRING) for name in others if schema.find(name) is None]
        schema = Schema(entity, [*told, *unread], system_properties=False)
    return Inferred(schema, found_schema.problems, (*delimiters, *columns.notes()), columns.hints())


def _other_delimiter(data: Data, header: Header) -> DataFault | None:
    """The fault of a header that is one cell and looks like several, where no option says what is between cells."""
    cell, csv = header.cells[0], data.csv
    if len(header.cells) > 1 or not csv.has_header or csv.delimiter is not None or other_delimiter(cell) is None:
        return None
    return looks_otherwise(data, cell, header.line)


def _see(columns: CsvColumns, rows: Rows, places: Mapping[str, int], folders: Mapping[str, str]) -> None:
    cells = [(name, [row[at] for row in rows.cells]) for name, at in places.items()]
    columns.see([*cells, *((name, [value] * len(rows.lines)) for name, value in folders.items())], rows.lines)


def _of_width(data: Data, rows: Rows, width: int, otherwise: DataFault | None) -> Rows:
    """The rows that have as many cells as the header. Others are bad, or show that the header has more cells."""
    if rows.are_cut or {*map(len, rows.cells)} <= {width}:
        return rows
    kept = []
    for at, (row, number) in enumerate(zip(rows.cells, rows.lines, strict=True)):
        try:
            check_width(data, row, width, number)
        except DataFault as fault:
            data.bad(otherwise or fault)
        else:
            kept.append(at)
    return rows.only(kept)


def _of_columns(sample: Sample, entity: str) -> Inferred:
    with needing("files", f"Reading {sample.inputs.format.value} files"):
        from criteria.inference.arrow_types import NO_ZONE, VALUES
    files = _ColumnFiles(sample)
    known: dict[str, ObservedField] = {}
    for path in sample.inputs.paths:
        for member in files.members(path):
            other = known.setdefault(member.path[0], member)
            if (other.kind, other.candidates) != (member.kind, member.candidates):
                other.fault = Fault("Its type is not the same in all files.")
    told = infer_schema(entity, files.records(), most=sample.most, values=VALUES, known=known.values())
    return replace(told, problems=tuple(_with_option(problem, NO_ZONE) for problem in told.problems))


def _with_option(problem: Problem, no_zone: str) -> Problem:
    """The problem of a column without a time zone, with the option that says that its times are in UTC."""
    if not problem.message.endswith(no_zone):
        return problem
    return replace(problem, hint=f"{problem.hint} If its times are in UTC, add --time-zone UTC.")


class _ColumnFiles:
    """Files of columns, read by pyarrow."""

    def __init__(self, sample: Sample) -> None:
        self._inputs, self._is_utc = sample.inputs, sample.is_utc
        self._folders = FolderColumns(sample.inputs, None, "json")
        self._kept: bytes | None = None

    def members(self, path: str) -> list[ObservedField]:
        """What a file says of its columns, and the folders that it is in."""
        with self._opened(path) as file:
            return [*file.members, *map(_folder_member, self._folders.values(path).values)]

    def records(self) -> Iterator[Mapping[str, Any]]:
        """The records of all files."""
        for path in self._inputs.paths:
            values = self._folders.values(path)
            with self._opened(path) as file:
                for record in file:
                    for place, value in values.values:
                        put_nested(record, place, value)
                    yield record

    @contextmanager
    def _opened(self, path: str) -> Iterator[Any]:
        import pyarrow as pa

        from criteria.inference.arrow_types import ArrowRecords, ParquetRecords

        make, kind = (ArrowRecords, "Arrow IPC") if self._inputs.format is Format.ARROW else (ParquetRecords, "Parquet")
        with arrow_errors(self._inputs, path):
            try:
                with self._stream(path) as stream:
                    file = make(stream, is_utc=self._is_utc)
                    twice = first_twice(member.path[0] for member in file.members)
                    if twice is not None:
                        raise column_twice(name_of(path), twice)
                    yield file
            except pa.ArrowNotImplementedError as error:
                message = f"pyarrow does not read this {kind} file: {shown_text(error, 1000)}"
                raise DataFault(name_of(path), Problem("unsupported", message)) from None
            except OverflowError:
                message = "A date or timestamp is outside the years 1 to 9999."
                raise DataFault(name_of(path), Problem("invalid_record", message)) from None

    def _stream(self, path: str) -> AbstractContextManager[BinaryIO]:
        """The bytes of a file. Those of standard input are kept: they are read twice, and from their end."""
        if path != STDIN:
            return opened(path, "--from")
        if self._kept is None:
            with opened(path, "--from") as stream:
                self._kept = stream.read()
        return BytesIO(self._kept)


def infer_files(
    data: Sequence[str],
    options: DataOptions,
    bad: Callable[[DataFault], None],
    *,
    most: int | None = None,
    name: str | None = None,
) -> Inferred:
    """The schema of files, as --from and the options beside it name them. Raises `InputError`, or a usage error."""
    try:
        inputs = found_files(data, options.data_format)
        refuse_addresses(inputs)
        read = options.reading(inputs)
        counted = CountedBytes(read.inputs, "--from")
        return inferred(Sample(read.inputs, read.csv, most, bad, counted.opened, is_utc=read.is_utc), name)
    except UsageFault as fault:
        raise as_usage_error(fault, "--from") from None
    except DataFault as fault:
        raise as_input_error(fault) from None


def _folder_member(value: tuple[tuple[str, ...], Any]) -> ObservedField:
    from criteria.inference.arrow_types import VALUES

    path, content = value
    kind = FieldType.INTEGER if isinstance(content, int) else FieldType.STRING
    return ObservedField(path, VALUES, (Field("value", kind),), "a value")
