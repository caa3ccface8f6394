"""Tests of the elements of lists of objects, bound to the columns of a frame.

A test is a tree over the members of one element, a struct. Every part of it is true or false, never null, so engines
join the parts with their own AND, OR and NOT.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from narwhals.dtypes import DType

from criteria.backends.frame.columns import Column, FrameColumns
from criteria.backends.frame.conditions import Compare, Several, joined
from criteria.tree.nodes import And, AnyElement, AnyReferred, Comparison, Expression, Not, Or, assert_never

ElementCondition = Literal[True] | Compare | Several
"""A condition on a value that is not null, of a list or of a member."""


@dataclass(frozen=True, slots=True)
class Member:
    """True when a value of a member fulfils a condition: the member's own, or that of an element of its list."""

    column: Column
    condition: ElementCondition | ObjectTest

    @property
    def steps(self) -> tuple[str | DType, ...]:
        """What leads from the object to the values."""
        return (self.column.path[0], *self.column.steps)


@dataclass(frozen=True, slots=True)
class Opposite:
    """True when its term is false."""

    term: ObjectTerm


@dataclass(frozen=True, slots=True)
class Group:
    """All of the terms, or one of them."""

    connective: Literal["all", "any"]
    terms: tuple[ObjectTerm, ...]


ObjectTerm = Member | Opposite | Group


@dataclass(frozen=True, slots=True)
class ObjectTest:
    """True of an element that is an object and fulfils a term; without a term of every object."""

    term: ObjectTerm | None


Spelled = TypeVar("Spelled")


def spell_term(term: ObjectTerm, one: Callable[[Member], Spelled]) -> Spelled:
    """A term as an expression of an engine, with `&`, `|` and `~`. `one` spells a member, never null."""
    match term:
        case Member():
            return one(term)
        case Opposite(inner):
            return ~spell_term(inner, one)  # type: ignore[operator, no-any-return]
        case Group(connective, terms):
            whole: Spelled = joined(connective, [spell_term(part, one) for part in terms])
            return whole
        case _:
            assert_never(term)


def object_test(test: AnyElement, columns: FrameColumns) -> tuple[Column, ObjectTest] | None:
    """The column of a list of objects and the test of its elements, None when no element can fulfil it.

    Raises `Refusal` (`unfit_column`).
    """
    column = columns.of_objects(test.objects)
    if test.term is None:
        return None if column.is_empty else (column, ObjectTest(None))
    if column.is_empty:
        return None
    term = _term(test.term, columns.inside(column))
    return None if term is False else (column, ObjectTest(None if term is True else term))


def _term(normal: Expression, columns: FrameColumns) -> ObjectTerm | bool:
    match normal:
        case And(terms):
            return _group("all", [_term(term, columns) for term in terms])
        case Or(terms):
            return _group("any", [_term(term, columns) for term in terms])
        case Not(term):
            return _opposite(_term(term, columns))
        case Comparison():
            return _comparison(normal, columns)
        case AnyElement():
            found = object_test(normal, columns)
            return False if found is None else Member(*found)
        case AnyReferred():
            raise AssertionError(f"refused before: {normal!r}")
        case _:
            assert_never(normal)


def _comparison(leaf: Comparison, columns: FrameColumns) -> ObjectTerm | bool:
    column = columns.of(leaf.field)
    condition = False if column.is_empty else columns.condition(leaf, column)
    has_value = False if condition is False else Member(column, condition)
    return _opposite(has_value) if leaf.value is None else has_value


def _opposite(term: ObjectTerm | bool) -> ObjectTerm | bool:
    return not term if isinstance(term, bool) else Opposite(term)


def _group(connective: Literal["all", "any"], terms: Sequence[ObjectTerm | bool]) -> ObjectTerm | bool:
    absorbing = connective == "any"
    if any(one is absorbing for one in terms):
        return absorbing
    kept: list[Any] = [one for one in terms if not isinstance(one, bool)]
    if len(kept) <= 1:
        return kept[0] if kept else not absorbing
    return Group(connective, tuple(kept))
