"""The query as it was written: its tree, with the place in the criteria of each node."""

from __future__ import annotations

from typing import Any

from criteria.errors import CriteriaError, Problem, to_pointer
from criteria.explanation.model import Node
from criteria.text.json_decoding import decode, read_text
from criteria.tree.nodes import EVERYTHING, MEMBERSHIP, And, Comparison, Expression, Not, Operator, Or, Query


def written_tree(query: Query, written: object = None) -> Node:
    """The tree of a query, with pointers into the criteria that it was parsed from: text or decoded JSON.

    Without them the pointers lead into `query.to_json()`. Raises `CriteriaError` (`invalid_parameter`) when the
    criteria are not the ones of the query.
    """
    criteria = query.to_json() if written is None else _decoded(written)
    try:
        return _criteria(criteria, query.expression, "")
    except (_OtherQuery, AttributeError, TypeError, ValueError):
        message = "These are not the criteria that the query was parsed from."
        raise CriteriaError(Problem("invalid_parameter", message, "/written")) from None


class _OtherQuery(Exception):
    """The criteria and the tree are not alike."""


def _decoded(written: object) -> Any:
    return decode(read_text(written))[0] if isinstance(written, (str, bytes)) else written


def _criteria(value: Any, expression: Expression, at: str) -> Node:
    members = list(value.items())
    if not members:
        _expect(expression == EVERYTHING)
        return Node(expression, at)
    if len(members) == 1:
        key, member = members[0]
        return _member(key, member, expression, at)
    terms = _terms(expression, And, len(members))
    return Node(
        expression,
        at,
        tuple(_member(key, member, term, at) for (key, member), term in zip(members, terms, strict=True)),
    )


def _member(key: str, value: Any, expression: Expression, around: str) -> Node:
    at = around + to_pointer((key,))
    if key in ("AND", "OR"):
        terms = _terms(expression, And if key == "AND" else Or, len(value))
        inner = enumerate(zip(value, terms, strict=True))
        return Node(expression, at, tuple(_criteria(one, term, f"{at}/{index}") for index, (one, term) in inner))
    if key == "NOT":
        _expect(isinstance(expression, Not))
        assert isinstance(expression, Not)
        return Node(expression, at, (_criteria(value, expression.term, at),))
    if not isinstance(value, dict):
        return _comparison(key, Operator.EQ, expression, at)
    if len(value) == 1:
        (name,) = value
        return _operation(key, name, expression, at)
    terms = _terms(expression, And, len(value))
    return Node(expression, at, tuple(_operation(key, name, term, at) for name, term in zip(value, terms, strict=True)))


def _operation(field: str, name: str, expression: Expression, around: str) -> Node:
    return _comparison(field, Operator(name), expression, around + to_pointer((name,)))


def _comparison(field: str, operator: Operator, expression: Expression, at: str) -> Node:
    """A comparison; of a list of several types without a schema, one for each type, all of them at one place."""
    if isinstance(expression, (And, Or)):
        _expect(operator in MEMBERSHIP)
        return Node(expression, at, tuple(_comparison(field, operator, term, at) for term in expression.terms))
    _expect(isinstance(expression, Comparison) and expression.operator is operator)
    assert isinstance(expression, Comparison)
    _expect(field in (expression.field.name, f"{expression.field.name}.objectId"))
    return Node(expression, at)


def _terms(expression: Expression, group: type[And] | type[Or], count: int) -> tuple[Expression, ...]:
    _expect(isinstance(expression, group) and len(expression.terms) == count)
    assert isinstance(expression, (And, Or))
    return expression.terms


def _expect(alike: bool) -> None:
    if not alike:
        raise _OtherQuery
