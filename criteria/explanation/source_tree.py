"""The tree of a query as written, with a JSON Pointer to each node's place in the criteria."""

from __future__ import annotations

from criteria.errors import CriteriaError, Problem
from criteria.explanation.model import ExplainedNode
from criteria.tree.query import Query
from criteria.tree.written import OtherCriteria, WrittenNode, written_nodes


def written_tree(query: Query, written: object = None) -> ExplainedNode:
    """The tree of a query, with pointers into `written`, the text or decoded JSON that it was parsed from.

    By default the pointers lead into `query.to_json()`. Raises `CriteriaError` (`invalid_parameter`) when `written`
    is not the source of the query.
    """
    try:
        return _explained(written_nodes(query.expression, query.to_json() if written is None else written))
    except OtherCriteria:
        message = "These are not the criteria that the query was parsed from."
        raise CriteriaError(Problem("invalid_parameter", message, "/written")) from None


def _explained(node: WrittenNode) -> ExplainedNode:
    return ExplainedNode(node.expression, node.pointer, tuple(map(_explained, node.terms)))
