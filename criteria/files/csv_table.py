"""CSV with the types of a schema. Rows go out as they came in. Only cells that are asked for are converted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Literal

from criteria.errors import CriteriaError, Listing, Problem, Refusal, listed, to_pointer
from criteria.files.csv_cells import CellValues, ObjectCells, cell_reader, json_value, lacks_time_zone
from criteria.files.csv_dialect import NULL_WORDS, other_delimiter
from criteria.files.csv_header import bound_fields, column_names, object_columns, refuse_object_lists
from criteria.files.csv_rows import CsvRows, EvenCells, Rows
from criteria.files.faults import DataFault, FaultKind
from criteria.files.records import Batch, ColumnRecords, Data
from criteria.messages import Hints, nearest_or_all, quoted
from criteria.schema.field import Field, FieldType
from criteria.schema.schema import Schema
from criteria.values.stored_records import put_nested


@dataclass(frozen=True, slots=True)
class _Column:
    """A column that is read: its place in a row and in records, its field, or the fields in the objects that its cells
    are, and the values of its cells."""

    at: int
    path: tuple[str, ...]
    fields: tuple[Field, ...]
    values: Mapping[str, Any]
    read: Callable[[str], Any]


class CsvTable:
    """A table of CSV. An empty cell is null, a list is a JSON array, a name with dots is a path into nested objects."""

    records: Literal["typed"] = "typed"

    def __init__(self, data: Data) -> None:
        assert data.schema is not None, "cells have the types of a schema"
        self.data, self.schema = data, data.schema
        header = read_header(data)
        self.head, self.names, self.width = header.text, header.cells, len(header.cells)
        self._rows = header.rows
        refuse_object_lists(self.schema, data.named, is_whole=data.is_whole)
        bound = bound_fields(self.names, self.schema)
        objects = object_columns(self.names, self.schema, bound)
        self._refuse_missing([*bound, *chain(*objects.values())], header.line)
        self.columns = [*self._asked(bound, objects)]
        header.source.cut(max((one.at + 1 for one in self.columns), default=0), self.width)
        # The header may leave fields out, and any cell may be empty.
        self._declared = self._nullable(field for one in self.columns for field in one.fields)
        self._are_flat = not any(field.is_nested for one in self.columns for field in one.fields)

    def batches(self) -> Iterator[Batch]:
        for rows in self._rows:
            rows = rows if self.width == 1 else without_blank_lines(rows)
            if not rows.cells:
                continue
            try:
                records = self._records(rows)
            except _NotFastError:
                yield from self._one_by_one(rows)
            else:
                yield Batch(self.data.name, records, rows.texts, rows.lines)

    def _nullable(self, fields: Iterable[Field]) -> Schema:
        """A schema for cells. One with a string that its field does not list is no damage: it is told otherwise."""
        lenient = [replace(one, nullable=True, values=None) for one in fields]
        return Schema(self.schema.name, lenient, system_properties=False)

    def _asked(self, bound: Sequence[Field | None], objects: Mapping[int, Sequence[Field]]) -> Iterator[_Column]:
        """The columns to read: those that the query and the order name, or all."""
        named = {*self.data.named, *self.data.tie_breakers}
        others = column_names(self.names, self.schema.names) if self.data.is_whole else []
        for at, field in enumerate(bound):
            inside = [one for one in objects.get(at, ()) if self.data.is_whole or one in named]
            if inside:
                yield self._column_of_objects(at, inside)
            elif self.data.is_whole:
                yield self._column(at, field or Field(others[at], FieldType.STRING))
            elif field is not None and field in named:
                yield self._column(at, field)

    def _column(self, at: int, field: Field) -> _Column:
        return _Column(at, field.path, (field,), CellValues(field, self.data.csv), cell_reader(field, self.data.csv))

    def _column_of_objects(self, at: int, fields: Sequence[Field]) -> _Column:
        name = fields[0].path[0]
        return _Column(at, (name,), tuple(fields), ObjectCells(name, self._nullable(fields), self.data.csv), json_value)

    def _records(self, rows: Rows) -> Sequence[dict[str, Any]]:
        """The records of all rows at once. Raises `_NotFastError` when one of them is not well-formed."""
        if not rows.are_cut and {*map(len, rows.cells)} != {self.width}:
            raise _NotFastError
        if not self.columns:
            return [{} for _ in rows.cells]
        try:
            columns = [[*map(one.values.__getitem__, rows.column(one.at))] for one in self.columns]
        except Refusal:
            raise _NotFastError from None
        if self._are_flat and self.data.takes_columns:
            return ColumnRecords([one.path[0] for one in self.columns], columns)
        if self._are_flat:
            return _flat_records([one.path[0] for one in self.columns], columns)
        records: list[dict[str, Any]] = [{} for _ in rows.cells]
        for one, column in zip(self.columns, columns, strict=True):
            for record, value in zip(records, column, strict=True):
                if value is not None:
                    put_nested(record, one.path, value)
        return records

    def _one_by_one(self, rows: Rows) -> Iterator[Batch]:
        delimiter = self.data.csv.delimiter_of(self.data.name)
        for cells, text, number in zip(rows.cells, rows.texts, rows.lines, strict=True):
            cells = text.removesuffix("\r").split(delimiter) if rows.are_cut else cells
            try:
                record = self._record(cells, number)
            except DataFault as fault:
                self.data.bad(fault)
            else:
                yield Batch(self.data.name, [record], [text], [number])

    def _record(self, cells: Sequence[str], number: int) -> dict[str, Any]:
        check_width(self.data, cells, self.width, number)
        record: dict[str, Any] = {}
        refused = Listing()
        try:
            for one in self.columns:
                cell = cells[one.at]
                if not cell or cell in self.data.csv.nulls:
                    continue
                try:
                    put_nested(record, one.path, one.read(cell))
                except Refusal as refusal:
                    refused.report(replace(refusal.at(one.path, refused.hints), code="invalid_record"))
            refused.refuse()
            return self._declared.decode(record)
        except CriteriaError as error:
            problems = [self._worded(problem, cells, number) for problem in error.problems]
            kind = FaultKind.NULL_WORD if all(self._cell(one, cells) in NULL_WORDS for one in problems) else None
            raise self.data.fault(*problems, kind=kind) from None

    def _worded(self, problem: Problem, cells: Sequence[str], number: int) -> Problem:
        found = self._at(problem)
        hint = problem.hint
        if found is not None and lacks_time_zone(found.fields[0], cells[found.at]):
            hint = 'If the times are in UTC, declare "timeZone": "UTC" in the schema.'
        return replace(problem, line=number, hint=hint)

    def _at(self, problem: Problem) -> _Column | None:
        """The column that a problem is in; None for a problem inside a list."""
        return next((one for one in self.columns if to_pointer(one.path) == problem.pointer), None)

    def _cell(self, problem: Problem, cells: Sequence[str]) -> str | None:
        found = self._at(problem)
        return None if found is None else cells[found.at]

    def _refuse_missing(self, bound: Sequence[Field | None], line: int) -> None:
        """Raises `DataFault` (`unfit_column`) for fields that the query names and that have no column."""
        found = {one.name for one in bound if one is not None}
        missing = [one for one in self.data.named if one.name not in found and one.name not in self.data.from_folders]
        if not found and self.width == 1 and other_delimiter(self.names[0]) is not None:
            raise looks_otherwise(self.data, self.names[0], line)
        if missing and not self.data.is_united:
            known, hints = column_names(self.names), Hints()
            raise self.data.fault(*listed(self._missing(one, line, known, hints) for one in missing))

    def _missing(self, field: Field, line: int, known: Sequence[str], hints: Hints) -> Problem:
        repeated = [known[at] for at, name in enumerate(self.names) if name == field.column]
        if not repeated:
            hint = nearest_or_all(field.name, known, "columns", hints)
        elif len(repeated) == 1 and field.is_nested:
            hint = f"Beside columns such as {quoted(self._inside(field))}, {quoted(field.column)} is text: "
            hint += f"name a column {quoted(field.name)}, or write NDJSON."
        elif len(repeated) == 1:
            hint = f"Column {quoted(repeated[0])} belongs to another field, and a column has one."
        else:
            hint = f"The header has it {len(repeated)} times: name {' or '.join(map(quoted, repeated))} in the schema."
        place = "The header has" if self.data.csv.has_header else "The data have"
        message = f"{place} no column for field {quoted(field.name)}."
        return Problem("unfit_column", message, line=line, hint=hint)

    def _inside(self, field: Field) -> str:
        """A column of the header for a field in the same object."""
        return next((one for one in self.names if one.startswith(f"{field.path[0]}.")), field.name)


class _NotFastError(Exception):
    """Rows that have to be read one by one, for their faults to be found."""


@dataclass(frozen=True, slots=True)
class Header:
    """The header: its cells, its text, its line, and the rows behind it."""

    cells: list[str]
    text: str
    line: int
    rows: Iterator[Rows]
    source: CsvRows


def read_header(data: Data) -> Header:
    """The header of CSV; without one, the names `column_1`, `column_2` and no text. Raises `DataFault`."""
    source = CsvRows(data, data.csv)
    rows = iter(source)
    blank: list[Rows] = []
    for found in rows:
        at = next((at for at, text in enumerate(found.texts) if text.strip("\r\n")), None)
        if at is None:
            blank += [] if data.csv.has_header else [found]
            continue
        cells, text, line = found.cells[at], found.texts[at], found.lines[at]
        if not data.csv.has_header:
            names = [f"column_{place}" for place in range(1, len(cells) + 1)]
            return Header(names, "", line, chain(blank, [found], rows), source)
        source.bad = data.bad
        return Header([*cells], text, line, _chained(found.after(at + 1), rows), source)
    raise data.fault(Problem("invalid_record", "The data have no header line.", line=1))


def check_width(data: Data, cells: Sequence[str], width: int, number: int) -> None:
    """Raises `DataFault` for a row with more or fewer cells than the header."""
    if len(cells) != width:
        first = "the header" if data.csv.has_header else "the first row"
        message = f"Expected as many cells as in {first}, {width}, found {len(cells)}."
        kind = FaultKind.LINES_ABOVE_HEADER if width == 1 and data.csv.has_header else FaultKind.RAGGED_ROW
        raise data.fault(Problem("invalid_record", message, line=number), kind=kind)


def _flat_records(names: Sequence[str], columns: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    """The records of columns. A few names as literals take half the time."""
    if len(names) == 1:
        (name,), (column,) = names, columns
        return [{name: value} for value in column]
    if len(names) == 2:
        one, other = names
        return [{one: first, other: second} for first, second in zip(*columns, strict=True)]
    if len(names) == 3:
        one, other, last = names
        return [{one: first, other: second, last: third} for first, second, third in zip(*columns, strict=True)]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def looks_otherwise(data: Data, header: str, line: int) -> DataFault:
    """The fault of a header that was read as one cell and seems to have several."""
    if header.lower().startswith("sep="):
        message = f"The first line is {quoted(header)}, which is not the header: Excel writes it."
        return data.fault(Problem("invalid_record", message, line=line), kind=FaultKind.SEPARATOR_LINE)
    seen = other_delimiter(header)
    shown = "a tab" if seen == "\t" else quoted(seen)
    message = f"The header is one cell, {quoted(header)}. The cells seem to be separated by {shown}."
    return data.fault(Problem("invalid_record", message, line=line), kind=FaultKind.OTHER_DELIMITER)


def _chained(first: Rows, rest: Iterator[Rows]) -> Iterator[Rows]:
    if first.cells:
        yield first
    yield from rest


def without_blank_lines(rows: Rows) -> Rows:
    """In rows of several columns a line without text is not a row. Of one column, it is null."""
    if isinstance(rows.cells, EvenCells) or ("" not in rows.texts and "\r" not in rows.texts):
        return rows
    return rows.only([at for at, text in enumerate(rows.texts) if text not in ("", "\r")])
