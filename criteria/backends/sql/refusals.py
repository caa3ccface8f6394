"""What a dialect refuses: the fields, and the comparisons with certain values, that cannot be right on its engine."""

from __future__ import annotations

from collections.abc import Iterable

from criteria.backends.sql.dialect import Dialect
from criteria.errors import CriteriaError, Problem, quoted
from criteria.schema.field import Field
from criteria.tree.nodes import Expression, leaves


def check_fields(dialect: Dialect, fields: Iterable[Field]) -> None:
    """Raises `CriteriaError` (`unsupported`) for every field that cannot be right in the dialect."""
    _refuse(dialect, ((field, _reason(dialect, field)) for field in dict.fromkeys(fields)))


def _reason(dialect: Dialect, field: Field) -> str | None:
    """Why a field cannot be right in the dialect."""
    if field.field_type not in dialect.representations:
        return f"The dialect does not support the type {field.field_type.value}."
    return _unquotable(dialect, field.column) or dialect.unsupported(field)


def check_folded_names(dialect: Dialect, fields: Iterable[Field]) -> None:
    """Raises `CriteriaError` (`unsupported`) for columns that the dialect takes for the same one."""
    by_folded: dict[str, str] = {}
    _refuse(
        dialect,
        (
            (field, f"Its column differs only in letter case from {quoted(other)}, and is the same one there.")
            for field in fields
            if (other := by_folded.setdefault(field.column.lower(), field.column)) != field.column
        ),
    )


def check_comparisons(dialect: Dialect, expression: Expression) -> None:
    """Raises `CriteriaError` (`unsupported`) for every field or else every value that cannot be right in the dialect.

    Fields are looked at again, because without a schema nobody has seen them yet.
    """
    comparisons = list(leaves(expression))
    check_fields(dialect, (leaf.field for leaf in comparisons))
    unsupported_leaf = dialect.unsupported_leaf
    if unsupported_leaf is not None:
        checked = (leaf for leaf in comparisons if leaf.field.field_type in dialect.value_checked_types)
        _refuse(dialect, ((leaf.field, unsupported_leaf(leaf)) for leaf in checked))


def check_table(dialect: Dialect, table: str) -> None:
    """Raises `CriteriaError` (`unsupported`) for a table's name that cannot be said in the dialect."""
    reason = _unquotable(dialect, table)
    if reason is not None:
        raise CriteriaError(
            Problem("unsupported", f"Table {quoted(table)} cannot be named on {dialect.name}. {reason}")
        )


def _unquotable(dialect: Dialect, name: str) -> str | None:
    found = next((character for character in name if character in dialect.unquotable), None)
    return None if found is None else f"A name holds no {found} there."


def _refuse(dialect: Dialect, reasons: Iterable[tuple[Field, str | None]]) -> None:
    problems = [
        Problem("unsupported", f"Field {quoted(field.name)} cannot be right on {dialect.name}. {reason}")
        for field, reason in reasons
        if reason
    ]
    if problems:
        raise CriteriaError(*problems)
