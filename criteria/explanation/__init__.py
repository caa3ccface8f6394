"""Explains a query: the fields it uses, what is never or always true, and why a record matches or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from criteria.errors import CriteriaError, Problem
from criteria.explanation.findings import Analysis
from criteria.explanation.judging import judged
from criteria.explanation.model import (
    ExplainedNode,
    Explanation,
    FieldUse,
    Finding,
    FoundKind,
    FoundValue,
    Outcome,
    Reason,
)
from criteria.explanation.source_tree import written_tree
from criteria.messages import quoted
from criteria.schema.field import Field, invalid_name
from criteria.tree.nodes import ELEM_MATCH, AnyElement, AnyReferred, Comparison, Operator
from criteria.tree.normalize import normalize
from criteria.tree.query import Query
from criteria.tree.references import check_given
from criteria.values.loading import Lookups, Records, check_lookups, check_records

__all__ = [
    "ExplainedNode",
    "Explanation",
    "FieldUse",
    "Finding",
    "FoundKind",
    "FoundValue",
    "Outcome",
    "Reason",
    "explain",
]


def explain(
    query: Query,
    record: Any = None,
    *,
    records: Records = "typed",
    written: object = None,
    lookups: Lookups | None = None,
) -> Explanation:
    """Explains what a query says and, given a record, why it matches or not.

    `record` is what a predicate takes, of the kind that `records` names (see `criteria.compile`); `lookups`
    finds the records of other entities, as there. JSON Pointers of the explanation lead into `written`, the criteria
    that the query was parsed from (text or decoded JSON), or else into `query.to_json()`.

    A finding is never wrong for records that fulfil its assumptions (`Finding.rests_on`), but not everything is found.
    Not found are contradictions and redundancies that depend

    - on several fields together: `(a = 1 AND b = 2 OR a = 3 AND b = 4) AND a = 1 AND b = 4`;
    - on a relation between fields outside the query, such as a date and its year;
    - on the length of strings, on where a contained string begins or ends, on the absence of strings between `"a"` and
      `"a\\u0001"`, or on two `$contains` or `$endsWith` under OR (except for one and its negation);
    - on several objects of a list together, or on what an object of a list and the record hold;
    - on what the objects of other entities hold;
    - on the number of elements of a list, or on lists under OR that must hold elements of several kinds;
    - without a schema, on a number being whole, or on two numbers of which only one is written with a fraction.

    Redundant terms are not searched among more than 40 on one field. The effort is bounded: of a very large query some
    parts may not be judged, and then `Explanation.is_fully_judged` is false. Of a tree made by hand, comparisons whose
    operand is not of the field's type are skipped.

    Raises `CriteriaError`: `invalid_parameter` when `query` is not a `Query` or `written` is not its source,
    `unknown_option` for other `records`, and for a record of a query with references that no look-up follows,
    `too_deep` when the tree is deeper than the interpreter's stack.
    """
    given: object = query
    if not isinstance(given, Query):
        hint = "Pass what criteria.parse returns."
        raise CriteriaError(Problem("invalid_parameter", f"{quoted(query)} is not a query.", "/query", hint=hint))
    check_records(records)
    check_lookups({} if lookups is None else lookups)
    if record is not None:
        check_given("lookups", lookups or {}, query.expression)
    try:
        return _explained(query, record, records, written, lookups or {})
    except RecursionError:  # limits that were set wider than the interpreter's stack
        raise CriteriaError(Problem("too_deep", "The criteria are nested too deeply to be explained.")) from None


def _explained(query: Query, record: Any, records: Records, written: object, lookups: Lookups) -> Explanation:
    root = written_tree(query, written)
    analysis = Analysis(root, query.schema is not None)
    outcome, rests_on = analysis.outcome()
    findings = tuple(analysis.findings())
    normal = normalize(query.expression)
    uses = _uses(root)
    unjudged = root
    if record is not None:
        root = judged(root, record, records, lookups)
    is_fully_judged = not analysis.effort.is_spent
    return Explanation(query, root, uses, normal, outcome, rests_on, findings, is_fully_judged, unjudged)


def _uses(root: ExplainedNode) -> tuple[FieldUse, ...]:
    used: dict[tuple[Field, bool], dict[str, None]] = {}
    for field, is_object_list, operator in _used(root, ""):
        used.setdefault((field, is_object_list), {})[operator] = None
    return tuple(FieldUse(field, tuple(operators), is_list) for (field, is_list), operators in used.items())


def _used(node: ExplainedNode, through: str) -> Iterator[tuple[Field, bool, str]]:
    """Each use of a field, whether it is a list of objects, and the operator. `through` begins the field's path."""
    expression = node.expression
    if isinstance(expression, Comparison):
        yield _at(through, expression.field), False, _operator_name(expression)
    if node.emptiness is not None and isinstance(node.emptiness.expression, AnyElement):
        yield _at(through, node.emptiness.expression.objects.place), True, "empty"
        return
    if isinstance(expression, AnyElement):
        place = _at(through, expression.objects.place)
        yield place, True, ELEM_MATCH if expression.term is not None else "notEmpty"
        through = f"{place.name}."
    if isinstance(expression, AnyReferred):
        through = f"{_at(through, expression.reference.place).name}."
    for term in node.terms:
        yield from _used(term, through)


def _at(through: str, field: Field) -> Field:
    """A field of an element, by its path through the list."""
    name = through + field.name
    return field if not through or invalid_name(name) else replace(field, name=name)


def _operator_name(comparison: Comparison) -> str:
    if comparison.value is None:
        return "empty" if comparison.operator is Operator.EQ else "notEmpty"
    return comparison.operator.value or "equals"
