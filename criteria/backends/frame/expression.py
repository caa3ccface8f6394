"""Compiles normal form to one narwhals expression.

Engines differ on nulls: some drop a row whose condition is unknown, some have only two truth values. So a negated leaf
states its result for nulls, and a positive one may be unknown instead of false if a filter drops unknown rows anyway:
scans can only skip data by plain comparisons.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import narwhals as nw
from narwhals.dtypes import DType

from criteria.backends.frame.conditions import Compare, Condition, Several, joined, spell
from criteria.backends.frame.dtypes import is_float
from criteria.schema.field import Field
from criteria.tree.nodes import (
    And,
    AnyElement,
    AnyReferred,
    Comparison,
    Expression,
    Not,
    Operator,
    Or,
    PositiveOperator,
    assert_never,
)
from criteria.values.case_folding import caseless_pattern

ColumnComparison = tuple[nw.Expr | None, Condition, DType]
"""A comparison's column: its values (None if its type cannot hold any), the condition on one of them, and its type."""

Truth = tuple[nw.Expr | bool, nw.Expr | None]
"""Whether a comparison is true, and where that is unknown (None: nowhere)."""


_COMPARED: Mapping[PositiveOperator, Callable[[Any, Any], Any]] = {
    Operator.EQ: lambda place, value: place == value,
    Operator.GT: lambda place, value: place > value,
    Operator.GTE: lambda place, value: place >= value,
    Operator.LT: lambda place, value: place < value,
    Operator.LTE: lambda place, value: place <= value,
    Operator.IN: lambda place, values: place.is_in(_with_both_zeros(values)),
    Operator.STARTS_WITH: lambda place, value: place.str.starts_with(value),
    Operator.ENDS_WITH: lambda place, value: place.str.ends_with(value),
    Operator.CONTAINS: lambda place, value: place.str.contains(value, literal=True),
    Operator.IEQ: lambda place, value: _starts(place, value) & (place.str.len_chars() == len(value)),
    Operator.ISTARTS_WITH: lambda place, value: _starts(place, value),
    Operator.IENDS_WITH: lambda place, value: _starts(place.str.tail(len(value)), value),
    Operator.ICONTAINS: lambda place, value: place.str.contains(caseless_pattern(value), literal=False),
}


def _starts(place: Any, text: str) -> Any:
    """Whether values start with a text in any letter case. No anchor for the end of a text means the same to Python's
    regular expressions and to those of Rust, RE2 and Java, so the other operators count characters."""
    return place.str.contains("^" + caseless_pattern(text), literal=False)


@dataclass(frozen=True, slots=True)
class Words:
    """How an engine's expressions differ.

    - `truth` makes a leaf true or false, for engines whose AND and OR do not handle nulls.
    - `literal` makes an expression of an operand for a type, for engines that do not take the plain value.
    - `is_number` is true of a float that is not NaN, for engines that have to ask in every comparison, because their
      statistics do not count NaN.
    - `max_equalities`: up to this many values of `$in` are compared one by one, for engines that do not push `is_in`
      down to scans. More values get an additional range.
    - `has_sets` is false of a type whose `is_in` does not take the operands, so that they are compared one by one.
    """

    truth: Callable[[nw.Expr], nw.Expr] | None = None
    literal: Callable[[Any, DType], Any] = lambda value, dtype: value
    is_number: Callable[[Any], Any] | None = None
    max_equalities: int = 0
    has_sets: Callable[[DType], bool] = lambda dtype: True


PLAIN = Words()


def holding(place: Any, condition: Compare | Several, dtype: DType, words: Words = PLAIN) -> Any:
    """A condition on the values of a column, as an expression of narwhals or of an engine with the same operators."""
    return spell(condition, lambda one: _compared(place, one, dtype, words))


def _compared(place: Any, one: Compare, dtype: DType, words: Words) -> Any:
    if one.operator is not Operator.IN:
        return _COMPARED[one.operator](place, words.literal(one.value, dtype))
    values = one.value
    literals = [words.literal(value, dtype) for value in values]
    is_converted = any(literal is not value for literal, value in zip(literals, values, strict=True))
    if is_converted or len(values) <= words.max_equalities or not words.has_sets(dtype):
        return joined("any", [place == literal for literal in literals])
    found = _COMPARED[Operator.IN](place, values)
    return found & (place >= min(values)) & (place <= max(values)) if words.max_equalities else found


def _with_both_zeros(values: tuple[Any, ...]) -> list[Any]:
    """The values with both zeros if one of them is zero. Arrow looks doubles up by their bits, which differ for 0.0 and
    -0.0."""
    has_zero = any(isinstance(value, float) and value == 0 for value in values)
    return [*values, 0.0, -0.0] if has_zero else list(values)


class Compiler:
    """Compiles an expression. `leaf` finds the column of a comparison.

    `some` compiles comparisons with elements of lists: it gives an expression that is never null, and true when an
    element that is not null fulfils the condition. `any_object` compiles tests of lists of objects likewise. `is_list`
    says which comparisons those are; without a schema, only the column tells. `two_valued` makes every expression true
    or false.
    """

    def __init__(
        self,
        leaf: Callable[[Comparison], ColumnComparison],
        some: Callable[[Comparison], nw.Expr | bool],
        any_object: Callable[[AnyElement], nw.Expr | bool],
        two_valued: bool,
        words: Words = PLAIN,
        is_list: Callable[[Field], bool] = lambda field: field.is_list,
    ) -> None:
        self.leaf, self.some, self.any_object = leaf, some, any_object
        self.two_valued, self.words, self.is_list = two_valued, words, is_list

    def expression(self, normal: Expression) -> nw.Expr | bool:
        """The expression of a query in normal form; True or False when it is the same for every row."""
        match normal:
            case And(terms):
                return self._group(terms, absorbing=False)
            case Or(terms):
                return self._group(terms, absorbing=True)
            case Not(Comparison() as comparison):
                return self._leaf(comparison, negated=True)
            case Comparison():
                return self._leaf(normal, negated=False)
            case AnyElement():
                return self.any_object(normal)
            case Not(AnyElement() as test):
                some = self.any_object(test)
                return not some if isinstance(some, bool) else ~some
            case AnyReferred() | Not(AnyReferred()):
                raise AssertionError(f"refused before: {normal!r}")
            case Not():
                raise AssertionError(f"not in normal form: {normal!r}")
            case _:
                assert_never(normal)

    def _group(self, terms: tuple[Expression, ...], absorbing: bool) -> nw.Expr | bool:
        written: list[nw.Expr] = []
        is_decided = False
        for term in terms:  # compile all of them, so that every one that must be refused is reported
            one = self.expression(term)
            if not isinstance(one, bool):
                written.append(one)
            elif one is absorbing:
                is_decided = True
        if is_decided or not written:
            return absorbing if is_decided else not absorbing
        whole: nw.Expr = joined("any" if absorbing else "all", written)
        return whole

    def _leaf(self, comparison: Comparison, negated: bool) -> nw.Expr | bool:
        holds, is_null = self._list(comparison) if self.is_list(comparison.field) else self._scalar(comparison)
        if isinstance(holds, bool):
            return holds ^ negated
        if self.words.truth is not None:
            holds, is_null = self.words.truth(holds), None
        if negated:
            return ~holds if is_null is None else ~holds | is_null
        return holds & ~is_null if self.two_valued and is_null is not None else holds

    def _list(self, comparison: Comparison) -> Truth:
        some = self.some(comparison)
        if comparison.value is not None:
            return some, None
        return not some if isinstance(some, bool) else ~some, None

    def _scalar(self, comparison: Comparison) -> Truth:
        place, condition, dtype = self.leaf(comparison)
        if place is None:
            return comparison.value is None, None
        if comparison.value is None:
            return place.is_null(), None
        if isinstance(condition, bool):
            return ~place.is_null() if condition else False, None
        holds = holding(place, condition, dtype, self.words)
        if self.words.is_number is not None and is_float(dtype):
            holds = holds & self.words.is_number(place)
        return holds, place.is_null()
