"""CSV with a header: the schema gives the types. Lines go out as they came in."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO, Literal

import typer

from criteria import CriteriaError, Field, FieldType, Problem, Schema
from criteria.cli.json_values import JsonError, decode
from criteria.cli.records import Data, Row, decoded, ended, lines
from criteria.cli.report import InputError

_NUMBERS = frozenset({FieldType.INTEGER, FieldType.DOUBLE, FieldType.OBJECT_REF})
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?", re.ASCII)
_BOOLEANS = {"true": True, "false": False}
_LARGEST_CELL = 2**31 - 1


class CsvTable:
    """A table of CSV. An empty cell is null, a list is a JSON array, a name with dots lies in nested objects."""

    records: Literal["typed"] = "typed"

    def __init__(self, data: Data) -> None:
        if data.schema is None:
            message = "CSV needs the types of its columns: name the schema with --schema FILE."
            raise typer.BadParameter(message, param_hint="--format csv")
        self.data = data
        self.lines = csv_rows(data)
        names, number, self.header = next(self.lines, ([], 1, b""))
        if not names:
            raise self._rejected("The data have no header line.", number)
        self.fields = [self._field(data.schema, name, number) for name in names]
        twice = next((field.name for at, field in enumerate(self.fields) if field in self.fields[:at]), None)
        if twice is not None:
            raise self._rejected(f'The header names field "{twice}" twice.', number)
        # The header may leave fields out, and any cell may be empty.
        nullable = [replace(field, nullable=True) for field in self.fields]
        self.columns = Schema(data.schema.name, nullable, system_properties=False)

    def rows(self) -> Iterator[Row]:
        converters = [(field.path, cell_reader(field)) for field in self.fields]
        for cells, number, text in self.lines:
            if len(cells) != len(converters):
                raise self._rejected(f"Cells in this row: {len(cells)}; in the header: {len(converters)}.", number)
            record: dict[str, Any] = {}
            for (path, convert), cell in zip(converters, cells, strict=True):
                if cell:
                    _put(record, path, convert(cell))
            try:
                typed = self.columns.decode(record)
            except CriteriaError as error:
                raise self.data.reject(*(replace(problem, line=number) for problem in error.problems)) from None
            yield typed, ended(text)

    def write(self, selected: Iterable[bytes], out: BinaryIO) -> None:
        out.write(ended(self.header))
        out.writelines(selected)

    def _field(self, schema: Schema, name: str, number: int) -> Field:
        field = schema.find(name)
        if field is None:
            hint = f"The fields are {', '.join(schema.names)}."
            raise self._rejected(f'The header names "{name}", which is no field of "{schema.name}".', number, hint)
        return field

    def _rejected(self, message: str, number: int, hint: str | None = None) -> InputError:
        return self.data.reject(Problem("invalid_record", message, line=number, hint=hint))


def csv_rows(data: Data) -> Iterator[tuple[list[str], int, bytes]]:
    """The cells of each row that has any, with the number of its first line, and its text."""
    taken: list[bytes] = []

    def characters() -> Iterator[str]:
        for number, line in enumerate(lines(data), 1):
            taken.append(line)
            yield decoded(data, line, "invalid_record", number)

    csv.field_size_limit(_LARGEST_CELL)
    reader = csv.reader(characters(), strict=True)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise data.reject(Problem("invalid_record", f"This is not CSV: {error}.", line=number)) from None
        if cells is None:
            return
        if cells:
            yield cells, number, b"".join(taken)
        taken.clear()


def cell_reader(field: Field) -> Callable[[str], Any]:
    """From a cell to a JSON value; what is none stays text, for the schema to refuse."""
    if field.is_list:
        return _list
    if field.field_type is FieldType.BOOLEAN:
        return lambda cell: _BOOLEANS.get(cell, cell)
    return _number if field.field_type in _NUMBERS else str


def _number(cell: str) -> Decimal | str:
    try:
        return Decimal(cell) if _NUMBER.fullmatch(cell) else cell
    except InvalidOperation:
        return cell


def _list(cell: str) -> Any:
    try:
        value, end = decode(cell, 0)
    except JsonError:
        return cell
    return value if end == len(cell) else cell


def _put(record: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for segment in path[:-1]:
        record = record.setdefault(segment, {})
    record[path[-1]] = value
