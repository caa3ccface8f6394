"""An index on each column of a SQL table, and the engine's statistics: with them it chooses other plans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from criteria import Field, FieldType, Schema


@dataclass(frozen=True, slots=True)
class Indexing:
    """How a dialect indexes: the quote of its names, the statement for statistics, and what it has no index for."""

    quote: str
    analyze: str
    indexes_documents: bool
    text_prefix: str = ""


INDEXING: Mapping[str, Indexing] = {
    "sqlite": Indexing('"', "ANALYZE", indexes_documents=True),
    "postgres": Indexing('"', "ANALYZE {table}", indexes_documents=True),
    "duckdb": Indexing('"', "ANALYZE {table}", indexes_documents=False),
    "mysql": Indexing("`", "ANALYZE TABLE {table}", indexes_documents=False, text_prefix="(40)"),
    "mariadb": Indexing("`", "ANALYZE TABLE {table}", indexes_documents=False, text_prefix="(40)"),
}

COMMITS_WITH_INDEX = frozenset({"mysql", "mariadb"})
"""Dialects whose CREATE INDEX commits the transaction, with the records in it."""


def index_statements(dialect: str, table: str, schema: Schema) -> Iterator[str]:
    """One CREATE INDEX for each column that the engine can index."""
    how = INDEXING[dialect]
    columns: dict[str, Field] = {field.column: field for field in schema.fields}
    for number, (column, field) in enumerate(columns.items()):
        if (field.is_list or field.is_nested) and not how.indexes_documents:
            continue
        name = f"{how.quote}{column.replace(how.quote, how.quote * 2)}{how.quote}"
        prefix = how.text_prefix if field.field_type is FieldType.STRING else ""
        yield f"CREATE INDEX {table}_{number} ON {table} ({name}{prefix})"
