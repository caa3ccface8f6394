"""Explaining a query: what it uses, what of it is never or always true, and why a record matches or does not."""

from __future__ import annotations

from typing import Any

from criteria.errors import CriteriaError, Problem, quoted
from criteria.explanation.findings import Search
from criteria.explanation.judging import judged
from criteria.explanation.model import Explanation, FieldUse, Finding, Found, Kind, Node, Outcome, Reason
from criteria.explanation.source_tree import written_tree
from criteria.schema.field import Field
from criteria.tree.nodes import Comparison, Operator, Query
from criteria.tree.normalize import normalize
from criteria.values.loading import Records, check_records

__all__ = ["Explanation", "FieldUse", "Finding", "Found", "Kind", "Node", "Outcome", "Reason", "explain"]


def explain(query: Query, record: Any = None, *, records: Records = "typed", written: object = None) -> Explanation:
    """What a query says, and with a record why it matches or does not.

    `record` is what a predicate takes, `records` says of which kind it is (see `criteria.compile`). Pointers of the
    explanation lead into `written`, the criteria that the query was parsed from (text or decoded JSON), or else into
    `query.to_json()`.

    A finding is never wrong for records that are as it takes for granted (`Finding.rests_on`), but not everything is
    found. Not seen is what shows only

    - in several fields together: `(a = 1 AND b = 2 OR a = 3 AND b = 4) AND a = 1 AND b = 4`;
    - in several fields that depend on each other outside the query, such as a date and its year;
    - by the length of strings, or where one that contains a text could begin or end; that nothing lies between `"a"`
      and `"a\\u0001"`; by two `$contains` or `$endsWith` under OR (only that each excludes its own negation);
    - by the number of a list's elements, or by lists under OR that have to hold elements of several kinds;
    - without a schema: that a number is whole, and what of two numbers only one is written with a fraction;
    - in terms of which more than 40 are about one field, for those that change nothing;
    - in trees made by hand, where an operand has not the field's type.

    Raises `CriteriaError`: `invalid_parameter` when `query` is no query or `written` another one, `unknown_option` for
    other `records`, `too_deep` when the tree is deeper than the interpreter's stack.
    """
    given: object = query
    if not isinstance(given, Query):
        hint = "Explain what parse gives."
        raise CriteriaError(Problem("invalid_parameter", f"{quoted(query)} is no query.", "/query", hint=hint))
    check_records(records)
    try:
        return _explained(query, record, records, written)
    except RecursionError:  # limits that were set wider than the interpreter's stack
        raise CriteriaError(Problem("too_deep", "The criteria are nested too deep to be explained.")) from None


def _explained(query: Query, record: Any, records: Records, written: object) -> Explanation:
    root = written_tree(query, written)
    search = Search(root, query.schema is not None)
    outcome, rests_on = search.outcome()
    findings = tuple(search.findings())
    normal = normalize(query.expression)
    if record is not None:
        root = judged(root, record, records)
    return Explanation(query, root, _uses(root), normal, outcome, rests_on, findings)


def _uses(root: Node) -> tuple[FieldUse, ...]:
    used: dict[Field, dict[str, None]] = {}
    for _, comparison in root.comparisons():
        used.setdefault(comparison.field, {})[_operator_name(comparison)] = None
    return tuple(FieldUse(field, tuple(operators)) for field, operators in used.items())


def _operator_name(comparison: Comparison) -> str:
    if comparison.value is None:
        return "empty" if comparison.operator is Operator.EQ else "notEmpty"
    return comparison.operator.value or "equals"
