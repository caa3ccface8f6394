"""Tests of lists of objects and of references: functions of a list or a reference that never raise, unless the caller's
look-up does. They are the same in the source and in closures.

Lists of references inside each other lead to the same objects in many ways, as many as the product of their lengths.
Each test of such objects remembers its verdict on each id, for as long as one record is tested."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import replace
from typing import Any, NamedTuple

from criteria.backends.python.closures import Matches, tree
from criteria.backends.python.operands import Bindings, Make, operand_of
from criteria.backends.python.reading import Reading
from criteria.schema.field import Field
from criteria.tree.comparing import Test, is_empty, test_maker
from criteria.tree.nodes import AnyElement, AnyReferred, Expression, element_tests, leaves, reference_tests
from criteria.tree.parameters import Slots
from criteria.values.loading import Lookup, Records, elements, id_loader, is_object, loader


def bind_element_tests(normal: Expression, slots: Slots, reading: Reading, bindings: Bindings) -> dict[int, str]:
    """Binds a name to each test of a list of objects or of a reference. The keys are the identities of the nodes."""
    tests: list[AnyElement | AnyReferred] = [*element_tests(normal), *reference_tests(normal)]
    found: dict[int, str] = {}
    for test in tests:
        make, remembers = _test(test, slots, reading, _Lists())
        found[id(test)] = bindings.made("t", _with_verdicts(make) if remembers else make)
    return found


class _Lists(NamedTuple):
    """What leads to a test: the objects with lists on the way, up to the last reference, and whether there is a list
    since then."""

    objects: int = 0
    is_in_list: bool = False

    def inside(self, test: AnyElement | AnyReferred) -> _Lists:
        """What leads to the tests inside of a test."""
        if isinstance(test, AnyElement):
            return self._replace(is_in_list=True)
        return _Lists(self.objects + (self.is_in_list or test.reference.place.is_list))


_VERDICTS: ContextVar[dict[object, dict[int, bool]]] = ContextVar("verdicts")
"""For each test that remembers, its verdict on the object of each id, while one outermost test is answered."""


def _with_verdicts(make: Make) -> Make:
    def made(values: Any) -> Test:
        inner: Test = make(values)

        def test(value: Any) -> bool:
            token = _VERDICTS.set({})  # a look-up may call other predicates, and the same one
            try:
                return inner(value)
            finally:
                _VERDICTS.reset(token)

        return test

    return made


def _test(test: AnyElement | AnyReferred, slots: Slots, reading: Reading, lists: _Lists) -> tuple[Make, bool]:
    """A function from the values of a query to the test of a list or of a reference, and whether a test in it remembers
    its verdicts. Those do that lists of references lead to in many ways: behind lists of two objects."""
    within = lists.inside(test)
    if isinstance(test, AnyReferred):
        refers, find = test.reference.place, reading.lookups[test.reference.entity]
        grow, remembers = _matches(test.term, slots, reading, within)
        if within.objects > 1 or (within.objects and remembers):
            return (lambda values: _some_remembered(refers, reading.records, find, grow(values))), True
        return (lambda values: some_referred(refers, reading.records, find, grow(values))), remembers
    if test.term is None:
        return (lambda values: _has_element), False
    by_name = replace(reading, by="name")  # an element has the names of the fields
    grow_element, remembers = _matches(test.term, slots, by_name, within)
    return (lambda values: _some_object(grow_element(values))), remembers


def _matches(term: Expression, slots: Slots, reading: Reading, lists: _Lists) -> tuple[Callable[[Any], Matches], bool]:
    """A function from the values of a query to the condition on one object, and whether a test in it remembers."""
    makes: list[Make] = []
    remembers = False
    places: dict[int, int] = {}
    for leaf in leaves(term):
        if leaf.value is not None:
            places[id(leaf)] = len(makes)
            makes.append(_made(test_maker(leaf, loader(leaf.field, reading.records)), operand_of(leaf.value, slots)))
    tests: list[AnyElement | AnyReferred] = [*element_tests(term), *reference_tests(term)]
    for inner in tests:
        places[id(inner)] = len(makes)
        made, does = _test(inner, slots, reading, lists)
        makes.append(made)
        remembers = remembers or does
    grow = tree(term, places, reading)
    return (lambda values: grow([make(values) for make in makes])), remembers


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


def _some_remembered(refers: Field, records: Records, find: Lookup, matches: Matches) -> Test:
    """As `some_referred`, and each id is looked up and tested once."""
    load, key = id_loader(refers, records), object()

    def test(value: Any) -> bool:
        verdicts = _VERDICTS.get().setdefault(key, {})
        for one in elements(value) if refers.is_list else (value,):
            number = load(one)
            if number is None:
                continue
            verdict = verdicts.get(number)
            if verdict is None:
                found = find(number)
                verdict = verdicts[number] = found is not None and matches(found)
            if verdict:
                return True
        return False

    return test
