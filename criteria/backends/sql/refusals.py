"""Refuses the fields, values and names that a dialect does not support."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from criteria.backends.sql.dialect import Dialect
from criteria.backends.support import HINT, Unsupported
from criteria.errors import CriteriaError, Problem, listed, quoted
from criteria.schema.field import Field
from criteria.tree.nodes import (
    ELEM_MATCH,
    AnyElement,
    AnyReferred,
    Comparison,
    Expression,
    all_reference_tests,
    element_tests,
    is_folded,
    leaves,
    reference_tests,
)


def check_fields(dialect: Dialect, fields: Iterable[Field]) -> None:
    """Raises `CriteriaError` (`unsupported`) for every field that the dialect cannot compare correctly."""
    _refuse(dialect, ((field, _unsupported_field(dialect, field)) for field in dict.fromkeys(fields)))


def _unsupported_field(dialect: Dialect, field: Field) -> str | None:
    """The reason why the dialect cannot compare a field correctly, or None."""
    if field.field_type not in dialect.representations:
        return f"The dialect does not support the type {field.field_type.value}."
    return _unsupported_name(dialect, field.column) or dialect.unsupported(field)


def check_folded_names(dialect: Dialect, fields: Iterable[Field]) -> None:
    """Raises `CriteriaError` (`unsupported`) for columns whose names differ only in letter case."""
    by_folded: dict[str, str] = {}
    _refuse(
        dialect,
        (
            (field, f"Its column name differs only in letter case from {quoted(other)}: both name one column.")
            for field in fields
            if (other := by_folded.setdefault(field.column.lower(), field.column)) != field.column
        ),
    )


def check_comparisons(dialect: Dialect, expression: Expression) -> None:
    """Raises `CriteriaError` (`unsupported`) for every unsupported field, or if there is none, every unsupported value.

    Fields are checked here too, because a query without a schema has not been checked before.
    """
    comparisons = list(leaves(expression))
    tests = element_tests(expression)
    if dialect.any_object is None:
        reason = f"It has no exact form of {ELEM_MATCH} and of paths through lists of objects."
        refuse_expressions(dialect, [(test.objects.place, test) for test in tests], lambda _: reason, HINT)
    references = reference_tests(expression)
    if not dialect.references:
        follows = "It has no exact form of paths through references."
        refuse_expressions(dialect, [(test.reference.place, test) for test in references], lambda _: follows, HINT)
    if dialect.any_id is not None:
        inside = [one for test in tests if test.term is not None for one in all_reference_tests(test.term)]
        no_subquery = "Conditions on the objects of a list cannot have subqueries there."
        refuse_expressions(dialect, [(one.reference.place, one) for one in inside], lambda _: no_subquery, HINT)
    for one in references:
        check_fields(dialect, [one.reference.place, one.reference.key])
        check_comparisons(dialect, one.term)
    for test in tests:
        check_fields(dialect, [test.objects.place])
        if test.term is not None:
            check_comparisons(dialect, test.term)
    check_fields(dialect, (leaf.field for leaf in comparisons))
    if dialect.text.folded is None:
        folded = [(leaf.field, leaf) for leaf in comparisons if is_folded(leaf.operator)]
        refuse_expressions(dialect, folded, lambda leaf: f"It has no exact form of {leaf.operator.value}.")
    unsupported_leaf = dialect.unsupported_leaf
    if unsupported_leaf is not None:
        checked = (leaf for leaf in comparisons if leaf.field.field_type in dialect.value_checked_types)
        _refuse(dialect, ((leaf.field, unsupported_leaf(leaf)) for leaf in checked))


_Refused = TypeVar("_Refused", Comparison, AnyElement, AnyReferred)


def refuse_expressions(
    dialect: Dialect,
    refused: Sequence[tuple[Field, _Refused]],
    reason: Callable[[_Refused], str],
    hint: str | None = None,
) -> None:
    """Raises `Unsupported` for expressions, each with its field, if there are any."""
    if refused:
        problems = [
            Problem("unsupported", _not_supported(dialect, field, reason(expression)), hint=hint)
            for field, expression in refused
        ]
        raise Unsupported(problems, [expression for _, expression in refused])


def _not_supported(dialect: Dialect, field: Field, reason: str) -> str:
    return f"Field {quoted(field.name)} is not supported on {dialect.name}. {reason}"


def check_table(dialect: Dialect, table: str) -> None:
    """Raises `CriteriaError` (`unsupported`) for a table name that the dialect cannot quote."""
    reason = _unsupported_name(dialect, table)
    if reason is not None:
        raise CriteriaError(
            Problem("unsupported", f"Table {quoted(table)} is not supported on {dialect.name}. {reason}")
        )


def _unsupported_name(dialect: Dialect, name: str) -> str | None:
    found = next((character for character in name if character in dialect.unquotable), None)
    return None if found is None else f"A name cannot contain {found}."


def _refuse(dialect: Dialect, reasons: Iterable[tuple[Field, str | None]]) -> None:
    problems = listed(
        Problem("unsupported", _not_supported(dialect, field, reason)) for field, reason in reasons if reason
    )
    if problems:
        raise CriteriaError(*problems)
