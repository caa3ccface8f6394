"""Judges a record: the verdict of each comparison, and of the groups above them.

The comparisons are those of the predicate (`criteria.tree.comparing`). All are evaluated, even where the first one
decides the result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from criteria.explanation.conditions import Conditions, first_object, items_of, value_of
from criteria.explanation.model import ExplainedNode, FoundKind, FoundValue
from criteria.tree.nodes import And, AnyElement, AnyReferred, Comparison, Not, Or, assert_never
from criteria.values.loading import Lookups, Records, elements, is_object

MAX_LISTED = 25_000
"""Nodes of an explanation that are about an element of a list, or the object of a reference. So many take less than
half a second, as JSON too."""


_Led = tuple[FoundValue, bool, Sequence[tuple[int | None, int]]]
"""What a test of references found, its verdict, and the ids of the objects to judge."""


def judged(node: ExplainedNode, record: Any, records: Records, lookups: Lookups) -> ExplainedNode:
    """The tree with the verdict of each node on a record, and with what each comparison found.
    `lookups` finds the objects of other entities."""
    return _Judge(records, lookups).judged(node, record)


class _Judge:
    """Judges one record."""

    def __init__(self, records: Records, lookups: Lookups) -> None:
        self._records = records
        self._conditions = Conditions(records, lookups)
        self._sizes: dict[int, int] = {}
        self._lists: dict[int, tuple[FoundValue, Sequence[Any]]] = {}
        self._led: dict[tuple[int, int], _Led] = {}
        self._left = MAX_LISTED

    def judged(self, node: ExplainedNode, record: Any, element: int | None = None) -> ExplainedNode:
        """The tree with the verdicts on a record, which may be an element of a list."""
        expression = node.expression
        if isinstance(expression, Comparison):
            value = value_of(expression.field, record)
            holds, kind = self._conditions.test(expression)
            return ExplainedNode(expression, node.pointer, (), holds(value), FoundValue(value, kind(value)), element)
        if isinstance(expression, AnyElement):
            return self._elements(node, expression, value_of(expression.objects.place, record), element)
        if isinstance(expression, AnyReferred):
            return self._referred(node, expression, value_of(expression.reference.place, record), element)
        terms = tuple(self.judged(term, record) for term in node.terms)
        verdict = _combined(expression, [bool(term.verdict) for term in terms])
        return ExplainedNode(expression, node.pointer, terms, verdict, None, element)

    def _elements(self, node: ExplainedNode, test: AnyElement, value: Any, element: int | None) -> ExplainedNode:
        """A test of a list of objects, with its term judged on the first element that fulfils it, or else on all."""
        found, items = self._held(value)
        judged = replace(node, found=found, element=element)
        if test.term is None:
            return replace(judged, verdict=found.kind is FoundKind.VALUE)
        term = node.terms[0]
        first = first_object(items, self._conditions.of(test.term))
        chosen = [*enumerate(items)] if first is None else [(first, items[first])]
        return self._listed(judged, first is not None, chosen, lambda item, index: self._on_element(term, item, index))

    def _held(self, value: Any) -> tuple[FoundValue, Sequence[Any]]:
        """What a test of a list found, and the elements. A list is read once for all its tests."""
        known = self._lists.get(id(value))
        if known is None:
            found = FoundValue(value, FoundKind.VALUE if elements(value) else FoundKind.NONE)  # keeps the list alive
            known = self._lists[id(value)] = found, items_of(value)
        return known

    def _referred(self, node: ExplainedNode, test: AnyReferred, value: Any, element: int | None) -> ExplainedNode:
        """A test of a reference, with its term judged on the first object that fulfils it, or else on all of them.
        Nothing is found behind a dangling reference."""
        key = id(test), id(value)
        known = self._led.get(key)
        if known is None:
            known = self._led[key] = self._led_to(test, value)
        found, verdict, chosen = known
        entity, term, look_up = test.reference.entity, node.terms[0], self._conditions.found
        return self._listed(
            replace(node, found=found, element=element),
            verdict,
            chosen,
            lambda one, index: self.judged(term, look_up(entity, one), index),
        )

    def _led_to(self, test: AnyReferred, value: Any) -> _Led:
        """What a reference or a list of them holds, and the ids of the objects to judge: of the first that fulfils the
        test, or else of all that exist, with their places in the list."""
        _, kind = self._conditions.of_values(test.reference.place)
        found, fulfils = FoundValue(value, kind(value)), self._conditions.of_id(test)
        for one in self._conditions.ids_in(test.reference)(value):
            if fulfils(one[1]):
                return found, True, [one]
        return found, False, self._conditions.existing_in(test.reference)(value)

    def _listed(
        self,
        node: ExplainedNode,
        verdict: bool,
        chosen: Sequence[tuple[int | None, Any]],
        judge: Callable[[Any, int | None], ExplainedNode],
    ) -> ExplainedNode:
        """A test with its verdict, and with its term judged on what is chosen with its index: the first that fulfils
        it, or else all; on none if there are more than are left to be listed."""
        size = len(chosen) * self._size(node.terms[0])
        if size > self._left:
            return replace(node, terms=(), verdict=verdict, is_cut=True)
        self._left -= size
        return replace(node, terms=tuple(judge(one, index) for index, one in chosen), verdict=verdict)

    def _size(self, node: ExplainedNode) -> int:
        """The nodes of a term judged on one object, without what the tests in it list."""
        known = self._sizes.get(id(node.expression))
        if known is None:
            is_test = isinstance(node.expression, (AnyElement, AnyReferred))
            known = self._sizes[id(node.expression)] = 1 if is_test else 1 + sum(map(self._size, node.terms))
        return known

    def _on_element(self, term: ExplainedNode, item: Any, index: int | None) -> ExplainedNode:
        if is_object(item):
            return self.judged(term, item, index)
        terms = () if term.emptiness is None else term.terms
        return replace(term, verdict=False, found=FoundValue(item, FoundKind.NO_OBJECT), terms=terms, element=index)


def _combined(expression: And | Or | Not, verdicts: Sequence[bool]) -> bool:
    match expression:
        case And():
            return all(verdicts)
        case Or():
            return any(verdicts)
        case Not():
            return not verdicts[0]
        case _:
            assert_never(expression)
