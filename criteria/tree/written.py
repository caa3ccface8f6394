"""The tree of a query beside the criteria that it was parsed from: a JSON Pointer for each expression."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from criteria.errors import to_pointer
from criteria.text.json_decoding import decode, read_text
from criteria.tree.nodes import (
    ELEM_MATCH,
    EVERYTHING,
    MEMBERSHIP,
    POSITIVES,
    And,
    AnyElement,
    AnyReferred,
    Comparison,
    Expression,
    Not,
    Operator,
    Or,
    is_among_listed,
)


class WrittenNode(NamedTuple):
    """An expression, the pointer to its place in the criteria, and its terms.

    A path through lists of objects or references is several expressions, which all have the pointer of the comparison.
    """

    expression: Expression
    pointer: str
    terms: tuple[WrittenNode, ...] = ()

    def walk(self) -> Iterator[WrittenNode]:
        """This node and all below it, in the order of the criteria."""
        yield self
        for term in self.terms:
            yield from term.walk()


class OtherCriteria(Exception):
    """The criteria are not those that the tree was parsed from."""


def written_nodes(expression: Expression, written: object) -> WrittenNode:
    """The nodes of an expression, with pointers into `written`, the text or decoded JSON that it was parsed from.

    Raises `OtherCriteria`.
    """
    try:
        criteria = decode(read_text(written))[0] if isinstance(written, (str, bytes)) else written
        return _criteria(criteria, expression, "")
    except (AttributeError, TypeError, ValueError):
        raise OtherCriteria from None


def _criteria(value: Any, expression: Expression, at: str) -> WrittenNode:
    members = list(value.items())
    if not members:
        _expect(expression == EVERYTHING)
        return WrittenNode(expression, at)
    if len(members) == 1:
        key, member = members[0]
        return _member(key, member, expression, at)
    terms = _terms(expression, And, len(members))
    inner = tuple(_member(key, member, term, at) for (key, member), term in zip(members, terms, strict=True))
    return WrittenNode(expression, at, inner)


def _member(key: str, value: Any, expression: Expression, around: str) -> WrittenNode:
    at = around + to_pointer((key,))
    if key in ("AND", "OR"):
        terms = _terms(expression, And if key == "AND" else Or, len(value))
        inner = enumerate(zip(value, terms, strict=True))
        return WrittenNode(expression, at, tuple(_criteria(one, term, f"{at}/{index}") for index, (one, term) in inner))
    if key == "NOT":
        if not isinstance(expression, Not):
            raise OtherCriteria
        return WrittenNode(expression, at, (_criteria(value, expression.term, at),))
    if not isinstance(value, dict):
        return _comparison(key, Operator.EQ, expression, at)
    if len(value) == 1:
        ((name, operand),) = value.items()
        return _operation(key, name, operand, expression, at)
    terms = _terms(expression, And, len(value))
    operations = tuple(
        _operation(key, name, operand, term, at) for (name, operand), term in zip(value.items(), terms, strict=True)
    )
    return WrittenNode(expression, at, operations)


def _operation(field: str, name: str, operand: Any, expression: Expression, around: str) -> WrittenNode:
    at = around + to_pointer((name,))
    if name == ELEM_MATCH:
        return _element(field, operand, expression, at)
    return _comparison(field, Operator(name), expression, at)


def _element(path: str, criteria: Any, expression: Expression, at: str) -> WrittenNode:
    """The criteria of $elemMatch. A path through a list to another one is a test in a test."""
    if not isinstance(expression, (AnyElement, AnyReferred)) or expression.term is None:
        raise OtherCriteria
    name = _name(expression)
    if path == name:
        return WrittenNode(expression, at, (_criteria(criteria, expression.term, at),))
    _expect(path.startswith(f"{name}."))
    return WrittenNode(expression, at, (_element(path.removeprefix(f"{name}."), criteria, expression.term, at),))


def _comparison(field: str, operator: Operator, expression: Expression, at: str) -> WrittenNode:
    """A comparison. Without a schema a list of mixed types has one for each type, all with the same pointer."""
    if isinstance(expression, (And, Or)):
        _expect(operator in MEMBERSHIP)
        return WrittenNode(expression, at, tuple(_comparison(field, operator, term, at) for term in expression.terms))
    if isinstance(expression, (AnyElement, AnyReferred, Not)):
        return _through(field, operator, expression, at)
    becomes_list = is_among_listed(operator, expression.field)
    _expect(expression.operator is (Operator.IN if becomes_list else operator))
    _expect(field in (expression.field.name, f"{expression.field.name}.objectId"))
    return WrittenNode(expression, at)


def _through(path: str, operator: Operator, expression: Expression, at: str) -> WrittenNode:
    """A comparison with what elements of lists, or referred objects, have: a negative one is NOT of a test."""
    if isinstance(expression, Not):
        _expect(operator in POSITIVES or operator is Operator.EQ)
        return WrittenNode(expression, at, (_through(path, operator, expression.term, at),))
    if isinstance(expression, (AnyElement, AnyReferred)):
        name, term = _name(expression), expression.term
        if term is None:
            _expect(path == name)
            return WrittenNode(expression, at)
        _expect(path.startswith(f"{name}."))
        return WrittenNode(expression, at, (_through(path.removeprefix(f"{name}."), operator, term, at),))
    if not isinstance(expression, Comparison):
        raise OtherCriteria
    _expect(path in (expression.field.name, f"{expression.field.name}.objectId"))
    return WrittenNode(expression, at)


def _name(test: AnyElement | AnyReferred) -> str:
    return test.objects.name if isinstance(test, AnyElement) else test.reference.name


def _terms(expression: Expression, group: type[And] | type[Or], count: int) -> tuple[Expression, ...]:
    if not isinstance(expression, group) or len(expression.terms) != count:
        raise OtherCriteria
    return expression.terms


def _expect(matches: bool) -> None:
    if not matches:
        raise OtherCriteria
