"""Which types of columns fit which field types, on each engine. One module per engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from criteria.backends.sql.columns.sqlite import SQLITE_COLUMNS
from criteria.backends.sql.fit import Fit
from criteria.schema.field import Field
from criteria.tables.column import Column

COLUMNS: Mapping[str, Callable[[Field, Column], Fit]] = {
    "sqlite": SQLITE_COLUMNS.fit,
}
"""How a column stores a field, by the name of the dialect."""


def fit(dialect: str, field: Field, column: Column) -> Fit:
    """How a column of an engine stores the values of a field, or why it cannot."""
    return COLUMNS[dialect](field, column)
