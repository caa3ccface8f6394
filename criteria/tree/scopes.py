"""Limits the objects that the references of an expression lead to (docs/language.md#references)."""

from __future__ import annotations

from collections.abc import Mapping

from criteria.errors import CriteriaError, Problem
from criteria.schema.schema import Reference, Schema
from criteria.tree.nodes import (
    And,
    AnyElement,
    AnyReferred,
    Comparison,
    Expression,
    Not,
    Or,
    all_reference_tests,
    assert_never,
)
from criteria.tree.normalize import normalize

Scope = tuple[Expression, Schema | None]
"""What the objects of an entity fulfil, and the schema of the query with it."""


def within(expression: Expression, scopes: Mapping[str, Scope]) -> Expression:
    """The expression whose references lead only to objects that `scopes` has for their entities. `NOTHING` for one that
    is true of no record.

    Tests of one reference that can be joined are joined before: afterwards each would have the whole query of its
    entity. Raises `CriteriaError` (`invalid_schema`) for a query that does not go with that of the references.
    """
    if not any(test.reference.entity in scopes for test in all_reference_tests(expression)):
        return expression
    return _within(normalize(expression), scopes)


def _within(expression: Expression, scopes: Mapping[str, Scope]) -> Expression:
    match expression:
        case And(terms):
            return And(tuple([_within(term, scopes) for term in terms]))
        case Or(terms):
            return Or(tuple([_within(term, scopes) for term in terms]))
        case Not(term):
            return Not(_within(term, scopes))
        case Comparison() | AnyElement(term=None):
            return expression
        case AnyElement(objects, term):
            assert term is not None
            return AnyElement(objects, _within(term, scopes))
        case AnyReferred(reference, term):
            seen, scope = _within(term, scopes), scopes.get(reference.entity)
            if scope is None:
                return AnyReferred(reference, seen)
            limit, limited = scope
            schema = wider_schema(reference.element, limited)
            assert schema is not None
            wider = Reference(reference.place, schema.with_entities({}))
            return AnyReferred(wider, And((limit, seen)))
        case _:
            assert_never(expression)


def wider_schema(one: Schema | None, other: Schema | None) -> Schema | None:
    """The schema that has every field of the other, with the entities of both. Raises `CriteriaError`
    (`invalid_schema`) when neither has."""
    if one is other:
        return one
    if one is not None and other is not None:
        entities = {**other.entities, **one.entities}
        if one.covers(other):
            return one.with_entities(entities)
        if other.covers(one):
            return other.with_entities(entities)
    message = "Queries of these two schemas cannot be joined: neither schema has every field of the other."
    raise CriteriaError(Problem("invalid_schema", message))
