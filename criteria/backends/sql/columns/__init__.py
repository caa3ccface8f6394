"""Which types of columns fit which field types, on each engine. One module per engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from criteria.backends.sql.columns.duckdb import DUCKDB_COLUMNS
from criteria.backends.sql.columns.mysql import MARIADB_COLUMNS, MYSQL_COLUMNS
from criteria.backends.sql.columns.postgres import POSTGRES_COLUMNS
from criteria.backends.sql.columns.sqlite import SQLITE_COLUMNS
from criteria.backends.sql.fit import Fit
from criteria.schema.field import Field
from criteria.tables.column import Column

COLUMNS: Mapping[str, Callable[[Field, Column], Fit]] = {
    "duckdb": DUCKDB_COLUMNS.fit,
    "mariadb": MARIADB_COLUMNS.fit,
    "mysql": MYSQL_COLUMNS.fit,
    "postgres": POSTGRES_COLUMNS.fit,
    "sqlite": SQLITE_COLUMNS.fit,
}
"""How a column stores a field, by the name of the dialect."""


def fit(dialect: str, field: Field, column: Column) -> Fit:
    """How a column of an engine stores the values of a field, or why it cannot."""
    return COLUMNS[dialect](field, column)
