"""What LanceDB cannot answer, refused before a filter is made: each with the reason and what to do instead."""

from __future__ import annotations

from criteria.backends.unsupported import refuse_comparisons, refuse_names
from criteria.errors import CriteriaError, Problem
from criteria.schema.field import Field, FieldType
from criteria.schema.schema import Schema
from criteria.tree.nodes import And, Comparison, Expression, Not, Or, is_ordering, is_text

_MAX_DEPTH = 40
"""Groups inside each other. LanceDB's parser takes 50 levels of parentheses, and a comparison may add four."""


_OF_SEARCHES = frozenset({"_distance", "_score", "_relevance_score"})
"""The columns that a search among vectors, in texts or in both adds to each row."""


def check_schema(schema: Schema | None) -> None:
    """Raises `CriteriaError` (`unsupported`) for a query without a schema, and for names that a column cannot have."""
    if schema is None:
        message = "A query without a schema cannot be compiled for LanceDB, whose columns have types."
        raise CriteriaError(Problem("unsupported", message, hint="Pass a schema to parse."))
    refuse_names("LanceDB", schema, _unsupported_name)


def _unsupported_name(field: Field) -> str | None:
    if "`" in field.column:
        return "The name of a column cannot contain backticks."
    if field.column.startswith("_row"):
        return "LanceDB has columns of its own whose names begin with _row."
    if field.column in _OF_SEARCHES:
        return f"Searches of LanceDB return a column {field.column} of their own."
    return None


def check_comparisons(normal: Expression) -> None:
    """Raises `CriteriaError` (`unsupported`) for each comparison that LanceDB cannot answer correctly."""
    refuse_comparisons("LanceDB", normal, _reason)
    if _depth(normal) > _MAX_DEPTH:
        message = f"LanceDB takes at most {_MAX_DEPTH} nested groups."
        raise CriteriaError(Problem("unsupported", message, hint="Nest AND and OR less deep.", asked_fields=()))


def _depth(expression: Expression) -> int:
    """How many groups are inside each other."""
    deepest, pending = 0, [(expression, 1)]
    while pending:
        node, depth = pending.pop()
        deepest = max(deepest, depth)
        if isinstance(node, (And, Or)):
            pending += [(term, depth + 1) for term in node.terms]
        elif isinstance(node, Not):
            pending.append((node.term, depth))
    return deepest


def _reason(leaf: Comparison) -> tuple[str, str] | None:
    """Why a comparison is refused, and what to do instead."""
    operator, field = leaf.operator, leaf.field
    if field.is_list and is_text(operator) and leaf.value != "":
        return "It cannot look into the texts of a list.", "Compare whole elements, or store the text in a field."
    if field.is_list and is_ordering(operator) and field.field_type is FieldType.DOUBLE:
        return "A list with a NaN has no largest number.", "Store the largest or the smallest number in a field."
    return None
