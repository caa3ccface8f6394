"""Limits the objects that the references of an expression lead to (docs/language.md#references)."""

from __future__ import annotations

from collections import Counter
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
    all_leaves,
    all_reference_tests,
    assert_never,
)
from criteria.tree.normalize import normalize

Scope = tuple[Expression, Schema | None]
"""What the objects of an entity fulfil, and the schema of the query with it."""

HINT_OF_TESTS = "Ask for fewer, with $in or with several conditions in one $elemMatch."
"""What to do about too many tests of references."""

MAX_REPEATED = 10_000
"""Conditions of the scopes that an expression may have more than once. A client chooses how many tests have them, and
the author of the scope how many there are: together they have no other bound, and 10,000 take half a second to
compile."""

VALUES_PER_CONDITION = 25
"""Listed values that take as long as one more condition."""


def within(expression: Expression, scopes: Mapping[str, Scope]) -> Expression:
    """The expression whose references lead only to objects that `scopes` has for their entities. `NOTHING` for one that
    is true of no record.

    Tests of one reference that can be joined are joined before: afterwards each would have the whole query of its
    entity. Raises `CriteriaError`: `invalid_schema` for a query that does not go with that of the references, and
    `unsupported` for so many tests that the scopes would be repeated more than `MAX_REPEATED` conditions long.
    """
    if not any(test.reference.entity in scopes for test in all_reference_tests(expression)):
        return expression
    normal = normalize(expression)
    _refuse_repetitions(normal, scopes)
    return _within(normal, scopes)


def _refuse_repetitions(normal: Expression, scopes: Mapping[str, Scope]) -> None:
    tests = Counter(test.reference.entity for test in all_reference_tests(normal))
    repeated = sum(
        (count - 1) * _size(scopes[entity][0]) for entity, count in tests.items() if count > 1 and entity in scopes
    )
    if repeated > MAX_REPEATED:
        message = (
            "The query has too many conditions on the objects of references: each is joined with what limits these "
            f"objects, and together that is more than {MAX_REPEATED} conditions."
        )
        raise CriteriaError(Problem("unsupported", message, hint=HINT_OF_TESTS, asked_fields=()))


def _size(expression: Expression) -> int:
    """The conditions in an expression. Listed values count, too."""
    compared = all_leaves(expression)
    listed = sum(len(leaf.value) for leaf in compared if isinstance(leaf.value, tuple))
    return len(compared) + len(all_reference_tests(expression)) + listed // VALUES_PER_CONDITION


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
