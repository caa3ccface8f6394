"""The values of CSV cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from criteria.errors import CriteriaError, Refusal
from criteria.files.csv_dialect import CsvDialect
from criteria.messages import quoted
from criteria.schema.field import Field, FieldType
from criteria.schema.schema import Schema
from criteria.text.json_decoders import NUMBER
from criteria.text.json_streaming import JsonError, decode
from criteria.values.coerce import coercion

_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}

_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2})(:[0-9]{2}(?:\.[0-9]+)?)?"
    r"(?: ?(?:([Zz]|UTC)|([+-][0-9]{2}):?([0-9]{2})?))?"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DECIMAL_COMMA = re.compile(r"-?[0-9]+,[0-9]+(?:[eE][+-]?[0-9]+)?")

MAX_KNOWN = 1 << 14
"""How many cells of a column are remembered with their values."""


def cell_reader(field: Field, dialect: CsvDialect) -> Callable[[str], Any]:
    """From a cell to a JSON value; other text stays text, for the schema to refuse."""
    if field.is_list:
        return json_value
    if dialect.decimal_comma and field.field_type in _COMMAS:
        return _with_comma(_READERS[field.field_type](field))
    return _READERS[field.field_type](field)


def _number(cell: str) -> Decimal | str:
    try:
        return Decimal(cell) if NUMBER.fullmatch(cell) else cell
    except InvalidOperation:
        return cell


def json_value(cell: str) -> Any:
    """The value that a cell is in JSON; other text stays text."""
    try:
        value, end = decode(cell, 0)
    except JsonError:
        return cell
    return value if end == len(cell) else cell


def _instant(field: Field) -> Callable[[str], str]:
    """From the spellings of other programs, such as `2024-01-31 09:30:00+00`, to that of the language."""
    is_utc = field.time_zone is not None

    def read(cell: str) -> str:
        found = _INSTANT.fullmatch(cell)
        if found is None:
            return f"{cell}T00:00:00Z" if is_utc and _DAY.fullmatch(cell) else cell
        day, time, seconds, zulu, hours, minutes = found.groups()
        offset = f"{hours}:{minutes or '00'}" if hours else "Z" if zulu or is_utc else ""
        return f"{day}T{time}{seconds or ':00'}{offset}"

    return read


def lacks_time_zone(field: Field, cell: str) -> bool:
    """Whether a cell of a dateTime is a time without an offset, and the schema does not say that it is in UTC."""
    if field.field_type is not FieldType.DATE_TIME or field.time_zone is not None:
        return False
    return has_no_offset(cell)


def has_no_offset(text: str) -> bool:
    """Whether a text is a time without an offset."""
    found = _INSTANT.fullmatch(text)
    return found is not None and not found[4] and not found[5]


_READERS: Mapping[FieldType, Callable[[Field], Callable[[str], Any]]] = {
    FieldType.STRING: lambda _: str,
    FieldType.INTEGER: lambda _: _number,
    FieldType.BOOLEAN: lambda _: lambda cell: _BOOLEANS.get(cell, cell),
    FieldType.DECIMAL: lambda _: str,
    FieldType.DOUBLE: lambda _: _number,
    FieldType.DATE: lambda _: str,
    FieldType.DATE_TIME: _instant,
    FieldType.GUID: lambda _: str,
    FieldType.OBJECT_REF: lambda _: _number,
}

_COMMAS = frozenset({FieldType.DECIMAL, FieldType.DOUBLE})
"""Types whose numbers may have a fraction, and with it a decimal comma."""


def _with_comma(read: Callable[[str], Any]) -> Callable[[str], Any]:
    def converted(cell: str) -> Any:
        if _DECIMAL_COMMA.fullmatch(cell):
            return read(cell.replace(",", "."))
        if "." in cell:  # 1.500 may be 1500
            raise Refusal("type_mismatch", f"{quoted(cell)} has a point, and numbers are written with a comma.")
        return read(cell)

    return converted


class CellValues(dict[str, Any]):
    """The typed values of the cells of one column, converted when they are first met. Raises `Refusal`."""

    def __init__(self, field: Field, dialect: CsvDialect) -> None:
        super().__init__()
        self._read = cell_reader(field, dialect)
        self._convert = coercion(field)
        self._field = field
        self._nulls = dialect.nulls | {""}

    def __missing__(self, cell: str) -> Any:
        if len(self) >= MAX_KNOWN:
            self.clear()
        self[cell] = value = self._value(cell)
        return value

    def _value(self, cell: str) -> Any:
        if cell in self._nulls:
            return None
        value = self._read(cell)
        if not self._field.is_list:
            return self._convert(self._field, value)
        if not isinstance(value, list):
            raise Refusal("type_mismatch", f"{quoted(cell)} is not a list.")
        return [None if item is None else self._convert(self._field, item) for item in value]


class ObjectCells(dict[str, Any]):
    """The objects that the cells of one column are in JSON, with values of the types of a schema, in which `name` is
    the column. They are not kept: no two need to be equal. Raises `Refusal`."""

    def __init__(self, name: str, schema: Schema, dialect: CsvDialect) -> None:
        super().__init__()
        self._name, self._schema = name, schema
        self._nulls = dialect.nulls | {""}

    def __missing__(self, cell: str) -> Any:
        if cell in self._nulls:
            return None
        try:
            return self._schema.decode({self._name: json_value(cell)})[self._name]
        except CriteriaError as error:
            raise Refusal("type_mismatch", error.problems[0].message) from None
