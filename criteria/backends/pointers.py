"""Pointers to the parts of a query that a backend refuses, as the client has written them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from criteria.errors import CriteriaError
from criteria.schema.field import Field
from criteria.tree.nodes import AnyElement, AnyReferred, Comparison, Expression
from criteria.tree.query import Query
from criteria.tree.written import OtherCriteria, written_nodes


def pointers_of(*queries: Query) -> list[tuple[Expression, str]]:
    """The expressions of queries with their pointers: into what each was parsed from, or else into its JSON."""
    return [one for query in queries for one in _pointers_in(query)]


def _pointers_in(query: Query) -> list[tuple[Expression, str]]:
    for written in (query.source, query.to_json()):
        try:
            return [(node.expression, node.pointer) for node in written_nodes(query.expression, written).walk()]
        except (OtherCriteria, CriteriaError):  # not parsed, or the caller has changed what was
            continue
    return []


def first_pointer(pointers: Sequence[tuple[Expression, str]], is_meant: Callable[[Expression], bool]) -> str:
    """The pointer of the first expression that is meant; empty if there is none."""
    return next((pointer for expression, pointer in pointers if is_meant(expression)), "")


def pointer_in_normal_form(pointers: Sequence[tuple[Expression, str]], expression: Expression) -> str:
    """The pointer of an expression in normal form, where `$in` of one value is an equality, and the other way round."""
    found = first_pointer(pointers, partial(is_alike, expression))
    if not found and isinstance(expression, Comparison):
        found = first_pointer(pointers, partial(is_of, expression.field))
    return found


def is_alike(meant: Expression, one: Expression) -> bool:
    """Whether a written expression is one that became another in normal form."""
    if isinstance(meant, AnyElement):
        return isinstance(one, AnyElement) and one.objects.name == meant.objects.name
    if isinstance(meant, AnyReferred):
        return isinstance(one, AnyReferred) and one.reference.place == meant.reference.place  # limits widen its schema
    return (
        isinstance(meant, Comparison)
        and isinstance(one, Comparison)
        and (one.field, one.operator) == (meant.field, meant.operator)
    )


def is_of(field: Field, one: Expression) -> bool:
    return isinstance(one, Comparison) and one.field == field
