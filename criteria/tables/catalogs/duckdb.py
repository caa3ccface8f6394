"""The catalog of DuckDB: `duckdb_columns`, `duckdb_constraints`, `duckdb_indexes`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from criteria.tables.catalogs.catalog import Described, Naming, Reading, Statement, names_by
from criteria.tables.catalogs.labels import labels_of
from criteria.tables.column import Column

_WHERE = """
 WHERE table_name = ? AND database_name = COALESCE(?, current_database())
   AND schema_name = COALESCE(?, current_schema())
"""
_COLUMNS = f"SELECT column_name, data_type, is_nullable FROM duckdb_columns() {_WHERE} ORDER BY column_index"  # noqa: S608
_TABLES = f"SELECT 1 FROM duckdb_tables() {_WHERE}"  # noqa: S608
_KEYS = f"""
SELECT constraint_column_names FROM duckdb_constraints() {_WHERE} AND constraint_type IN ('PRIMARY KEY', 'UNIQUE')
 ORDER BY constraint_type, constraint_index
"""  # noqa: S608
_INDEXES = f"SELECT expressions FROM duckdb_indexes() {_WHERE} AND is_unique ORDER BY index_oid"  # noqa: S608

_NAME = re.compile(r'[A-Za-z_]\w*|"(?:[^"]|"")*"')
_NAMES = re.compile(rf"\[(?:{_NAME.pattern})(?:, (?:{_NAME.pattern}))*\]")

_TABLES_AND_VIEWS = Statement(
    "SELECT DISTINCT CASE WHEN schema_name = current_schema() THEN table_name "
    "ELSE schema_name || '.' || table_name END "
    "FROM duckdb_columns() WHERE database_name = current_database() AND NOT internal ORDER BY 1"
)


def read_names() -> Naming:
    """The tables and views, named as `reflect` takes them."""
    return (yield from names_by(_TABLES_AND_VIEWS))


def read_table(parts: Sequence[str]) -> Reading:
    """What DuckDB says about a table or a view. Collations are not told, and do not matter."""
    schema, database = (parts[-2] if len(parts) > 1 else None), (parts[-3] if len(parts) > 2 else None)
    where = (parts[-1], database, schema)
    rows = yield Statement(_COLUMNS, where)
    is_table = bool((yield Statement(_TABLES, where)))
    columns = tuple(
        Column(name, kind, nullable if is_table else None, labels=labels_of(kind)) for name, kind, nullable in rows
    )
    if not is_table:
        return Described("duckdb", columns, None)
    keys = [tuple(names) for (names,) in (yield Statement(_KEYS, where))]
    keys += [_indexed(text) for (text,) in (yield Statement(_INDEXES, where))]
    return Described("duckdb", columns, tuple(key for key in keys if key))


def _indexed(text: str) -> tuple[str, ...]:
    """The columns in `[a, "b c"]`; none if the index is on an expression."""
    if not _NAMES.fullmatch(text):
        return ()
    return tuple(name[1:-1].replace('""', '"') if name.startswith('"') else name for name in _NAME.findall(text[1:-1]))
