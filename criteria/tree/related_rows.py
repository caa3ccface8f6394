"""Comparisons of related rows as tests of these rows: what ORMs compile into EXISTS.

ORMs have a field for each field of related rows, named by its path, as `customer.name`. A comparison of one is true if
some row at the end of the path fulfils it, and `null` if no row has a value. So it is a test of the path, and normal
form joins tests of one path wherever one row decides about all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from criteria.schema.field import Field, FieldType
from criteria.schema.schema import Reference, Schema
from criteria.tree.nodes import (
    And,
    AnyElement,
    AnyReferred,
    Comparison,
    Expression,
    Not,
    Operator,
    Or,
    assert_never,
)
from criteria.tree.normalize import normalize


class RelatedField(NamedTuple):
    """A field of related rows: the path that leads to them, and the field that their model has."""

    path: Reference
    field: Field


def path_of(name: str, schema: Schema, *, is_many: bool) -> Reference:
    """A path to rows with the fields of a schema. `is_many` says that it may lead to several."""
    field = Field(name, FieldType.OBJECT_REF, object_entity_type=schema.name, is_list=is_many)
    return Reference(field, schema)


def with_tests(normal: Expression, related: Callable[[Field], RelatedField | None]) -> Expression:
    """An expression with comparisons of related rows as tests of them, in normal form. `related` gives None for a field
    of the row itself."""
    return normalize(_with_tests(normal, related))


def _with_tests(normal: Expression, related: Callable[[Field], RelatedField | None]) -> Expression:
    match normal:
        case Comparison(field, operator, value):
            found = related(field)
            if found is None:
                return normal
            if value is None:  # no row has a value
                return Not(AnyReferred(found.path, Not(Comparison(found.field, Operator.EQ, None))))
            return AnyReferred(found.path, Comparison(found.field, operator, value))
        case Not(term):
            return Not(_with_tests(term, related))
        case And(terms) | Or(terms):
            return type(normal)(tuple(_with_tests(term, related) for term in terms))
        case AnyElement() | AnyReferred():
            raise AssertionError(f"refused before: {normal!r}")
        case _:
            assert_never(normal)
