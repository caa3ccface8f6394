"""The tree of a query as written, with a JSON Pointer to each node's place in the criteria."""

from __future__ import annotations

from typing import Any

from criteria.errors import CriteriaError, Problem, to_pointer
from criteria.explanation.model import ExplainedNode
from criteria.text.json_decoding import decode, read_text
from criteria.tree.nodes import (
    EVERYTHING,
    MEMBERSHIP,
    And,
    Comparison,
    Expression,
    Not,
    Operator,
    Or,
    Query,
    is_ordering,
    is_text,
)


def written_tree(query: Query, written: object = None) -> ExplainedNode:
    """The tree of a query, with pointers into `written`, the text or decoded JSON that it was parsed from.

    By default the pointers lead into `query.to_json()`. Raises `CriteriaError` (`invalid_parameter`) when `written`
    is not the source of the query.
    """
    criteria = query.to_json() if written is None else _decoded(written)
    try:
        return _criteria(criteria, query.expression, "")
    except (_OtherQuery, AttributeError, TypeError, ValueError):
        message = "These are not the criteria that the query was parsed from."
        raise CriteriaError(Problem("invalid_parameter", message, "/written")) from None


class _OtherQuery(Exception):
    """The criteria do not match the tree."""


def _decoded(written: object) -> Any:
    return decode(read_text(written))[0] if isinstance(written, (str, bytes)) else written


def _criteria(value: Any, expression: Expression, at: str) -> ExplainedNode:
    members = list(value.items())
    if not members:
        _expect(expression == EVERYTHING)
        return ExplainedNode(expression, at)
    if len(members) == 1:
        key, member = members[0]
        return _member(key, member, expression, at)
    terms = _terms(expression, And, len(members))
    return ExplainedNode(
        expression,
        at,
        tuple(_member(key, member, term, at) for (key, member), term in zip(members, terms, strict=True)),
    )


def _member(key: str, value: Any, expression: Expression, around: str) -> ExplainedNode:
    at = around + to_pointer((key,))
    if key in ("AND", "OR"):
        terms = _terms(expression, And if key == "AND" else Or, len(value))
        inner = enumerate(zip(value, terms, strict=True))
        return ExplainedNode(
            expression, at, tuple(_criteria(one, term, f"{at}/{index}") for index, (one, term) in inner)
        )
    if key == "NOT":
        _expect(isinstance(expression, Not))
        assert isinstance(expression, Not)
        return ExplainedNode(expression, at, (_criteria(value, expression.term, at),))
    if not isinstance(value, dict):
        return _comparison(key, Operator.EQ, expression, at)
    if len(value) == 1:
        (name,) = value
        return _operation(key, name, expression, at)
    terms = _terms(expression, And, len(value))
    return ExplainedNode(
        expression, at, tuple(_operation(key, name, term, at) for name, term in zip(value, terms, strict=True))
    )


def _operation(field: str, name: str, expression: Expression, around: str) -> ExplainedNode:
    return _comparison(field, Operator(name), expression, around + to_pointer((name,)))


def _comparison(field: str, operator: Operator, expression: Expression, at: str) -> ExplainedNode:
    """A comparison. Without a schema a list of mixed types has one for each type, all with the same pointer."""
    if isinstance(expression, (And, Or)):
        _expect(operator in MEMBERSHIP)
        return ExplainedNode(expression, at, tuple(_comparison(field, operator, term, at) for term in expression.terms))
    if not isinstance(expression, Comparison):
        raise _OtherQuery
    is_among_listed = expression.field.values is not None and (is_ordering(operator) or is_text(operator))
    _expect(expression.operator is (Operator.IN if is_among_listed else operator))
    _expect(field in (expression.field.name, f"{expression.field.name}.objectId"))
    return ExplainedNode(expression, at)


def _terms(expression: Expression, group: type[And] | type[Or], count: int) -> tuple[Expression, ...]:
    _expect(isinstance(expression, group) and len(expression.terms) == count)
    assert isinstance(expression, (And, Or))
    return expression.terms


def _expect(matches: bool) -> None:
    if not matches:
        raise _OtherQuery
