"""The catalog of SQLite: `PRAGMA table_xinfo` and `PRAGMA index_list`, as functions."""

from __future__ import annotations

from collections.abc import Sequence

from criteria.tables.catalogs.catalog import Described, Reading, Rows, Statement
from criteria.tables.column import Column
from criteria.text.ascii_case import ascii_upper

TABLES = Statement(
    "SELECT CASE WHEN schema IN ('main', 'temp') THEN name ELSE schema || '.' || name END FROM pragma_table_list "
    "WHERE type IN ('table', 'view', 'virtual') AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name"
)
"""The tables and views, named as `reflect` takes them. So have the other catalogs."""


def read_table(parts: Sequence[str]) -> Reading:
    """What SQLite says about a table or a view. Without a schema, a temporary one hides others, as in statements."""
    name = parts[-1]
    found_in = [row[0] for row in (yield Statement("SELECT schema FROM pragma_table_list(?)", (name,)))]
    default = next((one for one in ("temp", "main") if one in found_in), "main")
    schema = parts[-2] if len(parts) > 1 else default
    info = yield Statement(
        'SELECT name, type, "notnull", pk, hidden FROM pragma_table_xinfo(?, ?) ORDER BY cid', (name, schema)
    )
    kinds = yield Statement("SELECT type, wr FROM pragma_table_list(?) WHERE schema = ?", (name, schema))
    is_view = bool(kinds) and kinds[0][0] == "view"
    has_rowid = bool(kinds) and not kinds[0][1]
    key = tuple(row[0] for row in sorted((row for row in info if row[3]), key=lambda row: row[3]))
    indexes = yield Statement(
        "SELECT i.name, c.name, i.origin FROM pragma_index_list(?, ?) AS i, pragma_index_xinfo(i.name, ?) AS c "
        'WHERE i."unique" AND NOT i.partial AND c.key ORDER BY i.seq, c.seqno',
        (name, schema, schema),
    )
    # INTEGER PRIMARY KEY DESC has an index, because it is not the row's id, and may be NULL.
    is_rowid = has_rowid and not any(origin == "pk" for _, _, origin in indexes)
    alias = _row_id(info, key) if is_rowid else None
    columns = tuple(
        Column(row[0], row[1] or "", None if is_view else not (row[2] or row[0] == alias or (row[3] and not has_rowid)))
        for row in info
        if row[4] != 1  # hidden columns of virtual tables
    )
    encodings = yield Statement("SELECT encoding FROM pragma_encoding")
    is_utf_16 = encodings[0][0] != "UTF-8"
    if is_view:
        return Described("sqlite", columns, None, is_utf_16=is_utf_16)
    found: dict[str, list[str]] = {}
    for index, column, _ in indexes:
        found.setdefault(index, []).append(column)
    keys = [key] if key else []
    keys += [tuple(names) for names in found.values() if all(names) and tuple(names) != key]
    return Described("sqlite", columns, tuple(keys), is_utf_16=is_utf_16)


def _row_id(info: Rows, key: tuple[str, ...]) -> str | None:
    """The column that is another name of the row's id, which is never NULL. Other columns of a primary key may be."""
    if len(key) != 1:
        return None
    return next((row[0] for row in info if row[0] == key[0] and ascii_upper(row[1]) == "INTEGER"), None)
