"""`Place`: where the values of a field are, from the rows of a model: in its own columns, or in related rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from itertools import groupby
from typing import Any

from django.db.models import Q

from criteria.backends.python.reading import Reading
from criteria.backends.sql.embedding import are_too_many_to_join, number_of_values
from criteria.backends.sql.statement import MAX_SINGLE_BINDS
from criteria.django.expressions import (
    Bounded,
    Combined,
    Condition,
    Each,
    EachExists,
    GroupPart,
    OwnPart,
    Part,
    RelatedPart,
    order_of,
    ranges_of,
)
from criteria.django.relations import Hop, is_many
from criteria.django.source import Source
from criteria.errors import CriteriaError, Problem
from criteria.schema.field import Field
from criteria.search.keyset import Position
from criteria.search.order_by import SortKey
from criteria.tree.nodes import (
    And,
    AnyElement,
    AnyReferred,
    Comparison,
    Expression,
    Not,
    Or,
    assert_never,
    leaves,
    reference_tests,
)
from criteria.tree.query import Query
from criteria.tree.related_rows import RelatedField, path_of, with_tests
from criteria.values.non_finite import non_finite

_FEW_HOPS = 1
"""The steps to a related row whose subqueries every parser takes, whatever groups are around them."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the values of a field are.

    - `source`: the columns of the model that has them.
    - `field`: the field of that model.
    - `hops`: the steps to its rows; none for the model's own.
    - `path`: the names of the relations.
    """

    source: Source
    field: Field
    hops: tuple[Hop, ...] = ()
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Places:
    """Where the fields of a schema are. `root` has the model's own columns."""

    root: Source
    by_field: Mapping[Field, Place]
    by_path: Mapping[str, Place] = dataclass_field(init=False, repr=False, compare=False)
    """A place in the rows at the end of each path."""

    def __post_init__(self) -> None:
        places = self.by_field.values()
        object.__setattr__(self, "by_path", {".".join(place.path): place for place in places if place.hops})

    def sources(self) -> list[Source]:
        """The columns of all models, each once."""
        return list(dict.fromkeys([self.root, *(place.source for place in self.by_field.values())]))

    def likeness(self) -> object:
        """What is equal for models of which one can be used for the other: those that have read how a database stores
        their columns are equal to themselves only."""
        sources = self.sources()
        if any((one.joined_from or one).is_reflected for one in sources):
            return self
        return (
            [(one.model, one.schema, one.joined_from is None) for one in sources],
            [(field, one.field, one.hops, one.path, sources.index(one.source)) for field, one in self.by_field.items()],
        )

    def condition(self, normal: Expression) -> Q:
        """The condition of an expression in normal form. Its parts are true or false, so AND, OR and NOT are exact."""
        tests = with_tests(normal, self._related)
        if not reference_tests(tests):
            return _on_columns(self.in_columns(tests), self.root)
        of_many = number_of_values(normal) > MAX_SINGLE_BINDS
        found = Q(_Parts(self).condition(tests, of_many=of_many))
        is_deep = any(len(self.by_field[leaf.field].hops) > _FEW_HOPS for leaf in leaves(normal))
        return Q(Bounded(found)) if of_many or is_deep else found

    def _related(self, field: Field) -> RelatedField | None:
        """A field of related rows at the end of its path. None for a field of the model's own."""
        place = self.by_field[field]
        if not place.hops:
            return None
        path = path_of(".".join(place.path), place.source.schema, is_many=is_many(place.hops))
        return RelatedField(path, place.field)

    def in_columns(self, expression: Expression) -> Expression:
        """The expression with the fields of the columns instead of those that clients name."""
        match expression:
            case Comparison(field, operator, value):
                return Comparison(self.by_field[field].field, operator, value)
            case Not(term):
                return Not(self.in_columns(term))
            case And(terms):
                return And(tuple(self.in_columns(term) for term in terms))
            case Or(terms):
                return Or(tuple(self.in_columns(term) for term in terms))
            case AnyElement() | AnyReferred():
                raise AssertionError(f"refused before: {expression!r}")
            case _:
                assert_never(expression)

    def order(self, keys: Sequence[SortKey], connection: Any) -> list[Any]:
        """The terms of an order. Keys of one source that follow each other are compiled together."""
        terms: list[Any] = []
        for (source, path), group in groupby(keys, lambda key: self._sorted_at(key.field)):
            placed = [SortKey(self.by_field[key.field].field, key.descending) for key in group]
            terms += order_of(source, placed, path, connection)
        return terms

    def ranges(self, keys: Sequence[SortKey], position: Position, connection: Any) -> list[tuple[Q, list[Any]]]:
        """The parts of the rows after a position, in their order: each with its condition and its own order.

        Raises `CriteriaError` (`unsupported`) for an order without cursors.
        """
        if self.has_no_cursors(keys):
            message = (
                "A page cannot continue after a cursor if the order has fields of related rows, or converted ones."
            )
            hint = "Use skip, or order by other fields."
            raise CriteriaError(Problem("unsupported", message, "/orderBy", hint=hint, asked_fields=()))
        placed = {SortKey(self.by_field[key.field].field, key.descending): key for key in keys}
        return [
            (condition, self.order([placed[key] for key in rest], connection))
            for condition, rest in ranges_of(self.root, list(placed), position, connection)
        ]

    def has_no_cursors(self, keys: Sequence[SortKey]) -> bool:
        """Whether an order has columns of related rows, or some whose values instances do not have."""
        places = [self.by_field[key.field] for key in keys]
        return any(place.hops or place.source.is_converted(place.field.column) for place in places)

    def position_of(self, keys: Sequence[SortKey]) -> Callable[[Any], list[Any]]:
        """A function that reads the values of the sort keys of an instance. What is in JSON is text there."""
        readers = [_sorted_by(self.by_field[key.field].field) for key in keys]
        return lambda instance: [read(instance) for read in readers]

    def _sorted_at(self, field: Field) -> tuple[Source, tuple[str, ...]]:
        place = self.by_field[field]
        return (place.source.joined if place.path else place.source), place.path


class _Parts:
    """Collects the conditions of an expression, those on the row and those on the rows of each path."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._own: list[Query] = []
        self._related: dict[str, list[Query]] = {}

    def condition(self, tests: Expression, *, of_many: bool) -> Combined:
        """The condition of an expression in normal form, with tests of related rows."""
        whole = self._part(tests)
        root, by_path = self._places.root, self._places.by_path
        related = {
            path: EachExists(by_path[path].hops, Each(by_path[path].source, conditions, of_many=of_many))
            for path, conditions in self._related.items()
        }
        return Combined(whole, Each(root, self._own, of_many=of_many) if self._own else None, related)

    def _part(self, tests: Expression) -> Part:
        if not reference_tests(tests):
            self._own.append(Query(self._places.in_columns(tests), self._places.root.schema))
            return OwnPart(len(self._own) - 1)
        match tests:
            case And(terms):
                return GroupPart(False, self._parts(terms, is_or=False))
            case Or(terms):
                return GroupPart(True, self._parts(terms, is_or=True))
            case AnyReferred() | Not(AnyReferred()):
                return self._parts([tests], is_or=False)[0]
            case AnyElement() | Comparison() | Not():
                raise AssertionError(f"refused before, or not in normal form: {tests!r}")
            case _:
                assert_never(tests)

    def _parts(self, terms: Sequence[Expression], *, is_or: bool) -> list[Part]:
        """The terms of a group: those on own columns together, and then the others."""
        own: list[Expression] = []
        found: list[Part] = []
        tests: list[tuple[AnyReferred, bool]] = []
        for term in terms:
            test = term.term if isinstance(term, Not) else term
            if isinstance(test, AnyReferred):
                tests.append((test, test is not term))
            elif reference_tests(term):
                found.append(self._part(term))
            else:
                own.append(term)
        if own:
            found.insert(0, self._part(Or(tuple(own)) if is_or else And(tuple(own))))
        places = [self._places.by_path[test.reference.name] for test, _ in tests]
        is_apart = are_too_many_to_join(sum(len(place.hops) for place in places))
        for (test, is_negated), place in zip(tests, places, strict=True):
            conditions = self._related.setdefault(test.reference.name, [])
            found.append(RelatedPart(test.reference.name, len(conditions), is_negated, is_apart))
            conditions.append(Query(test.term, place.source.schema))
        return found


def _sorted_by(field: Field) -> Callable[[Any], Any]:
    """A function that reads what an instance is sorted by: NaN and infinities too, which are no values of a field."""
    read = Reading("canonical" if field.is_nested else "typed", "column").value(field)
    if field.is_nested:
        return read

    def value(instance: Any) -> Any:
        found = read(instance)
        return non_finite(field, getattr(instance, field.column, None)) if found is None else found

    return value


def _on_columns(expression: Expression, source: Source) -> Q:
    return Q(Condition(source, Query(expression, source.schema)))
