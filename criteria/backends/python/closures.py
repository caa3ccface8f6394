"""The condition as a tree of functions that never raises, for records on which the generated code raises."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from criteria.backends.python.reading import Reading
from criteria.tree.comparing import Test, empty_test
from criteria.tree.nodes import And, AnyElement, AnyReferred, Comparison, Expression, Not, Or, assert_never
from criteria.values.loading import test_by_path

Matches = Callable[[Any], bool]

Tree = Callable[[Sequence[Test]], Matches]
"""Builds a condition from the tests of its comparisons, lists of objects and references. It does not depend on a
query's values."""


def tree(normal: Expression, places: Mapping[int, int], reading: Reading) -> Tree:
    """The tree of an expression. `places` maps the identity of each comparison, and of each test of elements, to the
    index of its test."""
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
            return lambda tests: test_by_path(field, path, is_empty)
        case Comparison(field):
            place = places[id(normal)]
            path = reading.path(field)
            return lambda tests: test_by_path(field, path, tests[place])
        case AnyElement(objects):
            place = places[id(normal)]
            path = reading.path(objects.place)
            return lambda tests: test_by_path(objects.place, path, tests[place])
        case AnyReferred(reference):
            place = places[id(normal)]
            path = reading.path(reference.place)
            return lambda tests: test_by_path(reference.place, path, tests[place])
        case _:
            assert_never(normal)


def _all(terms: list[Matches]) -> Matches:
    if len(terms) == 2:
        one, other = terms
        return lambda record: one(record) and other(record)
    return lambda record: all(matches(record) for matches in terms)


def _any(terms: list[Matches]) -> Matches:
    return lambda record: any(matches(record) for matches in terms)


def _not(term: Matches) -> Matches:
    return lambda record: not term(record)
