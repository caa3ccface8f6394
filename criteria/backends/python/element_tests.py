"""Tests of lists of objects: functions of a list that never raise. They are the same in the source and in closures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from criteria.backends.python.closures import Matches, tree
from criteria.backends.python.operands import Bindings, Make, operand_of
from criteria.backends.python.reading import Reading
from criteria.tree.comparing import Test, is_empty, test_maker
from criteria.tree.nodes import AnyElement, Expression, element_tests, leaves
from criteria.tree.parameters import Slots
from criteria.values.loading import Records, elements, is_object


def bind_element_tests(normal: Expression, slots: Slots, records: Records, bindings: Bindings) -> dict[int, str]:
    """Binds a name to each test of a list of objects. The keys are the identities of the nodes."""
    return {id(test): bindings.made("t", _test(test, slots, records)) for test in element_tests(normal)}


def _test(test: AnyElement, slots: Slots, records: Records) -> Make:
    """A function from the values of a query to the test of a list."""
    if test.term is None:
        return lambda values: _has_element
    makes: list[Make] = []
    places: dict[int, int] = {}
    for leaf in leaves(test.term):
        if leaf.value is not None:
            places[id(leaf)] = len(makes)
            makes.append(_made(test_maker(leaf, records), operand_of(leaf.value, slots)))
    for inner in element_tests(test.term):
        places[id(inner)] = len(makes)
        makes.append(_test(inner, slots, records))
    grow = tree(test.term, places, Reading(records))  # an element has the names of the fields
    return lambda values: _some_object(grow([make(values) for make in makes]))


def _made(new_test: Callable[[Any], Test], operand: Make) -> Make:
    return lambda values: new_test(operand(values))


def _has_element(value: Any) -> bool:
    return not is_empty(value)


def _some_object(matches: Matches) -> Test:
    def test(value: Any) -> bool:
        for item in value if type(value) is list else elements(value):
            if (type(item) is dict or is_object(item)) and matches(item):
                return True
        return False

    return test
