"""What Qdrant cannot answer, refused before a filter is made: each with the reason and what to do instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from criteria.backends.unsupported import refuse_comparisons, refuse_names
from criteria.errors import CriteriaError, Problem
from criteria.schema.field import Field, FieldType
from criteria.schema.schema import Schema
from criteria.tree.nodes import Comparison, Expression, Operator, is_folded, is_ordering

MAX_BOUND: Final = 2**53 - 1
"""Qdrant compares bounds as doubles, which hold each integer up to here and round those above."""

_UNQUOTABLE = frozenset('"\\')
"""The characters that a key in quotes cannot contain."""

_NOT_ORDERED: Mapping[FieldType, str | None] = {
    FieldType.STRING: "Store a number or a date that has the same order, and compare that.",
    FieldType.INTEGER: None,
    FieldType.BOOLEAN: None,
    FieldType.DECIMAL: "Store the amount as an integer, such as cents.",
    FieldType.DOUBLE: None,
    FieldType.DATE: None,
    FieldType.DATE_TIME: None,
    FieldType.GUID: None,
    FieldType.OBJECT_REF: None,
}
"""What to do instead, for each type that the language orders and Qdrant does not."""


def check_schema(schema: Schema | None) -> None:
    """Raises `CriteriaError` (`unsupported`) for a query without a schema, and for names that a key cannot have."""
    if schema is None:
        message = "A query without a schema cannot be compiled for Qdrant, which has a different match for each type."
        raise CriteriaError(Problem("unsupported", message, hint="Pass a schema to parse."))
    refuse_names("Qdrant", schema, _unsupported_name)


def _unsupported_name(field: Field) -> str | None:
    return None if _UNQUOTABLE.isdisjoint(field.column) else "A key cannot contain quotes or backslashes."


def check_comparisons(normal: Expression) -> None:
    """Raises `CriteriaError` (`unsupported`) for each comparison that Qdrant cannot answer correctly."""
    refuse_comparisons("Qdrant", normal, _reason)


def _reason(leaf: Comparison) -> tuple[str, str] | None:
    """Why a comparison is refused, and what to do instead."""
    operator, field = leaf.operator, leaf.field
    if is_folded(operator):
        return (
            "Its text match compares words, not letters.",
            "Store the text in lower case in a field of its own, and compare that.",
        )
    if operator is Operator.ENDS_WITH and leaf.value != "":
        return "It can look for the start of a text, not for its end.", "Store the ending in a field of its own."
    if not is_ordering(operator):
        return None
    instead = _NOT_ORDERED[field.field_type]
    if instead is not None:
        return f"It has no order for values of type {field.field_type.value}.", instead
    return _beyond_doubles(field, leaf.value)


def _beyond_doubles(field: Field, bound: object) -> tuple[str, str] | None:
    if field.field_type is not FieldType.INTEGER:
        return None
    assert isinstance(bound, int)
    if abs(bound) <= MAX_BOUND:
        return None
    return (
        f"It compares bounds as doubles, and {bound} has neighbours that are the same double.",
        f"Use a bound from -{MAX_BOUND} to {MAX_BOUND}, or compare for equality.",
    )
