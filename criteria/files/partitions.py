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

_NULL = "__HIVE_DEFAULT_PARTITION__"
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}", re.ASCII)
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
    declared = {one.column: _DECLARED[one.field_type] for one in schema.fields} if schema is not None else {}
    found: dict[str, PartitionType] = {}
    for folder in {os.path.dirname(os.path.relpath(path, inputs.folder)) for path in inputs.paths}:
        for part in folder.split(os.sep):
            name, equals, value = part.partition("=")
            if equals:
                name = unquote(name)
                kind = found.get(name, declared.get(name, PartitionType.INTEGER))
                found[name] = kind if value == _NULL or _is_spelled_as(kind, unquote(value)) else PartitionType.TEXT
    return found


def _is_spelled_as(kind: PartitionType, value: str) -> bool:
    if kind is PartitionType.INTEGER:
        return _INTEGER.fullmatch(value) is not None
    return kind is PartitionType.TEXT or _is_day(value)


def _is_day(value: str) -> bool:
    if not _DAY.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
