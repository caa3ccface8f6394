"""An expression taken apart into its form, which is everything but the values, and its parameters, the values.

What a backend compiles depends on the form alone, and the values are bound to it. So SQL text or generated code is made
once per form as a template, and filled with the values of each query (see `backends.template`).

A form holds what compilers may ask about values:

- which values are equal to each other, because normal form says no value and no term twice;
- of the operand of a text operator, whether it is empty, and whether it has a successor;
- of a decimal, its sign;
- the class of each.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from decimal import Decimal
from typing import Any

from criteria.schema.field import Value
from criteria.tree.nodes import TEXT, And, Comparison, Expression, Not, Or, assert_never
from criteria.values.prefix import LAST_CHARACTER

Form = tuple[Hashable, ...]

MAX_VALUES, _MAX_PARTS = 500, 2000


def parameterize(expression: Expression) -> tuple[Form | None, list[Value]]:
    """The form of an expression, and its values in order. Two expressions of one form differ only in the values.

    The form of very many values is None: it would not be worth caching.
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
    """Adds a node: AND of n terms as n, OR as -1 - n, NOT as "NOT", a comparison as its field, operator and operand."""
    if isinstance(expression, Comparison):
        operator, value = expression.operator, expression.value
        if value is None:
            parts += (expression.field, operator, None)
        elif isinstance(value, tuple):
            parts += (expression.field, operator, len(value))
            values += value
        else:
            has_trait = operator in TEXT or isinstance(value, Decimal)
            parts += (expression.field, operator, _trait(value) if has_trait else "=")
            values.append(value)
    elif isinstance(expression, Not):
        parts.append("NOT")
        _describe(expression.term, parts, values)
    elif isinstance(expression, (And, Or)):
        terms = expression.terms
        parts.append(len(terms) if isinstance(expression, And) else -1 - len(terms))
        for term in terms:
            _describe(term, parts, values)
    else:
        assert_never(expression)


def _trait(value: Value) -> str:
    """What a compiler may know about an operand besides its type."""
    if isinstance(value, Decimal):
        return "-" if value.is_signed() and value else "+"
    if not value:
        return "empty"
    return "last" if isinstance(value, str) and not value.strip(LAST_CHARACTER) else "text"


class Slots:
    """The indexes of an expression's values, found by the identity of the values: normalising keeps the objects."""

    __slots__ = ("_indexes", "_values")

    def __init__(self, values: Sequence[Value]) -> None:
        self._values = values
        self._indexes = {id(value): index for index, value in reversed(list(enumerate(values)))}

    def __contains__(self, operand: Any) -> bool:
        return id(operand) in self._indexes

    def __getitem__(self, operand: Any) -> int:
        return self._indexes[id(operand)]

    @property
    def are_certain(self) -> bool:
        """Whether the indexes hold for other queries of this form: not if equal operands may differ (0.0 and -0.0)."""
        shared = len(self._indexes) < len(self._values)
        return not shared or all(type(value) in (str, int, bool) for value in self._values)
