"""The condition as a tree of functions, for records that the generated code stumbles over: it never raises."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from criteria.backends.python.reading import Reading
from criteria.tree.comparing import Test, empty_test
from criteria.tree.nodes import And, Comparison, Expression, Not, Or, assert_never
from criteria.values.loading import member

Matches = Callable[[Any], bool]

Tree = Callable[[Sequence[Test]], Matches]
"""Puts a condition together from the tests of its comparisons. It knows nothing of a query's values."""


def tree(normal: Expression, places: Mapping[int, int], reading: Reading) -> Tree:
    """The tree of an expression; `places` says where among the tests each comparison's is, by its identity."""
    match normal:
        case And(terms):
            every = [tree(term, places, reading) for term in terms]
            return lambda tests: _all([grow(tests) for grow in every])
        case Or(terms):
            some = [tree(term, places, reading) for term in terms]
            return lambda tests: _any([grow(tests) for grow in some])
        case Not(term):
            inner = tree(term, places, reading)
            return lambda tests: _not(inner(tests))
        case Comparison(field, _, None):
            is_empty = empty_test(field)
            path = reading.path(field)
            return lambda tests: _leaf(path, is_empty)
        case Comparison(field):
            place = places[id(normal)]
            path = reading.path(field)
            return lambda tests: _leaf(path, tests[place])
        case _:
            assert_never(normal)


def _all(terms: list[Matches]) -> Matches:
    return lambda record: all(matches(record) for matches in terms)


def _any(terms: list[Matches]) -> Matches:
    return lambda record: any(matches(record) for matches in terms)


def _not(term: Matches) -> Matches:
    return lambda record: not term(record)


def _leaf(path: tuple[str, ...], test: Test) -> Matches:
    def matches(record: Any) -> bool:
        for segment in path:
            record = member(record, segment)
        return test(record)

    return matches
