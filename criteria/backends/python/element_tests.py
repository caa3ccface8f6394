"""Tests of lists of objects and of references: functions of a list or a reference that never raise, unless the caller's
look-up does. They are the same in the source and in closures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from criteria.backends.python.closures import Matches, tree
from criteria.backends.python.operands import Bindings, Make, operand_of
from criteria.backends.python.reading import Reading
from criteria.schema.field import Field
from criteria.tree.comparing import Test, is_empty, test_maker
from criteria.tree.nodes import AnyElement, AnyReferred, Expression, element_tests, leaves, reference_tests
from criteria.tree.parameters import Slots
from criteria.values.loading import Lookup, Records, elements, id_loader, is_object


def bind_element_tests(normal: Expression, slots: Slots, reading: Reading, bindings: Bindings) -> dict[int, str]:
    """Binds a name to each test of a list of objects or of a reference. The keys are the identities of the nodes."""
    tests: list[AnyElement | AnyReferred] = [*element_tests(normal), *reference_tests(normal)]
    return {id(test): bindings.made("t", _test(test, slots, reading)) for test in tests}


def _test(test: AnyElement | AnyReferred, slots: Slots, reading: Reading) -> Make:
    """A function from the values of a query to the test of a list or of a reference."""
    if isinstance(test, AnyReferred):
        refers, find = test.reference.place, reading.lookups[test.reference.entity]
        grow = _matches(test.term, slots, reading)
        return lambda values: some_referred(refers, reading.records, find, grow(values))
    if test.term is None:
        return lambda values: _has_element
    grow_element = _matches(test.term, slots, replace(reading, by="name"))  # an element has the names of the fields
    return lambda values: _some_object(grow_element(values))


def _matches(term: Expression, slots: Slots, reading: Reading) -> Callable[[Any], Matches]:
    """A function from the values of a query to the condition on one object."""
    makes: list[Make] = []
    places: dict[int, int] = {}
    for leaf in leaves(term):
        if leaf.value is not None:
            places[id(leaf)] = len(makes)
            makes.append(_made(test_maker(leaf, reading.records), operand_of(leaf.value, slots)))
    tests: list[AnyElement | AnyReferred] = [*element_tests(term), *reference_tests(term)]
    for inner in tests:
        places[id(inner)] = len(makes)
        makes.append(_test(inner, slots, reading))
    grow = tree(term, places, reading)
    return lambda values: grow([make(values) for make in makes])


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


def some_referred(refers: Field, records: Records, find: Lookup, matches: Matches) -> Test:
    """The test of a reference, or of a list of them: whether an object that `find` finds by an id matches."""
    load = id_loader(refers, records)

    def leads_to_one(value: Any) -> bool:
        number = load(value)
        found = None if number is None else find(number)
        return found is not None and matches(found)

    return (lambda value: any(map(leads_to_one, elements(value)))) if refers.is_list else leads_to_one
