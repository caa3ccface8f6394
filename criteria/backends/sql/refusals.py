"""Refuses the fields, values and names that a dialect does not support."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from criteria.backends.sql.dialect import Dialect
from criteria.backends.unsupported import HINT, HINT_INSIDE_LISTS, Unsupported, hint_for, refuse_many, refuse_nested
from criteria.errors import CriteriaError, Problem, listed
from criteria.messages import quoted
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
    _refuse(dialect, ((field, _unsupported_field(dialect, field)) for field in dict.fromkeys(fields)), _hint)


def check_asked(dialect: Dialect, fields: Iterable[Field]) -> None:
    """As `check_fields`, for fields that a query or an order names: it is what the problems blame."""
    asked = dict.fromkeys(fields)
    _refuse(dialect, ((field, _unsupported_field(dialect, field)) for field in asked), _hint, is_asked=True)


def _unsupported_field(dialect: Dialect, field: Field) -> str | None:
    """The reason why the dialect cannot compare a field correctly, or None."""
    if field.field_type not in dialect.representations:
        return f"The dialect does not support the type {field.field_type.value}."
    return _unsupported_name(dialect, field.column) or dialect.unsupported(field)


def _hint(dialect: Dialect, field: Field) -> str:
    """What to do instead of comparing a field that is not supported."""
    if _unsupported_name(dialect, field.column) is not None:
        return "Give the field another column."
    return "Give this engine a schema without the field, and filter by it in Python."


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
        refuse_lists(tests, dialect.name, hint_for(tests))
    references = reference_tests(expression)
    if not dialect.references:
        _refuse_references(
            references, f"Paths through references are not supported on {dialect.name} (field {{}}).", HINT
        )
    if dialect.any_id is not None:
        inside = [one for test in tests if test.term is not None for one in all_reference_tests(test.term)]
        reason = "Conditions on the objects of a list cannot have subqueries there."
        message = f"References inside lists of objects are not followed on {dialect.name} (field {{}}). {reason}"
        _refuse_references(inside, message, HINT_INSIDE_LISTS)
    refuse_many(all_reference_tests(expression), dialect.most_references, dialect.name)
    if dialect.most_nested_references is not None:
        refuse_nested(expression, dialect.most_nested_references, dialect.name, in_or=True)
    for one in references:
        check_asked(dialect, [one.reference.place, one.reference.key])
        check_comparisons(dialect, one.term)
    for test in tests:
        check_asked(dialect, [test.objects.place])
        if test.term is not None:
            check_comparisons(dialect, test.term)
    check_asked(dialect, (leaf.field for leaf in comparisons))
    if dialect.text.folded is None:
        _refuse_folded(dialect, [leaf for leaf in comparisons if is_folded(leaf.operator)])
    unsupported_leaf = dialect.unsupported_leaf
    if unsupported_leaf is not None:
        checked = (leaf for leaf in comparisons if leaf.field.field_type in dialect.value_checked_types)
        _refuse(dialect, ((leaf.field, unsupported_leaf(leaf)) for leaf in checked), is_asked=True)


def refuse_lists(tests: Sequence[AnyElement], where: str, hint: str) -> None:
    """Raises `Unsupported` for tests of lists of objects, if there are any."""
    message = f"{ELEM_MATCH} and paths through lists of objects are not supported on {where} (list {{}})."
    _refuse_expressions(tests, [message.format(quoted(test.objects.name)) for test in tests], hint)


def _refuse_references(tests: Sequence[AnyReferred], message: str, hint: str) -> None:
    """`message` has a place for the name of the field."""
    _refuse_expressions(tests, [message.format(quoted(test.reference.name)) for test in tests], hint)


def _refuse_folded(dialect: Dialect, comparisons: Sequence[Comparison]) -> None:
    message = f"{{}} is not supported on {dialect.name} (field {{}}). No pattern there is known to mean exactly this."
    messages = [message.format(leaf.operator.value, quoted(leaf.field.name)) for leaf in comparisons]
    hint = "Compare a field that keeps the text in lower case, or filter the records in Python."
    _refuse_expressions(comparisons, messages, hint)


def _refuse_expressions(refused: Sequence[Expression], messages: Sequence[str], hint: str) -> None:
    if refused:
        raise Unsupported([Problem("unsupported", message, hint=hint) for message in messages], refused)


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


def _refuse(
    dialect: Dialect,
    reasons: Iterable[tuple[Field, str | None]],
    hint: Callable[[Dialect, Field], str | None] = lambda *_: None,
    *,
    is_asked: bool = False,
) -> None:
    problems = listed(
        Problem(
            "unsupported",
            _not_supported(dialect, field, reason),
            hint=hint(dialect, field),
            asked_fields=(field.name,) if is_asked else None,
        )
        for field, reason in reasons
        if reason
    )
    if problems:
        raise CriteriaError(*problems)
