"""The typed syntax tree of a query: immutable nodes that can be compared and hashed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeGuard, get_args

from criteria.errors import assert_never as assert_never
from criteria.schema.field import Field, Value
from criteria.schema.schema import ObjectList, Reference


class Operator(Enum):
    """The operators of a comparison, by their names in criteria JSON (docs/language.md#operators).

    `EQ` has no name there: equality is written `{"field": value}`.
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
    IEQ = "$ieq"
    ISTARTS_WITH = "$istartsWith"
    IENDS_WITH = "$iendsWith"
    ICONTAINS = "$icontains"

    if not TYPE_CHECKING:  # type checkers see two hashes otherwise
        __hash__ = object.__hash__  # faster than the hash of the name; members are singletons


EqualityOperator = Literal[Operator.EQ, Operator.NE]
OrderingOperator = Literal[Operator.GT, Operator.GTE, Operator.LT, Operator.LTE]
MembershipOperator = Literal[Operator.IN, Operator.NIN]
ExactTextOperator = Literal[Operator.STARTS_WITH, Operator.ENDS_WITH, Operator.CONTAINS]
FoldedOperator = Literal[Operator.IEQ, Operator.ISTARTS_WITH, Operator.IENDS_WITH, Operator.ICONTAINS]
TextOperator = Literal[ExactTextOperator, FoldedOperator]

EQUALITY: frozenset[Operator] = frozenset(get_args(EqualityOperator))
ORDERING: frozenset[Operator] = frozenset(get_args(OrderingOperator))
MEMBERSHIP: frozenset[Operator] = frozenset(get_args(MembershipOperator))
TEXT: frozenset[Operator] = frozenset(get_args(TextOperator))
"""The kinds of operators. Each operator is of one kind. A table over one kind is keyed by its `Literal` type."""

FOLDED: frozenset[Operator] = frozenset(get_args(FoldedOperator))
"""The text operators that ignore letter case (docs/language.md#case)."""

NegativeOperator: TypeAlias = Operator
"""An operator that is the negation of another one: `$ne` or `$nin`."""

PositiveOperator: TypeAlias = Operator
"""Any other operator. Normal form has only positive ones."""

POSITIVES: Mapping[NegativeOperator, PositiveOperator] = {Operator.NE: Operator.EQ, Operator.NIN: Operator.IN}
"""The operator that each negative operator negates."""

OPPOSITES: Mapping[OrderingOperator, OrderingOperator] = {
    Operator.GT: Operator.LTE,
    Operator.GTE: Operator.LT,
    Operator.LT: Operator.GTE,
    Operator.LTE: Operator.GT,
}
"""The opposite of each ordering operator: of two values, exactly one of the two is true."""


EXACT: Mapping[FoldedOperator, Operator] = {
    Operator.IEQ: Operator.EQ,
    Operator.ISTARTS_WITH: Operator.STARTS_WITH,
    Operator.IENDS_WITH: Operator.ENDS_WITH,
    Operator.ICONTAINS: Operator.CONTAINS,
}
"""What each of them is after case folding."""


def is_ordering(operator: Operator) -> TypeGuard[OrderingOperator]:
    """Whether an operator compares by order."""
    return operator in ORDERING


def is_text(operator: Operator) -> TypeGuard[TextOperator]:
    """Whether an operator looks for a part of a string."""
    return operator in TEXT


def is_among_listed(operator: Operator, field: Field) -> TypeGuard[OrderingOperator | TextOperator]:
    """Whether a comparison becomes an `$in`, of the values that its field lists and that fulfil it."""
    return field.values is not None and (is_ordering(operator) or is_text(operator))


def is_folded(operator: Operator) -> TypeGuard[FoldedOperator]:
    """Whether an operator ignores letter case."""
    return operator in FOLDED


def is_exact_text(operator: Operator) -> TypeGuard[ExactTextOperator]:
    """Whether an operator looks for a part of a string, letter by letter."""
    return operator in TEXT and operator not in FOLDED


# A parse spends most of its time on making nodes. A frozen dataclass sets its attributes by name, through
# object.__setattr__. Calling the setters of the slots takes two thirds of that time.


@dataclass(frozen=True, slots=True, init=False)
class Comparison:
    """A field compared with a value: a tuple for `$in` and `$nin`, None for equality and `$ne` with null."""

    field: Field
    operator: Operator
    value: Value | tuple[Value, ...] | None

    def __init__(self, field: Field, operator: Operator, value: Value | tuple[Value, ...] | None) -> None:
        _set_field(self, field)
        _set_operator(self, operator)
        _set_value(self, value)


@dataclass(frozen=True, slots=True, init=False)
class And:
    """True when every term is true. Without terms it is true."""

    terms: tuple[Expression, ...]

    def __init__(self, terms: tuple[Expression, ...]) -> None:
        _set_and(self, terms)


@dataclass(frozen=True, slots=True, init=False)
class Or:
    """True when at least one term is true. Without terms it is false."""

    terms: tuple[Expression, ...]

    def __init__(self, terms: tuple[Expression, ...]) -> None:
        _set_or(self, terms)


@dataclass(frozen=True, slots=True, init=False)
class Not:
    """True when its term is false (docs/language.md#negation)."""

    term: Expression

    def __init__(self, term: Expression) -> None:
        _set_not(self, term)


@dataclass(frozen=True, slots=True)
class AnyElement:
    """True when an element of a list of objects fulfils a term (docs/language.md#lists-of-objects).

    The fields in `term` are those of an element. Null and what is not an object fulfil nothing. Without a term it is
    true when the list has an element that is not null, whatever it is.
    """

    objects: ObjectList
    term: Expression | None


@dataclass(frozen=True, slots=True)
class AnyReferred:
    """True when an object to which a reference refers fulfils a term (docs/language.md#references).

    The fields in `term` are those of the other entity. A null or dangling reference refers to no object.
    """

    reference: Reference
    term: Expression


ELEM_MATCH = "$elemMatch"
"""The name of `AnyElement` and `AnyReferred` in criteria JSON."""


def setter(node: type, name: str) -> Callable[[object, object], None]:
    """The function that sets an attribute of a class with slots, frozen or not."""
    found: Callable[[object, object], None] = node.__dict__[name].__set__
    return found


_set_field, _set_operator, _set_value = (setter(Comparison, name) for name in ("field", "operator", "value"))
_set_and, _set_or, _set_not = setter(And, "terms"), setter(Or, "terms"), setter(Not, "term")

Expression = And | Or | Not | Comparison | AnyElement | AnyReferred

EVERYTHING = And(())
NOTHING = Or(())


def leaves(expression: Expression) -> list[Comparison]:
    """The comparisons of an expression, in their order, but not those inside the elements of lists of objects and
    inside other entities."""
    return leaves_and_tests(expression)[0]


def element_tests(expression: Expression) -> list[AnyElement]:
    """The tests of lists of objects in an expression, in their order, but not those inside the elements of others."""
    return leaves_and_tests(expression)[1]


def leaves_and_tests(expression: Expression) -> tuple[list[Comparison], list[AnyElement]]:
    """What `leaves` and `element_tests` give, in one walk."""
    found: list[Comparison] = []
    tests: list[AnyElement] = []
    pending: list[Expression] = [expression]
    while pending:
        node = pending.pop()
        if isinstance(node, Comparison):
            found.append(node)
        elif isinstance(node, (And, Or)):
            pending.extend(reversed(node.terms))
        elif isinstance(node, Not):
            pending.append(node.term)
        elif isinstance(node, AnyElement):
            tests.append(node)
        elif not isinstance(node, AnyReferred):
            assert_never(node)
    return found, tests


def leaves_inside(tests: Iterable[AnyElement]) -> list[Comparison]:
    """The comparisons inside the elements of lists of objects, also of lists in them."""
    found: list[Comparison] = []
    for test in tests:
        if test.term is not None:
            own, inner = leaves_and_tests(test.term)
            found += own
            found += leaves_inside(inner)
    return found


def places(expression: Expression) -> list[Field]:
    """The fields of the comparisons of an expression, and the places of its lists of objects and references."""
    found, tests = leaves_and_tests(expression)
    own = [leaf.field for leaf in found] + [test.objects.place for test in tests]
    return own + [test.reference.place for test in reference_tests(expression)]


def reference_tests(expression: Expression) -> list[AnyReferred]:
    """The tests of references in an expression, in their order, but not those inside lists of objects and inside other
    entities."""
    return _tests(expression)[1]


def _tests(expression: Expression) -> tuple[list[AnyElement], list[AnyReferred]]:
    """What `element_tests` and `reference_tests` give, in one walk."""
    elements: list[AnyElement] = []
    references: list[AnyReferred] = []
    pending: list[Expression] = [expression]
    while pending:
        node = pending.pop()
        if isinstance(node, Comparison):
            continue
        if isinstance(node, (And, Or)):
            pending.extend(reversed(node.terms))
        elif isinstance(node, Not):
            pending.append(node.term)
        elif isinstance(node, AnyElement):
            elements.append(node)
        elif isinstance(node, AnyReferred):
            references.append(node)
        else:
            assert_never(node)
    return elements, references


def all_leaves(expression: Expression) -> list[Comparison]:
    """The comparisons of an expression, and then those inside lists of objects and inside other entities."""
    return leaves(expression) + [leaf for term in _inner(expression) for leaf in all_leaves(term)]


def all_reference_tests(expression: Expression) -> list[AnyReferred]:
    """The tests of references in an expression, and those inside lists of objects and inside other entities."""
    elements, references = _tests(expression)
    if not elements and not references:
        return references
    return [*references, *(test for term in _inner_terms(elements, references) for test in all_reference_tests(term))]


def _inner(expression: Expression) -> list[Expression]:
    """The terms of the tests of lists of objects and of references."""
    return _inner_terms(*_tests(expression))


def _inner_terms(elements: Iterable[AnyElement], references: Iterable[AnyReferred]) -> list[Expression]:
    return [*(test.term for test in elements if test.term is not None), *(test.term for test in references)]
