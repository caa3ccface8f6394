"""The values that the names of folders say: their types, alike for every engine.

Engines guess them: `01` is a number to one and a text to another, and a date to a third is a text to the first.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from urllib.parse import unquote

from criteria.files.inputs import Inputs
from criteria.schema.field import FieldType
from criteria.schema.schema import Schema

_NULL = "__HIVE_DEFAULT_PARTITION__"
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}", re.ASCII)
_TEXTS = (FieldType.STRING, FieldType.GUID)


def integers(inputs: Inputs, schema: Schema | None) -> Mapping[str, bool]:
    """The columns that folders are named after, and whether each is one of integers; else it is one of strings.

    Integers are those whose values are all spelled as 64-bit integers are, unless the schema declares text.
    """
    texts = {one.column for one in schema.fields if one.field_type in _TEXTS} if schema is not None else set()
    found: dict[str, bool] = {}
    for folder in {os.path.dirname(os.path.relpath(path, inputs.folder)) for path in inputs.paths}:
        for part in folder.split(os.sep):
            name, equals, value = part.partition("=")
            if equals:
                name = unquote(name)
                is_integer = value == _NULL or _INTEGER.fullmatch(unquote(value)) is not None
                found[name] = found.get(name, name not in texts) and is_integer
    return found
