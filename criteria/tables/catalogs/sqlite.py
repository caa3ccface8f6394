"""The catalog of SQLite: `PRAGMA table_xinfo` and `PRAGMA index_list`, as functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from criteria.tables.catalogs.catalog import Described, Naming, Reading, Rows, Statement
from criteria.tables.column import Column
from criteria.text.ascii_case import ascii_upper

_LETTER = "CAST('a' AS BLOB)"
"""The first column of each statement here: the letter shows in which encoding the database casts texts."""

_ENCODINGS = {b"a\0": "utf-16-le", b"\0a": "utf-16-be"}
"""The encodings by the letter in them. All others are UTF-8."""

# Texts are cast to BLOB and decoded here. What Python reads as text is set on the connection (`text_factory`). That
# must not be changed: other tasks and threads may read with the connection at the same time.
_TABLES = Statement(
    f"SELECT {_LETTER}, CAST(CASE WHEN schema IN ('main', 'temp') THEN name ELSE schema || '.' || name END AS BLOB) "  # noqa: S608
    "FROM pragma_table_list WHERE type IN ('table', 'view', 'virtual') AND name NOT LIKE 'sqlite~_%' ESCAPE '~' "
    "ORDER BY name"
)
_SCHEMAS = f"SELECT {_LETTER}, CAST(schema AS BLOB) FROM pragma_table_list(?)"  # noqa: S608
_COLUMNS = f"""
SELECT {_LETTER}, CAST(name AS BLOB), CAST(type AS BLOB), "notnull", pk, hidden
  FROM pragma_table_xinfo(?, ?) ORDER BY cid
"""  # noqa: S608
_KINDS = f"SELECT {_LETTER}, CAST(type AS BLOB), wr FROM pragma_table_list(?) WHERE schema = ?"  # noqa: S608
_INDEXES = f"""
SELECT {_LETTER}, CAST(i.name AS BLOB), CAST(c.name AS BLOB), CAST(i.origin AS BLOB)
  FROM pragma_index_list(?, ?) AS i, pragma_index_xinfo(i.name, ?) AS c
 WHERE i."unique" AND NOT i.partial AND c.key ORDER BY i.seq, c.seqno
"""  # noqa: S608


def read_names() -> Naming:
    """The tables and views, named as `reflect` takes them."""
    return [name for (name,) in _decoded((yield _TABLES))]


def read_table(parts: Sequence[str]) -> Reading:
    """What SQLite says about a table or a view. Without a schema, a temporary one hides others, as in statements."""
    name = parts[-1]
    found_in = [found for (found,) in _decoded((yield Statement(_SCHEMAS, (name,))))]
    default = next((one for one in ("temp", "main") if one in found_in), "main")
    schema = parts[-2] if len(parts) > 1 else default
    info = _decoded((yield Statement(_COLUMNS, (name, schema))))
    kinds = _decoded((yield Statement(_KINDS, (name, schema))))
    is_view = bool(kinds) and kinds[0][0] == "view"
    has_rowid = bool(kinds) and not kinds[0][1]
    key = tuple(row[0] for row in sorted((row for row in info if row[3]), key=lambda row: row[3]))
    indexes = _decoded((yield Statement(_INDEXES, (name, schema, schema))))
    # INTEGER PRIMARY KEY DESC has an index, because it is not the row's id, and may be NULL.
    is_rowid = has_rowid and not any(origin == "pk" for _, _, origin in indexes)
    alias = _row_id(info, key) if is_rowid else None
    columns = tuple(
        Column(row[0], row[1] or "", None if is_view else not (row[2] or row[0] == alias or (row[3] and not has_rowid)))
        for row in info
        if row[4] != 1  # hidden columns of virtual tables
    )
    [[letter]] = yield Statement(f"SELECT {_LETTER}")
    is_utf_16 = _encoding(letter) != "utf-8"
    if is_view:
        return Described("sqlite", columns, None, is_utf_16=is_utf_16)
    found: dict[str, list[str]] = {}
    for index, column, _ in indexes:
        found.setdefault(index, []).append(column)
    keys = [key] if key else []
    keys += [tuple(names) for names in found.values() if all(names) and tuple(names) != key]
    return Described("sqlite", columns, tuple(keys), is_utf_16=is_utf_16)


def _decoded(rows: Rows) -> Rows:
    """The rows with their texts, and without the letter."""
    return [[_text(value, _encoding(letter)) for value in values] for letter, *values in rows]


def _encoding(letter: Any) -> str:
    return "utf-8" if isinstance(letter, str) else _ENCODINGS.get(bytes(letter), "utf-8")


def _text(value: Any, encoding: str) -> Any:
    """A text from its bytes; also one that is not in the encoding, which the driver itself would fail on."""
    if value is None or isinstance(value, (int, str)):
        return value
    return bytes(value).decode(encoding, "replace")


def _row_id(info: Rows, key: tuple[str, ...]) -> str | None:
    """The column that is another name of the row's id, which is never NULL. Other columns of a primary key may be."""
    if len(key) != 1:
        return None
    return next((row[0] for row in info if row[0] == key[0] and ascii_upper(row[1]) == "INTEGER"), None)
