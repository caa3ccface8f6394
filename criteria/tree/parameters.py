"""Splits an expression into its parameters, which are its values, and its form, which is everything else.

A backend compiles each form once, into a template (`backends.template`): SQL text or generated code. The template is
filled with the values of every query of that form.

Some facts about values change what is compiled, so the form holds them too:

- which values are equal, because normal form drops repeated values and terms;
- whether the operand of a text operator is empty, and whether it has a successor;
- whether the operand of an operator that ignores letter case has letters of another case;
- the sign of a decimal;
- whether a decimal or a double is NaN or infinite, as it may be in the position of a page;
- the class of each value.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from decimal import Decimal
from math import isfinite
from typing import Any

from criteria.schema.field import Value
from criteria.tree.nodes import (
    FOLDED,
    TEXT,
    And,
    AnyElement,
    AnyReferred,
    Comparison,
    Expression,
    Not,
    Or,
    assert_never,
)
from criteria.values.case_folding import has_case
from criteria.values.non_finite import non_finite_text
from criteria.values.prefix_range import LAST_CHARACTER

Form = tuple[Hashable, ...]

MAX_VALUES, _MAX_PARTS = 500, 2000


def parameterize(expression: Expression) -> tuple[Form | None, list[Value]]:
    """The form of an expression, and its values in order. Expressions of one form differ only in their values.

    The form is None when the expression is too large to be worth caching.
    """
    parts: list[Hashable] = []
    values: list[Value] = []
    _describe(expression, parts, values)
    if len(values) > MAX_VALUES or len(parts) > _MAX_PARTS:
        return None, values
    parts += map(type, values)
    try:
        distinct = len(set(values))
    except TypeError:  # a tree made by hand, with values that no field holds
        return None, values
    if distinct < len(values):
        firsts: dict[Value, int] = {}
        parts += [firsts.setdefault(value, index) for index, value in enumerate(values)]
    return tuple(parts), values


def _describe(expression: Expression, parts: list[Hashable], values: list[Value]) -> None:
    """Adds a node: AND of n terms as n, OR as -1 - n, NOT as "NOT", a comparison as its field, operator and operand.
    A test of elements is its list, and whether there is no term, before the term, that of a reference the reference."""
    if isinstance(expression, Comparison):
        operator, value = expression.operator, expression.value
        if value is None:
            parts += (expression.field, operator, None)
        elif isinstance(value, tuple):
            parts += (expression.field, operator, len(value))
            values += value
        else:
            has_trait = operator in TEXT or isinstance(value, (Decimal, float))
            is_cased = operator in FOLDED and isinstance(value, str) and has_case(value)
            parts += (expression.field, operator, "cased" if is_cased else _trait(value) if has_trait else "=")
            values.append(value)
    elif isinstance(expression, Not):
        parts.append("NOT")
        _describe(expression.term, parts, values)
    elif isinstance(expression, (And, Or)):
        terms = expression.terms
        parts.append(len(terms) if isinstance(expression, And) else -1 - len(terms))
        for term in terms:
            _describe(term, parts, values)
    elif isinstance(expression, AnyElement):
        parts += (expression.objects, expression.term is None)
        if expression.term is not None:
            _describe(expression.term, parts, values)
    elif isinstance(expression, AnyReferred):
        parts.append(expression.reference)
        _describe(expression.term, parts, values)
    else:
        assert_never(expression)


def _trait(value: Value) -> str:
    """What a template may depend on in an operand, besides its type."""
    if isinstance(value, float):
        return "=" if isfinite(value) else non_finite_text(value)
    if isinstance(value, Decimal):
        if not value.is_finite():
            return non_finite_text(value)
        return "-" if value.is_signed() and value else "+"
    if not value:
        return "empty"
    return "last" if isinstance(value, str) and not value.strip(LAST_CHARACTER) else "text"


class Slots:
    """The index of each value of an expression, by the identity of the value: `normalize` keeps the objects."""

    __slots__ = ("_known", "_values")

    def __init__(self, values: Sequence[Value]) -> None:
        self._values = values
        self._known: dict[int, int] | None = None

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, operand: Any) -> bool:
        return id(operand) in self._indexes

    def __getitem__(self, operand: Any) -> int:
        return self._indexes[id(operand)]

    @property
    def _indexes(self) -> dict[int, int]:
        if self._known is None:
            self._known = {}
            for index, value in enumerate(self._values):
                self._known.setdefault(id(value), index)
        return self._known

    @property
    def are_certain(self) -> bool:
        """Whether the indexes hold for other queries of this form.

        They may not when one object is several values: equal values of some classes differ (0.0 and -0.0).
        """
        shared = len(self._indexes) < len(self._values)
        return not shared or all(type(value) in (str, int, bool) for value in self._values)
