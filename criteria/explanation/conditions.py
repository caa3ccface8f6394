"""What holds for one record, as functions.

Each object behind references is looked up once, and tested once by each test: lists of references to the own entity
lead to the same few objects in many ways. Each value is loaded once for all comparisons of its field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from criteria.explanation.model import FoundKind
from criteria.schema.field import Field
from criteria.schema.schema import Reference
from criteria.tree.comparing import Test, empty_test, test_maker
from criteria.tree.nodes import EXACT, POSITIVES, And, AnyElement, AnyReferred, Comparison, Expression, Not, is_folded
from criteria.values.case_folding import fold
from criteria.values.loading import (
    LISTS,
    Loader,
    Lookups,
    Records,
    elements,
    id_loader,
    is_instance,
    is_list_value,
    is_object,
    loader,
    member,
    path_step,
    test_by_path,
)

KindOf = Callable[[Any], FoundKind]
"""Takes what a record holds at a field; returns what it is for the field."""

Condition = Callable[[Any], bool]
"""Takes an object; returns whether an expression is true of it."""

IdsIn = Callable[[Any], Sequence[tuple[int | None, int]]]
"""Takes what a record holds at a reference; returns the ids there, with their places in a list of references."""

MAX_REMEMBERED = 25_000
"""Values that are remembered of each field, with what was read from them; each element of a list that was read counts.
"""

_Result = TypeVar("_Result")


class Conditions:
    """The conditions of the expressions of one query, for one record. They are made once for each expression, which
    the query keeps alive."""

    def __init__(self, records: Records, lookups: Lookups) -> None:
        self._records, self._lookups = records, lookups
        self._tests: dict[int, tuple[Test, KindOf]] = {}
        self._loaders: dict[Field, Loader] = {}
        self._folded: dict[Field, Loader] = {}
        self._kinds: dict[Field, KindOf] = {}
        self._conditions: dict[int, Condition] = {}
        self._of_ids: dict[int, Condition] = {}
        self._ids: dict[Field, IdsIn] = {}
        self._existing: dict[tuple[str, Field], IdsIn] = {}
        self._objects: dict[str, dict[int, Any]] = {}

    def test(self, comparison: Comparison) -> tuple[Test, KindOf]:
        """The test of a comparison, and what a value is for its field."""
        known = self._tests.get(id(comparison))
        if known is None:
            load, kind = self.of_values(comparison.field)
            positive = _positive(comparison)
            if is_folded(positive.operator):
                assert isinstance(positive.value, str)
                positive = Comparison(positive.field, EXACT[positive.operator], fold(positive.value))
                load = self._of_folded(comparison.field)
            holds = _test_of(positive, load)
            known = self._tests[id(comparison)] = _negated(holds) if comparison.operator in POSITIVES else holds, kind
        return known

    def _of_folded(self, field: Field) -> Loader:
        """What loads the texts of a field and folds them: a text may be compared with a thousand operands."""
        folded = self._folded.get(field)
        if folded is None:
            load = self.of_values(field)[0]
            folded = self._folded[field] = _remembered(lambda value: _fold(load(value)))
        return folded

    def of_values(self, field: Field) -> tuple[Loader, KindOf]:
        """What loads the values of a field, and what tells their kinds."""
        load = self._loaders.get(field)
        if load is None:
            load = self._loaders[field] = _remembered(loader(field, self._records))
            self._kinds[field] = _remembered(kind_of(field, load))
        return load, self._kinds[field]

    def found(self, entity: str, object_id: int) -> Any:
        """The object of an entity with an id; None if there is none."""
        objects = self._objects.setdefault(entity, {})
        if object_id not in objects:
            objects[object_id] = self._lookups[entity](object_id)
        return objects[object_id]

    def ids_in(self, reference: Reference) -> IdsIn:
        """What finds the ids that a reference, or a list of them, holds."""
        known = self._ids.get(reference.place)
        if known is None:
            known = self._ids[reference.place] = _remembered(_ids_in(reference.place, self._records))
        return known

    def existing_in(self, reference: Reference) -> IdsIn:
        """As `ids_in`, those of objects that exist."""
        key = reference.entity, reference.place
        known = self._existing.get(key)
        if known is None:
            ids = self.ids_in(reference)

            def existing(value: Any) -> Sequence[tuple[int | None, int]]:
                return [one for one in ids(value) if self.found(reference.entity, one[1]) is not None]

            known = self._existing[key] = _remembered(existing)
        return known

    def of(self, expression: Expression) -> Condition:
        """The condition of an expression."""
        known = self._conditions.get(id(expression))
        if known is None:
            known = self._conditions[id(expression)] = self._new(expression)
        return known

    def of_id(self, test: AnyReferred) -> Condition:
        """Takes an id; returns whether the object with it exists and fulfils the term of a test of references."""
        known = self._of_ids.get(id(test))
        if known is None:
            known = self._of_ids[id(test)] = self._once(test.reference.entity, self.of(test.term))
        return known

    def _once(self, entity: str, fulfils: Condition) -> Condition:
        verdicts: dict[int, bool] = {}

        def of_id(object_id: int) -> bool:
            verdict = verdicts.get(object_id)
            if verdict is None:
                found = self.found(entity, object_id)
                verdict = verdicts[object_id] = found is not None and fulfils(found)
            return verdict

        return of_id

    def _new(self, expression: Expression) -> Condition:
        if isinstance(expression, Comparison):
            return test_by_path(expression.field, expression.field.path, self.test(expression)[0])
        if isinstance(expression, AnyElement):
            term = expression.term
            place = expression.objects.place
            return test_by_path(place, place.path, _has_element if term is None else _some_object(self.of(term)))
        if isinstance(expression, AnyReferred):
            refers = expression.reference.place
            ids, fulfils = self.ids_in(expression.reference), self.of_id(expression)
            return test_by_path(refers, refers.path, lambda value: any(fulfils(one) for _, one in ids(value)))
        if isinstance(expression, Not):
            inner = self.of(expression.term)
            return lambda record: not inner(record)
        terms = [self.of(term) for term in expression.terms]
        if isinstance(expression, And):
            return lambda record: all(fulfils(record) for fulfils in terms)
        return lambda record: any(fulfils(record) for fulfils in terms)


def items_of(value: Any) -> list[Any]:
    """The elements of a list, nulls included."""
    return list(value) if is_instance(value, *LISTS) and elements(value) else []


def first_object(items: Sequence[Any], fulfils: Condition) -> int | None:
    """The index of the first object among the elements of a list that fulfils a condition."""
    for index, item in enumerate(items):
        if (type(item) is dict or is_object(item)) and fulfils(item):
            return index
    return None


def value_of(field: Field, record: Any) -> Any:
    """What a record holds at a field."""
    first, *rest = field.path
    step, value = path_step(field), member(record, first)
    for segment in rest:
        value = step(value, segment)
    return value


def kind_of(field: Field, load: Loader) -> KindOf:
    """Takes a value; returns its kind for a field. A list counts as a value if one of its elements does."""
    is_empty = empty_test(field)

    def kind_of(value: Any) -> FoundKind:
        if is_empty(value):
            return FoundKind.NONE
        if field.is_list or (field.has_elements and is_list_value(value)):
            return FoundKind.VALUE if any(load(item) is not None for item in elements(value)) else FoundKind.OTHER
        return FoundKind.OTHER if load(value) is None else FoundKind.VALUE

    return kind_of


def _ids_in(refers: Field, records: Records) -> IdsIn:
    load = id_loader(refers, records)

    def ids_in(value: Any) -> Sequence[tuple[int | None, int]]:
        held: Iterable[tuple[int | None, Any]] = enumerate(items_of(value)) if refers.is_list else [(None, value)]
        return [(index, object_id) for index, one in held if (object_id := load(one)) is not None]

    return ids_in


def _has_element(value: Any) -> bool:
    return bool(elements(value))


def _some_object(fulfils: Condition) -> Test:
    return lambda value: first_object(elements(value), fulfils) is not None


def _remembered(call: Callable[[Any], _Result]) -> Callable[[Any], _Result]:
    """The same function, that reads each object once. The objects are kept alive, so that none has the identity of
    another."""
    known: dict[int, tuple[Any, _Result]] = {}
    left = MAX_REMEMBERED

    def remembered(value: Any) -> _Result:
        nonlocal left
        found = known.get(id(value))
        if found is None:
            found = value, call(value)
            if left > 0:
                left -= 1 + (len(found[1]) if isinstance(found[1], list) else 0)
                known[id(value)] = found
        return found[1]

    return remembered


def _fold(text: Any) -> str | None:
    return None if text is None else fold(text)


def _positive(comparison: Comparison) -> Comparison:
    operator = comparison.operator
    if operator in POSITIVES:
        return Comparison(comparison.field, POSITIVES[operator], comparison.value)
    return comparison


def _negated(holds: Test) -> Test:
    return lambda value: not holds(value)


def _test_of(comparison: Comparison, load: Loader) -> Test:
    if comparison.value is None:
        return empty_test(comparison.field)
    operand = frozenset(comparison.value) if isinstance(comparison.value, tuple) else comparison.value
    return test_maker(comparison, load)(operand)
