"""Text operators as functions that several engines have."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.dialect import Bind, StoredValue, TextForms
from criteria.backends.sql.folded_text import Folded
from criteria.backends.sql.nodes import Node
from criteria.tree.nodes import ExactTextOperator, Operator

STARTSWITH: Mapping[ExactTextOperator, str] = {
    Operator.STARTS_WITH: "STARTSWITH",
    Operator.ENDS_WITH: "ENDSWITH",
    Operator.CONTAINS: "CONTAINS",
}
"""The functions of Snowflake and Spark."""


def code_point_text(
    match: Callable[[ExactTextOperator, StoredValue, str, Bind], Node], folded: Folded | None = None
) -> TextForms:
    """Text in an engine that compares all text by code point, with its own functions for the text operators."""
    return TextForms(
        equal=lambda stored, operand: nodes.equal(stored.make(), operand),
        any_of=lambda stored, operand: nodes.is_in(stored.make(), nodes.each(operand())),
        operand=lambda stored, operand: operand,
        match=match,
        sort_keys=lambda stored: (stored.make(),),
        folded=folded,
    )


def has_position(function: str, *arguments: Node) -> Node:
    """Whether a text contains another, by a function that returns the position (0: it does not)."""
    return nodes.compare(exp.GT, nodes.call(function, *arguments), nodes.number(0))


def suffix_start(suffix: str) -> int:
    """Where SUBSTR has to start, counted from the end, to return as many characters as the suffix has."""
    return -len(suffix)
