"""The values in folder names (`country=DE`): their types, which are the same for every engine.

Left to themselves, engines guess different types: `01` is a number to one and a text to another.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import date
from enum import Enum
from urllib.parse import unquote

from criteria.files.inputs import Inputs
from criteria.schema.field import FieldType
from criteria.schema.schema import Schema

NULL = "__HIVE_DEFAULT_PARTITION__"
"""How a folder says that the value is null."""

_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}", re.ASCII)
_PADDED = re.compile(r"-?[0-9]{1,18}", re.ASCII)
"""Of an integer that is declared: `month=01` is a month."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class PartitionType(Enum):
    """The type of a column whose values are in folder names."""

    INTEGER = "integer"
    DAY = "day"
    TEXT = "text"


_DECLARED: Mapping[FieldType, PartitionType] = {
    FieldType.STRING: PartitionType.TEXT,
    FieldType.INTEGER: PartitionType.INTEGER,
    FieldType.BOOLEAN: PartitionType.INTEGER,
    FieldType.DECIMAL: PartitionType.INTEGER,
    FieldType.DOUBLE: PartitionType.INTEGER,
    FieldType.DATE: PartitionType.DAY,
    FieldType.DATE_TIME: PartitionType.INTEGER,
    FieldType.GUID: PartitionType.TEXT,
    FieldType.OBJECT_REF: PartitionType.INTEGER,
}
"""The type of a column, by the type of its field, if all of its values have that form; otherwise it is text."""


def partition_types(inputs: Inputs, schema: Schema | None) -> Mapping[str, PartitionType]:
    """The columns that folders are named after, and their types.

    Without a field in the schema, a column is one of integers if all of its values are spelled as 64-bit integers.
    """
    fields = schema.fields if schema is not None else ()
    declared = {one.column: _DECLARED[one.field_type] for one in fields}
    numbers = {one.column for one in fields if one.field_type is FieldType.INTEGER}
    found: dict[str, PartitionType] = {}
    for folder in {os.path.dirname(os.path.relpath(path, inputs.folder)) for path in inputs.paths}:
        for part in folder.split(os.sep):
            name, equals, value = part.partition("=")
            if equals:
                name = unquote(name)
                kind = found.get(name, declared.get(name, PartitionType.INTEGER))
                integer = _PADDED if name in numbers else _INTEGER
                is_fit = value == NULL or _is_spelled_as(kind, unquote(value), integer)
                found[name] = kind if is_fit else PartitionType.TEXT
    return found


def padded(inputs: Inputs, column: str) -> str | None:
    """A value of a column that folders write with leading zeros, such as `01`; None where they do not, or not all of
    them are numbers."""
    if not inputs.is_partitioned:
        return None
    values = {
        unquote(value)
        for path in inputs.paths
        for name, equals, value in (part.partition("=") for part in os.path.relpath(path, inputs.folder).split(os.sep))
        if equals and unquote(name) == column
    }
    if not all(_PADDED.fullmatch(value) for value in values):
        return None
    return next((value for value in sorted(values) if not _INTEGER.fullmatch(value)), None)


def _is_spelled_as(kind: PartitionType, value: str, integer: re.Pattern[str]) -> bool:
    if kind is PartitionType.INTEGER:
        return integer.fullmatch(value) is not None
    return kind is PartitionType.TEXT or _is_day(value)


def _is_day(value: str) -> bool:
    if not _DAY.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
