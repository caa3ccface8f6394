"""The typed syntax tree of a query: immutable nodes that can be compared and hashed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeGuard, get_args

from criteria.errors import assert_never as assert_never
from criteria.schema.field import Field, Value
from criteria.schema.schema import ObjectList, Reference, Schema

if TYPE_CHECKING:
    from criteria.tree.parameters import Outline


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


class _Parsed:
    """What a query was parsed from: a text, or decoded JSON. Refusals read it, for their pointers. And what all queries
    of its shape have in common, with the values of this one in order (`tree.parameters`). Or, of a query that was made
    of others, the ones among them that a client has asked.

    These are no part of a query's value, and are not pickled.
    """

    __slots__ = ("_asked", "_outline", "_source")
    _source: object
    _asked: tuple[Query, ...]
    _outline: tuple[Any, list[Any]]

    if not TYPE_CHECKING:  # for type checkers, no other attributes exist

        def __getattr__(self, name: str) -> object:
            """The tree of a query that was parsed, made when somebody first looks at it."""
            known = self.outline if name == "expression" else None
            if known is None:
                message = f"{type(self).__name__!r} object has no attribute {name!r}"
                raise AttributeError(message, name=name, obj=self)
            outline, values = known
            expression = outline.make(values)
            _set_expression(self, expression)
            return expression


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Query(_Parsed):
    """Accepted criteria (docs/language.md#query). Immutable; equal queries are equal and hash alike.

    - `expression`: the typed tree.
    - `schema`: the schema that gave the types; None when the operands gave them (docs/language.md#without-a-schema).

    `one & other` selects the records that both select, `one | other` those that either selects, `~one` all others.
    """

    expression: Expression
    schema: Schema | None = None

    def __init__(self, expression: Expression, schema: Schema | None = None) -> None:
        _set_expression(self, expression)
        _set_schema(self, schema)

    @property
    def source(self) -> object:
        """The text or the decoded JSON that the query was parsed from; None if it was made in another way."""
        return getattr(self, "_source", None)

    @property
    def outline(self) -> tuple[Any, list[Any]] | None:
        """The `Outline` of the queries of its shape, and the values of this one in order, if it was parsed."""
        return getattr(self, "_outline", None)

    @property
    def asked(self) -> tuple[Query, ...]:
        """What a client asks in the query, as the queries of which it was made: of those that `&` and `|` have joined,
        the ones whose schema has fewer fields than another's. The query itself where all have one schema, and once it
        was copied or pickled."""
        return getattr(self, "_asked", (self,))

    def to_json(self) -> dict[str, Any]:
        """The query as decoded criteria JSON. Parsing it with the same schema gives an equal query.

        Without a schema a double that is a whole number comes back as an integer.
        """
        from criteria.tree.unparse import unparse

        return unparse(self.expression)

    @property
    def entities(self) -> tuple[str, ...]:
        """The names of the other entities whose fields the query names, through references."""
        return tuple(dict.fromkeys(test.reference.entity for test in all_reference_tests(self.expression)))

    def within(self, scopes: Mapping[str, Query]) -> Query:
        """The query whose references lead only to objects that other queries select, such as those that a client may
        see (docs/language.md#references). Other objects count as if they did not exist.

        `scopes` has a query for the objects of each entity; of entities that it does not name, all objects are seen.
        Raises `CriteriaError` (`invalid_schema`) as `&` does.
        """
        if not scopes:
            return self
        found = Query(_within(self.expression, scopes), self.schema)
        _set_asked(found, self.asked)
        return found

    def __and__(self, other: Query) -> Query:
        """The query of the records that both queries select, such as a client's criteria and a condition of the server.

        The result has the schema with more fields: the server's condition may use fields that clients must not name.
        Raises `CriteriaError` (`invalid_schema`) when neither schema has every field of the other.
        """
        if not isinstance(other, Query):
            return NotImplemented
        terms = [one for one in (self.expression, other.expression) if one != EVERYTHING]
        found = Query(And(tuple(terms)) if len(terms) != 1 else terms[0], _wider(self.schema, other.schema))
        known, beside = self.outline, other.outline
        if len(terms) == 2 and known is not None and beside is not None:
            _set_outline(found, (known[0].joined(beside[0]), known[1] + beside[1]))
        _set_asked_of_both(found, self, other)
        return found

    def __or__(self, other: Query) -> Query:
        """The query of the records that at least one of the queries selects. Its schema, and what it raises, are those
        of `&`."""
        if not isinstance(other, Query):
            return NotImplemented
        terms = (self.expression, other.expression)
        found = Query(EVERYTHING if EVERYTHING in terms else Or(terms), _wider(self.schema, other.schema))
        _set_asked_of_both(found, self, other)
        return found

    def __invert__(self) -> Query:
        """The query of the records that this one does not select, those without a value included
        (docs/language.md#negation)."""
        is_everything = self.expression == EVERYTHING
        found = Query(_nothing(self.schema) if is_everything else Not(self.expression), self.schema)
        if hasattr(self, "_asked"):
            _set_asked(found, self.asked)
        return found

    def __repr__(self) -> str:
        from criteria.messages import quoted

        return f"Query({quoted(self.to_json())})"

    def _repr_markdown_(self) -> str:
        from criteria.messages import quoted
        from criteria.text.json_layout import lay_out_json

        return f"```json\n{lay_out_json(quoted(self.to_json(), None), 80)}```"


def _within(expression: Expression, scopes: Mapping[str, Query]) -> Expression:
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
            schema = _wider(reference.element, scope.schema)
            assert schema is not None
            wider = Reference(reference.place, schema.with_entities({}))
            return AnyReferred(wider, And((scope.expression, seen)))
        case _:
            assert_never(expression)


def _nothing(schema: Schema | None) -> Expression:
    """An expression that is true of no record, and that criteria can spell: no value is in an empty list."""
    from criteria.schema.field import FieldType, UndeclaredField

    if schema is not None and not schema.fields:
        return Not(EVERYTHING)  # criteria cannot spell it: there is no field to name
    field = UndeclaredField("nothing", FieldType.STRING) if schema is None else schema.fields[0]
    return Comparison(field, Operator.IN, ())


def _wider(one: Schema | None, other: Schema | None) -> Schema | None:
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
    from criteria.errors import CriteriaError, Problem

    message = "Queries of these two schemas cannot be joined: neither schema has every field of the other."
    raise CriteriaError(Problem("invalid_schema", message))


def _set_asked_of_both(found: Query, one: Query, other: Query) -> None:
    """Says of a query that was joined of two what of them a client asks, unless it is all of it."""
    if EVERYTHING in (one.expression, other.expression):
        _set_asked(found, (other if one.expression == EVERYTHING else one).asked)
        return
    parts = (*one.asked, *other.asked)
    schemas = list(dict.fromkeys(part.schema for part in parts))
    if len(schemas) > 1:
        narrow = {schema for schema in schemas if not any(_is_narrower(some, schema) for some in schemas)}
        _set_asked(found, tuple(part for part in parts if part.schema in narrow))
    elif hasattr(one, "_asked") or hasattr(other, "_asked"):
        _set_asked(found, parts)


def _is_narrower(one: Schema | None, other: Schema | None) -> bool:
    """Whether a schema has some of the fields of another one, and not all."""
    return one is not None and other is not None and other.covers(one) and not one.covers(other)


_set_expression, _set_schema = setter(Query, "expression"), setter(Query, "schema")
_set_outline, _set_asked = setter(_Parsed, "_outline"), setter(_Parsed, "_asked")
set_source = setter(_Parsed, "_source")
"""Says of a query that was just parsed what it was parsed from."""


def parsed_query(outline: Outline, values: list[Any], schema: Schema | None) -> Query:
    """A query that was parsed. Its tree is made of its values when somebody first looks at it."""
    query = object.__new__(Query)
    _set_outline(query, (outline, values))
    _set_schema(query, schema)
    return query
