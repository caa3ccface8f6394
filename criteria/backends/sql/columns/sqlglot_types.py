"""Reading the type of a column by sqlglot, for the engines whose types it knows."""

from __future__ import annotations

import re

from sqlglot import exp

from criteria.backends.sql.columns.column_types import ColumnType, sizes_of

_QUOTED = re.compile("'[^']*'")
_FURTHER_LABELS = re.compile(r"(?:,\s*'')+")
_NESTED = re.compile(r"[\[(<]|\bARRAY\b", re.IGNORECASE)

_MAX_NESTED = 100
"""What a type may open. sqlglot reads each level inside the last one, and DDL may come from anybody."""


def read_type(text: str, dialect: str) -> ColumnType:
    """A type in an engine's words, taken apart. Its name is sqlglot's: `VARCHAR`, `DECIMAL`, `TIMESTAMPTZ`."""
    text = _FURTHER_LABELS.sub("", _QUOTED.sub("''", text))  # of which there may be thousands
    if len(_NESTED.findall(text)) > _MAX_NESTED:
        return ColumnType(None)
    try:
        return _taken_apart(exp.DataType.build(text, dialect=dialect, udt=True))
    except Exception:  # of names without characters, sqlglot raises others than its own
        return ColumnType(None)


def _taken_apart(found: exp.DataType) -> ColumnType:
    is_list = found.this is exp.DType.ARRAY
    if is_list:
        inner = found.expressions[0] if found.expressions else None
        if not isinstance(inner, exp.DataType) or inner.this is exp.DType.ARRAY:
            return ColumnType(None)
        found = inner
    sizes = [one.name for one in found.expressions if isinstance(one, exp.DataTypeParam)]
    return ColumnType(_name(found), sizes_of(sizes), is_list)


def _name(found: exp.DataType) -> str:
    """The name of a type. Of one that sqlglot does not know, the words of the engine in lower case."""
    kind = found.this
    if kind is exp.DType.USERDEFINED:
        return str(found.args.get("kind") or found.sql()).lower()
    return str(kind.name) if isinstance(kind, exp.DType) else found.sql().lower()  # `oid` and `regclass` have no DType
