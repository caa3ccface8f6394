"""The condition as a tree of functions, for records that the generated code stumbles over: it never raises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from criteria.ast import And, Comparison, Expression, Not, Or, assert_never
from criteria.backends.python.leaves import Test, empty_test
from criteria.types import Field
from criteria.values import member

Matches = Callable[[Any], bool]


def careful(normal: Expression, tests: Mapping[int, Test]) -> Matches:
    """Says of any record whether it matches, by the tests of the comparisons, found by their identity."""
    match normal:
        case And(terms):
            every = [careful(term, tests) for term in terms]
            return lambda record: all(matches(record) for matches in every)
        case Or(terms):
            some = [careful(term, tests) for term in terms]
            return lambda record: any(matches(record) for matches in some)
        case Not(term):
            matches = careful(term, tests)
            return lambda record: not matches(record)
        case Comparison(field, _, None):
            return _leaf(field, empty_test(field))
        case Comparison(field):
            return _leaf(field, tests[id(normal)])
        case _:
            assert_never(normal)


def _leaf(field: Field, test: Test) -> Matches:
    def matches(record: Any) -> bool:
        for segment in field.path:
            record = member(record, segment)
        return test(record)

    return matches
