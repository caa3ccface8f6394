"""Normal form: what backends compile.

In normal form a query is `EVERYTHING`, `NOTHING`, or a tree in which

- `Not` is only directly around a comparison, `AnyElement` or `AnyReferred`, whose terms are in normal form;
- comparisons have positive operators (`$ne` is NOT of equality, `$nin` is NOT of `$in`), so that each backend writes
  negation in one place;
- every AND and OR has two or more different terms, and none of its own kind;
- under OR, equalities of one field are merged into one `$in`, and under AND their negations into the negation of one,
  up to 1,000 values;
- under OR, tests of one list of objects or of one reference are joined into one test, with OR inside it, and under AND
  their negations into the negation of one;
- under AND, tests of one reference that is not a list are joined into one test, with AND inside it, and under OR their
  negations into the negation of one: all are of one object;
- an `$in` has two or more different values;
- an operator that ignores letter case has an operand with letters of which there is another case: otherwise it is the
  operator that does not ignore it;
- terms that are AND or OR come before comparisons.

So a SQL backend is right when each leaf, a comparison or its negation, is TRUE exactly when the language says so
(docs/language.md#negation). Other leaves may be FALSE or UNKNOWN: without a NOT above them, WHERE treats both alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from criteria.schema.field import Field, Value
from criteria.schema.schema import ObjectList, Reference
from criteria.tree.nodes import (
    EVERYTHING,
    EXACT,
    NOTHING,
    POSITIVES,
    And,
    AnyElement,
    AnyReferred,
    Comparison,
    Expression,
    Not,
    Operator,
    Or,
    assert_never,
    is_folded,
)
from criteria.values.case_folding import has_case

_Group = type[And] | type[Or]

_MERGEABLE = frozenset({Operator.EQ, Operator.IN})

_MAX_MERGED = 1000
"""Values of a merged list. Hostile values may share one hash, and then a set takes time quadratic in their number."""


def normalize(expression: Expression) -> Expression:
    """The normal form of an expression. It selects the same records."""
    return _normal(expression, negated=False)


def depth(expression: Expression) -> int:
    """The number of levels of AND, OR, `AnyElement` and `AnyReferred` in the normal form of an expression whose tests
    are not joined: a query does not become deeper by what is beside it (docs/language.md#bounds)."""
    return _depth(_normal(expression, negated=False, joins=False))


def _depth(normal: Expression) -> int:
    if isinstance(normal, (And, Or)):
        return 1 + max(map(_depth, normal.terms), default=0)
    if isinstance(normal, Not):
        return _depth(normal.term)
    if isinstance(normal, (AnyElement, AnyReferred)) and normal.term is not None:
        return 1 + _depth(normal.term)
    return 0


def _normal(expression: Expression, negated: bool, joins: bool = True) -> Expression:
    """The normal form of an expression or of its negation. Without `joins` its tests are not joined."""
    match expression:
        case Not(term):
            return _normal(term, not negated, joins)
        case And(terms):
            return _group(Or if negated else And, [_normal(term, negated, joins) for term in terms], joins)
        case Or(terms):
            return _group(And if negated else Or, [_normal(term, negated, joins) for term in terms], joins)
        case Comparison():
            return _leaf(expression, negated)
        case AnyElement(_, None):
            return Not(expression) if negated else expression
        case AnyElement(_, term) | AnyReferred(_, term):
            assert term is not None
            normal = _normal(term, False, joins)
            if normal == NOTHING:
                return EVERYTHING if negated else NOTHING
            test = _with_term(expression, normal)
            return Not(test) if negated else test
        case _:
            assert_never(expression)


def _with_term(test: AnyElement | AnyReferred, term: Expression) -> AnyElement | AnyReferred:
    return AnyElement(test.objects, term) if isinstance(test, AnyElement) else AnyReferred(test.reference, term)


def _leaf(comparison: Comparison, negated: bool) -> Expression:
    operator = comparison.operator
    if operator in POSITIVES:
        comparison = Comparison(comparison.field, POSITIVES[operator], comparison.value)
        negated = not negated
    if is_folded(operator) and isinstance(comparison.value, str) and not has_case(comparison.value):
        comparison = Comparison(comparison.field, EXACT[operator], comparison.value)
    if isinstance(comparison.value, tuple):
        if not comparison.value:
            return EVERYTHING if negated else NOTHING
        comparison = _membership(comparison.field, comparison.value)
    return Not(comparison) if negated else comparison


def with_distinct_values(expression: Expression) -> Expression:
    """The expression with lists without repeated values. It has the same normal form, whose lists are the same objects
    if they have not been merged with others."""
    match expression:
        case Comparison(field, operator, value):
            return Comparison(field, operator, distinct(value)) if isinstance(value, tuple) else expression
        case Not(term):
            return Not(with_distinct_values(term))
        case And(terms) | Or(terms):
            return type(expression)(tuple(map(with_distinct_values, terms)))
        case AnyElement(objects, term):
            return AnyElement(objects, None if term is None else with_distinct_values(term))
        case AnyReferred(reference, term):
            return AnyReferred(reference, with_distinct_values(term))
        case _:
            assert_never(expression)


def distinct(values: tuple[Value, ...]) -> tuple[Value, ...]:
    """The values without those that equal an earlier one; the same object if there are none."""
    objects = {id(value): value for value in values}.values()  # to hash half a million decimals takes long
    found = dict.fromkeys(objects)
    return values if len(found) == len(values) else tuple(found)


def _membership(field: Field, values: tuple[Value, ...]) -> Comparison:
    values = distinct(values)
    if len(values) == 1:
        return Comparison(field, Operator.EQ, values[0])
    return Comparison(field, Operator.IN, values)


def _group(group: _Group, terms: Iterable[Expression], joins: bool) -> Expression:
    """AND or OR of normal terms, in normal form."""
    neutral, absorbing = (EVERYTHING, NOTHING) if group is And else (NOTHING, EVERYTHING)
    flat = [inner for term in terms for inner in (term.terms if isinstance(term, group) else (term,))]
    if absorbing in flat:
        return absorbing
    merged = list(_merged(group, flat))
    kept = list(dict.fromkeys(_joined(group, merged) if joins else merged))
    if len(kept) <= 1:
        return kept[0] if kept else neutral
    return group(tuple(sorted(kept, key=lambda term: not isinstance(term, (And, Or)))))


def _joined(group: _Group, terms: list[Expression]) -> list[Expression]:
    """The terms, with the tests of each list of objects and of each reference joined at the position of the first one:
    that some object fulfils one of their terms, or that none fulfils any. For the only object of a reference that is
    not a list, also that it fulfils all of them, or not all."""
    tests: dict[tuple[ObjectList | Reference, bool], list[tuple[Expression, Expression]]] = {}
    for term in terms:
        test, is_negated = _joinable(group, term)
        if test is not None and test.term is not None:
            tests.setdefault((_place(test), is_negated), []).append((term, test.term))
    if all(len(some) == 1 for some in tests.values()):
        return terms
    found: list[Expression] = []
    for term in terms:
        test, is_negated = _joinable(group, term)
        some = [] if test is None else tests[_place(test), is_negated]
        if test is None or len(some) == 1:
            found.append(term)
        elif term is some[0][0]:
            inside = group if not is_negated else And if group is Or else Or
            joined = _with_term(test, _group(inside, [inner for _, inner in some], joins=True))
            found.append(Not(joined) if is_negated else joined)
    return found


def _joinable(group: _Group, term: Expression) -> tuple[AnyElement | AnyReferred | None, bool]:
    """The test of a term that can be joined with others of its list or reference, or None; and whether it is negated.

    Under AND each test of a list may be fulfilled by another object, and under OR their negations be false of another.
    """
    is_negated = isinstance(term, Not)
    test = term.term if isinstance(term, Not) else term
    if not isinstance(test, (AnyElement, AnyReferred)) or test.term is None:
        return None, is_negated
    has_one_object = isinstance(test, AnyReferred) and not test.reference.place.is_list
    return test if has_one_object or is_negated is (group is And) else None, is_negated


def _place(test: AnyElement | AnyReferred) -> ObjectList | Reference:
    return test.objects if isinstance(test, AnyElement) else test.reference


def _merged(group: _Group, terms: list[Expression]) -> Iterator[Expression]:
    """The terms, with the mergeable comparisons of each field merged at the position of the first one."""
    lists: dict[Field, list[tuple[Value, ...]]] = {}
    for term in terms:
        comparison = _mergeable(group, term)
        if comparison is not None:
            lists.setdefault(comparison.field, []).append(_values(comparison))
    merged = {field: tuple(chain(*some)) for field, some in lists.items() if len(some) > 1}
    done: set[Field] = set()
    for term in terms:
        comparison = _mergeable(group, term)
        values = None if comparison is None else merged.get(comparison.field)
        if comparison is None or values is None or len(values) > _MAX_MERGED:
            yield term
        elif comparison.field not in done:
            done.add(comparison.field)
            membership = _membership(comparison.field, values)
            yield membership if group is Or else Not(membership)


def _mergeable(group: _Group, term: Expression) -> Comparison | None:
    """The equality or `$in` of a term that can be merged with others of its field, or None. Under AND it is negated."""
    if group is And:
        if not isinstance(term, Not):
            return None
        term = term.term
    if not isinstance(term, Comparison) or term.value is None:
        return None
    return term if term.operator in _MERGEABLE else None


def _values(comparison: Comparison) -> tuple[Value, ...]:
    value = comparison.value
    assert value is not None
    return value if isinstance(value, tuple) else (value,)
