"""The typed syntax tree: plain values that compare, hash and print, and do nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, NoReturn, TypeAlias, TypeGuard, get_args

from criteria.schema.field import Field, Value
from criteria.schema.schema import Schema


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

    __hash__ = object.__hash__  # the members are single objects: their names need no hash


EqualityOperator = Literal[Operator.EQ, Operator.NE]
OrderingOperator = Literal[Operator.GT, Operator.GTE, Operator.LT, Operator.LTE]
MembershipOperator = Literal[Operator.IN, Operator.NIN]
TextOperator = Literal[Operator.STARTS_WITH, Operator.ENDS_WITH, Operator.CONTAINS]

EQUALITY: frozenset[Operator] = frozenset(get_args(EqualityOperator))
ORDERING: frozenset[Operator] = frozenset(get_args(OrderingOperator))
MEMBERSHIP: frozenset[Operator] = frozenset(get_args(MembershipOperator))
TEXT: frozenset[Operator] = frozenset(get_args(TextOperator))
"""The kinds of operators: each operator is of one kind. A table over a kind is keyed by its `Literal` type."""

NegativeOperator: TypeAlias = Operator
"""An operator that negates another one."""

PositiveOperator: TypeAlias = Operator
"""Any other operator. Normal form has only these."""

POSITIVES: Mapping[NegativeOperator, PositiveOperator] = {Operator.NE: Operator.EQ, Operator.NIN: Operator.IN}
"""What each operator negates that negates another one."""

OPPOSITES: Mapping[OrderingOperator, OrderingOperator] = {
    Operator.GT: Operator.LTE,
    Operator.GTE: Operator.LT,
    Operator.LT: Operator.GTE,
    Operator.LTE: Operator.GT,
}
"""Of two values, one ordering operator holds exactly where its opposite does not."""


def is_ordering(operator: Operator) -> TypeGuard[OrderingOperator]:
    """Whether an operator compares by order."""
    return operator in ORDERING


def is_text(operator: Operator) -> TypeGuard[TextOperator]:
    """Whether an operator compares a part of a string."""
    return operator in TEXT


# Making nodes is most of what a parse does. A frozen dataclass sets its attributes by name through object.__setattr__;
# the setters of the slots themselves do the same in two thirds of the time.


@dataclass(frozen=True, slots=True, init=False)
class Comparison:
    """A field compared with a value: None for the empty tests, a tuple for `$in` and `$nin`."""

    field: Field
    operator: Operator
    value: Value | tuple[Value, ...] | None

    def __init__(self, field: Field, operator: Operator, value: Value | tuple[Value, ...] | None) -> None:
        _set_field(self, field)
        _set_operator(self, operator)
        _set_value(self, value)


@dataclass(frozen=True, slots=True, init=False)
class And:
    """True when every term is; of no terms, true."""

    terms: tuple[Expression, ...]

    def __init__(self, terms: tuple[Expression, ...]) -> None:
        _set_and(self, terms)


@dataclass(frozen=True, slots=True, init=False)
class Or:
    """True when some term is; of no terms, false."""

    terms: tuple[Expression, ...]

    def __init__(self, terms: tuple[Expression, ...]) -> None:
        _set_or(self, terms)


@dataclass(frozen=True, slots=True, init=False)
class Not:
    """The exact complement of its term."""

    term: Expression

    def __init__(self, term: Expression) -> None:
        _set_not(self, term)


def _setter(node: type, name: str) -> Callable[[object, object], None]:
    setter: Callable[[object, object], None] = node.__dict__[name].__set__
    return setter


_set_field, _set_operator, _set_value = (_setter(Comparison, name) for name in ("field", "operator", "value"))
_set_and, _set_or, _set_not = _setter(And, "terms"), _setter(Or, "terms"), _setter(Not, "term")

Expression = And | Or | Not | Comparison

EVERYTHING = And(())
NOTHING = Or(())


def assert_never(node: NoReturn) -> NoReturn:
    """The end of every walk over nodes: a node that the walk does not know is a type error, and loud."""
    raise AssertionError(f"no rule for {node!r}")


def leaves(expression: Expression) -> Iterator[Comparison]:
    """The comparisons of an expression, in their order."""
    match expression:
        case And(terms) | Or(terms):
            for term in terms:
                yield from leaves(term)
        case Not(term):
            yield from leaves(term)
        case Comparison():
            yield expression
        case _:
            assert_never(expression)


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Query:
    """Criteria that were accepted: a typed expression, and the schema that typed it (None: types of the literals)."""

    expression: Expression
    schema: Schema | None = None

    def __init__(self, expression: Expression, schema: Schema | None = None) -> None:
        _set_expression(self, expression)
        _set_schema(self, schema)

    def to_json(self) -> dict[str, Any]:
        """The query as decoded criteria JSON; parsing it with the same schema gives an equal query.

        Without a schema a whole number comes back as an integer, also where it was a double.
        """
        from criteria.tree.unparse import unparse

        return unparse(self.expression)

    def __and__(self, other: Query) -> Query:
        """The records that both queries select: a client's criteria inside a condition of the server's own.

        The schema of the result is the wider of the two: one must have every field of the other, and may have more
        that clients are not to name. Raises `CriteriaError` (`invalid_schema`) where neither has.
        """
        if not isinstance(other, Query):
            return NotImplemented
        return Query(And((self.expression, other.expression)), _wider(self.schema, other.schema))

    def __repr__(self) -> str:
        from criteria.errors import quoted

        return f"Query({quoted(self.to_json())})"


def _wider(one: Schema | None, other: Schema | None) -> Schema | None:
    """The schema that has every field of both."""
    if one is other:
        return one
    if one is not None and other is not None:
        if set(one.fields) >= set(other.fields):
            return one
        if set(one.fields) <= set(other.fields):
            return other
    from criteria.errors import CriteriaError, Problem

    message = "Queries of these two schemas cannot be joined: neither schema has every field of the other."
    raise CriteriaError(Problem("invalid_schema", message))


_set_expression, _set_schema = _setter(Query, "expression"), _setter(Query, "schema")
