"""CSV with a header. The schema gives the types. Rows are written with the text that they were read with."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from criteria.errors import CriteriaError, Problem
from criteria.files.faults import DataFault, FaultKind, UsageFault
from criteria.files.records import Batch, Data, decoded, lines
from criteria.schema.field import Field, FieldType
from criteria.schema.schema import Schema
from criteria.text.json_decoders import NUMBER
from criteria.text.json_streaming import JsonError, decode
from criteria.values.stored_records import put_nested

_BOOLEANS = {"true": True, "false": False}
_LARGEST_CELL = 2**31 - 1


class CsvTable:
    """A table of CSV. An empty cell is null, a list is a JSON array, a name with dots is a path into nested objects."""

    records: Literal["typed"] = "typed"

    def __init__(self, data: Data) -> None:
        if data.schema is None:
            raise UsageFault(FaultKind.CSV_WITHOUT_SCHEMA, "CSV needs a schema with the types of its columns.")
        self.data = data
        self.lines = csv_rows(data)
        names, number, self.head = next(self.lines, ([], 1, ""))
        if not names:
            raise self._fault("The data have no header line.", number)
        self.fields = [self._field(data.schema, name, number) for name in names]
        twice = next((field.name for at, field in enumerate(self.fields) if field in self.fields[:at]), None)
        if twice is not None:
            raise self._fault(f'The header names field "{twice}" twice.', number)
        # The header may omit fields, and any cell may be empty.
        nullable = [replace(field, nullable=True) for field in self.fields]
        self.columns = Schema(data.schema.name, nullable, system_properties=False)
        self.converters = [(field.path, cell_reader(field)) for field in self.fields]

    def batches(self) -> Iterator[Batch]:
        for cells, number, text in self.lines:
            try:
                record = self._record(cells, number)
            except DataFault as fault:
                self.data.bad(fault)
            else:
                yield Batch(self.data.name, [record], [text], [number])

    def _record(self, cells: list[str], number: int) -> dict[str, Any]:
        if len(cells) != len(self.converters):
            raise self._fault(f"Cells in this row: {len(cells)}; in the header: {len(self.converters)}.", number)
        record: dict[str, Any] = {}
        for (path, convert), cell in zip(self.converters, cells, strict=True):
            if cell:
                put_nested(record, path, convert(cell))
        try:
            return self.columns.decode(record)
        except CriteriaError as error:
            raise self.data.fault(*(replace(problem, line=number) for problem in error.problems)) from None

    def _field(self, schema: Schema, name: str, number: int) -> Field:
        field = schema.find(name)
        if field is None:
            hint = f"The fields are {', '.join(schema.names)}."
            raise self._fault(f'The header names "{name}", which is not a field of "{schema.name}".', number, hint)
        return field

    def _fault(self, message: str, number: int, hint: str | None = None) -> DataFault:
        return self.data.fault(Problem("invalid_record", message, line=number, hint=hint))


def csv_rows(data: Data) -> Iterator[tuple[list[str], int, str]]:
    """The cells of each row that is not empty, with the number of its first line, and its text."""
    taken: list[str] = []

    def characters() -> Iterator[str]:
        for number, line in enumerate(lines(data), 1):
            taken.append(decoded(data, line, "invalid_record", number))
            yield taken[-1]

    csv.field_size_limit(_LARGEST_CELL)
    reader = csv.reader(characters(), strict=True)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise data.fault(Problem("invalid_record", f"This is not CSV: {error}.", line=number)) from None
        if cells is None:
            return
        if cells:
            yield cells, number, "".join(taken).removesuffix("\n")
        taken.clear()


def _number(cell: str) -> Decimal | str:
    try:
        return Decimal(cell) if NUMBER.fullmatch(cell) else cell
    except InvalidOperation:
        return cell


def _list(cell: str) -> Any:
    try:
        value, end = decode(cell, 0)
    except JsonError:
        return cell
    return value if end == len(cell) else cell


_READERS: Mapping[FieldType, Callable[[str], Any]] = {
    FieldType.STRING: str,
    FieldType.INTEGER: _number,
    FieldType.BOOLEAN: lambda cell: _BOOLEANS.get(cell, cell),
    FieldType.DECIMAL: str,
    FieldType.DOUBLE: _number,
    FieldType.DATE: str,
    FieldType.DATE_TIME: str,
    FieldType.GUID: str,
    FieldType.OBJECT_REF: _number,
}


def cell_reader(field: Field) -> Callable[[str], Any]:
    """A function from a cell to a JSON value. Text that is not a value of the type stays text, and the schema refuses
    it."""
    return _list if field.is_list else _READERS[field.field_type]
