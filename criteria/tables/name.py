"""Names of tables: `table`, `schema.table` or `catalog.schema.table`."""

from __future__ import annotations

from criteria.errors import CriteriaError, Problem
from criteria.messages import is_encodable, quoted
from criteria.schema.field import CONTROL_CHARACTER


def table_parts(table: str) -> list[str]:
    """The parts of a table's name. Raises `CriteriaError` (`unknown_option`)."""
    parts = table.split(".") if isinstance(table, str) else []
    if not 1 <= len(parts) <= 3 or not all(parts) or CONTROL_CHARACTER.search(table) or not is_encodable(table):
        raise unknown_table(table)
    return parts


def unknown_table(table: object) -> CriteriaError:
    """The error of a value that names no table."""
    return CriteriaError(Problem("unknown_option", f"{quoted(table)} is not the name of a table."))
