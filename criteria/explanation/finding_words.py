"""Findings and verdicts in plain English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from criteria.explanation.model import ExplainedNode, Explanation, Finding, FoundKind, FoundValue, Outcome, Reason
from criteria.explanation.query_words import comparison_words, field_words, object_test_words, value_words
from criteria.messages import quoted
from criteria.schema.field import Field, FieldType
from criteria.schema.schema import Reference
from criteria.tree.nodes import AnyElement, AnyReferred, Comparison, Not
from criteria.values.loading import LISTS, is_instance


@dataclass(frozen=True, slots=True)
class FindingWords:
    """A finding in words: the fact, the comparisons behind it (pointer and words), and the assumption."""

    head: str
    terms: tuple[tuple[str, str], ...]
    rests_on: str | None


_HEADS: Mapping[tuple[Outcome, Reason], str] = {
    (Outcome.NEVER, Reason.CONTRADICTION): "Never true: these contradict each other for any value of {field}.",
    (Outcome.ALWAYS, Reason.TAUTOLOGY): "Always true: one of these holds for any value of {field}.",
    (Outcome.NEVER, Reason.EMPTY_LIST): "Never true: no value is in an empty list.",
    (Outcome.ALWAYS, Reason.EMPTY_LIST): "Always true: no value is in an empty list.",
    (Outcome.NEVER, Reason.NOT_NULLABLE): "Never true: {field} always has a value.",
    (Outcome.ALWAYS, Reason.NOT_NULLABLE): "Always true: {field} always has a value.",
    (Outcome.NEVER, Reason.RANGE): "Never true: {field} cannot hold such a value.",
    (Outcome.ALWAYS, Reason.RANGE): "Always true: {field} cannot hold any other value.",
    (Outcome.SOMETIMES, Reason.REDUNDANT): "Redundant, because these imply it: {term}.",
}

_RESTS_ON = {
    "types": "stored values have the types that the schema declares",
    "not_nullable": "fields declared not nullable have values",
}
"""The assumptions in words."""

MAX_TERMS = 20


def findings_in_words(explanation: Explanation) -> list[FindingWords]:
    """The findings in words, in their order."""
    words = _terms(explanation.unjudged)
    fields = {use.field.name: field_words(use.field) for use in explanation.uses}
    return [_told(finding, words, fields[finding.field]) for finding in explanation.findings]


def _told(finding: Finding, words: Mapping[str, str], field: str) -> FindingWords:
    head = _HEADS[finding.outcome, finding.reason].format(field=field, term=words.get(finding.pointer, "this group"))
    rests_on = _rests_on(finding.rests_on)
    terms = tuple((pointer, words[pointer]) for pointer in finding.terms)
    return FindingWords(head, terms, f"Assuming that {rests_on}." if rests_on else None)


def _rests_on(names: Sequence[str]) -> str:
    return " and ".join(_RESTS_ON[name] for name in names)


def _terms(root: ExplainedNode) -> Mapping[str, str]:
    """The words of each comparison by its pointer, including a NOT directly around it."""
    found: dict[str, str] = {}

    def visit(node: ExplainedNode, expected: bool, is_told: bool) -> None:
        if isinstance(node.expression, (Comparison, AnyElement)) and not is_told:
            said = _leaf_words(node.expression, expected)
            found[node.pointer] = f"{found[node.pointer]}; {said}" if node.pointer in found else said
        is_not = isinstance(node.expression, Not)
        for term in () if isinstance(node.expression, AnyReferred) else node.terms:
            is_inner_told = term.pointer == node.pointer and _is_told_with(node, term)
            visit(term, not expected if is_not else True, is_inner_told)

    visit(root, True, False)
    return found


def _is_told_with(node: ExplainedNode, term: ExplainedNode) -> bool:
    """Whether the words of a test of elements have those of its term, as of a path through a list."""
    return isinstance(node.expression, AnyElement) and isinstance(term.expression, (Comparison, AnyElement))


def _leaf_words(leaf: Comparison | AnyElement, expected: bool) -> str:
    """A comparison in words, or a test of elements: with its term where that is one of the two."""
    if isinstance(leaf, Comparison):
        return comparison_words(leaf, expected)
    said, inner = object_test_words(leaf, expected), leaf.term
    return f"{said}: {_leaf_words(inner, True)}" if isinstance(inner, (Comparison, AnyElement)) else said


_OUTCOMES = {
    Outcome.NEVER: "This query selects no records",
    Outcome.ALWAYS: "This query selects every record",
}


NOT_JUDGED = "The query is too large to be judged fully: there may be more to find."
"""Said when `Explanation.is_fully_judged` is false."""


def outcome_words(explanation: Explanation) -> str | None:
    """What is known of the whole query; None when nothing is known."""
    if explanation.outcome is Outcome.SOMETIMES:
        return None
    rests_on = _rests_on(explanation.rests_on)
    return f"{_OUTCOMES[explanation.outcome]}{f', assuming that {rests_on}' if rests_on else ''}."


def verdict_lines(
    root: ExplainedNode, marks: tuple[str, str] = ("\u2713", "\u2717"), most: int = MAX_TERMS
) -> Iterator[str]:
    """The tree of a judged query, a line for each node. Each begins with the mark for true or for false."""
    yield f"{marks[not root.verdict]} {_judged_words(root)}"
    if root.emptiness is not None:
        return
    for term in islice(root.terms, most):
        yield from (f"  {line}" for line in verdict_lines(term, marks, most))
    if root.is_cut:
        yield "  ... too many objects to list"
    if len(root.terms) > most:
        rest = root.terms[most:]
        true = sum(bool(term.verdict) for term in rest)
        yield f"  ... and {len(rest)} more, {true} of them true"


def _judged_words(node: ExplainedNode) -> str:
    """What a node says, which element it was judged on, and what was found there."""
    element = "" if node.element is None else f"element {node.element}"
    if node.found is not None and node.found.kind is FoundKind.NO_OBJECT:
        is_null = node.found.value is None
        return f"{element} is {'null' if is_null else f'{shown(node.found.value)}, which is not an object'}"
    return ": ".join(filter(None, (element, said(node), _found(node))))


def said(node: ExplainedNode) -> str:
    """The words of a node: of a test of a list of objects or of a reference without its term, of a group its name."""
    expression = node.expression
    if isinstance(expression, (AnyElement, AnyReferred)):
        return object_test_words(expression)
    if isinstance(expression, Comparison):
        return comparison_words(expression)
    if node.emptiness is not None and isinstance(node.emptiness.expression, AnyElement):
        return object_test_words(node.emptiness.expression, False)
    return node.name


def _found(node: ExplainedNode) -> str | None:
    node = node.emptiness or node
    if node.found is None:
        return None
    if isinstance(node.expression, AnyElement):
        return found_words(node.expression.objects.place, node.found)
    if isinstance(node.expression, AnyReferred):
        return _referred_words(node.expression.reference, node.found, leads_to_one=bool(node.terms) or node.is_cut)
    assert isinstance(node.expression, Comparison)
    return found_words(node.expression.field, node.found)


def _referred_words(reference: Reference, found: FoundValue, *, leads_to_one: bool) -> str:
    """What a record holds in a reference, and whether an object is there."""
    said = found_words(reference.place, found)
    if leads_to_one or found.kind is not FoundKind.VALUE:
        return said
    ids = "one of these ids" if reference.place.is_list else "that id"
    return f"{said}, and no {reference.entity} has {ids}"


def found_words(field: Field, found: FoundValue) -> str:
    """What a record holds in a field."""
    if found.kind is FoundKind.NONE:
        return _no_elements(found.value) if field.is_list else "it has no value"
    other = f", which is not a {_TYPES[field.field_type]}" if found.kind is FoundKind.OTHER else ""
    return f"it has {shown(found.value)}{other}"


def _no_elements(value: Any) -> str:
    """What a list has where it counts as empty."""
    if not is_instance(value, *LISTS):
        return "it has no elements" if value is None else f"it has {shown(value)}, which is not a list"
    return "it has no elements but null" if value else "it has no elements"


def shown(value: Any, levels: int = 4) -> str:
    """Any value of a record, on one line. Lists are shown to some levels; what is below them is cut."""
    if levels and type(value) in (list, tuple):
        more = ", ..." if len(value) > _MAX_ELEMENTS else ""
        return f"[{', '.join(shown(item, levels - 1) for item in value[:_MAX_ELEMENTS])}{more}]"
    if type(value) in _WORDED or (type(value) is datetime and value.tzinfo is timezone.utc):
        return value_words(value)
    return quoted(value)


_WORDED = (str, bool, int, float, date, Decimal, UUID)
_MAX_ELEMENTS = 8

_TYPES: Mapping[FieldType, str] = {
    FieldType.STRING: "string",
    FieldType.INTEGER: "number",
    FieldType.BOOLEAN: "boolean",
    FieldType.DECIMAL: "decimal",
    FieldType.DOUBLE: "number",
    FieldType.DATE: "date",
    FieldType.DATE_TIME: "dateTime",
    FieldType.GUID: "guid",
    FieldType.OBJECT_REF: "reference",
}
