"""The typed syntax tree: plain values that compare, hash and print, and do nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, NoReturn

from criteria.schema import Schema
from criteria.types import Field, Value


class Operator(Enum):
    """The operators of a comparison; the value is the operator's name in criteria JSON.

    `EQ` has no name there: `{"field": value}` says it.
    """

    EQ = ""
    NE = "$ne"
    GT = "$gt"
    GTE = "$gte"
    LT = "$lt"
    LTE = "$lte"
    IN = "$in"
    NIN = "$nin"
    STARTS_WITH = "$startsWith"
    ENDS_WITH = "$endsWith"
    CONTAINS = "$contains"


ORDERING = frozenset({Operator.GT, Operator.GTE, Operator.LT, Operator.LTE})
MEMBERSHIP = frozenset({Operator.IN, Operator.NIN})
TEXT = frozenset({Operator.STARTS_WITH, Operator.ENDS_WITH, Operator.CONTAINS})
EQUALITY = frozenset({Operator.EQ, Operator.NE})


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field compared with a value: None for the empty tests, a tuple for `$in` and `$nin`."""

    field: Field
    operator: Operator
    value: Value | tuple[Value, ...] | None


@dataclass(frozen=True, slots=True)
class And:
    """True when every term is; of no terms, true."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """True when some term is; of no terms, false."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The exact complement of its term."""

    term: Expression


Expression = And | Or | Not | Comparison

EVERYTHING = And(())
NOTHING = Or(())


def assert_never(node: NoReturn) -> NoReturn:
    """The end of every walk over nodes: a node that the walk does not know is a type error, and loud."""
    raise AssertionError(f"no rule for {node!r}")


@dataclass(frozen=True, slots=True, repr=False)
class Query:
    """Criteria that were accepted: a typed expression, and the schema that typed it (None: types of the literals)."""

    expression: Expression
    schema: Schema | None = None

    def to_json(self) -> dict[str, Any]:
        """The query as decoded criteria JSON; parsing it with the same schema gives an equal query."""
        from criteria.unparse import unparse

        return unparse(self.expression)

    def __repr__(self) -> str:
        from criteria.errors import quoted

        return f"Query({quoted(self.to_json())})"
