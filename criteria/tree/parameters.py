"""Splits an expression into its parameters, which are its values, and its form, which is everything else.

A backend compiles each form once, into a template (`backends.template`): SQL text or generated code. The template is
filled with the values of every query of that form.

Some facts about values change what is compiled, so the form holds them too:

- which values are equal, because normal form drops repeated values and terms;
- whether the operand of a text operator is empty, and whether it has a successor;
- whether the operand of an operator that ignores letter case has letters of another case;
- the sign of a decimal;
- the class of each value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Sequence
from decimal import Decimal
from operator import itemgetter
from typing import Any

from criteria.schema.field import Field, Value
from criteria.tree.nodes import FOLDED, TEXT, And, AnyElement, Comparison, Expression, Not, Or, assert_never
from criteria.tree.normalize import distinct
from criteria.values.case_folding import has_case
from criteria.values.prefix_range import LAST_CHARACTER

Form = tuple[Hashable, ...]
Drawn = Callable[[Sequence[Any]], Any]
"""Takes the values of a query, and returns one of them, or what a backend makes of them."""

MAX_VALUES, _MAX_PARTS = 500, 2000
MAX_ITEMS = 1000
"""Values of all lists that are one value each."""


def parameterize(expression: Expression, *, counts_items: bool = False) -> tuple[Form | None, list[Any]]:
    """The form of an expression, and its values: first the single ones, in order, then the lists. Expressions of one
    form differ only in their values.

    A list is one value, the tuple of its different values, so that lists of all lengths are of one form. It is many
    values, and their number part of the form, if normal form may replace it: if it has fewer than two different values,
    or if its field has another comparison, with which it may be merged. So it is if its values are of several classes,
    and with `counts_items`.

    The form is None when the expression is too large to be worth caching.
    """
    parts: list[Hashable] = []
    values: list[Any] = []
    fields: list[Field] = []
    lists: list[tuple[Field, tuple[Any, ...]]] = []
    whole: list[tuple[Any, ...]] = []
    _describe(expression, parts, values, fields, lists)
    try:
        if lists:
            whole = _add_lists(parts, values, lists, () if counts_items else _compared_once(fields))
        if len(values) > MAX_VALUES or len(parts) > _MAX_PARTS:
            return None, values + whole
        parts += map(type, values)
        number = len(set(values))
    except TypeError:  # a tree made by hand, with values that no field holds
        return None, values + whole
    if number < len(values):
        firsts: dict[Value, int] = {}
        parts += [firsts.setdefault(value, index) for index, value in enumerate(values)]
    return tuple(parts), values + whole


def _compared_once(fields: list[Field]) -> Collection[Field]:
    """The fields that have one comparison."""
    distinct_fields = set(fields)
    if len(distinct_fields) == len(fields):
        return distinct_fields
    return {field for field, number in Counter(fields).items() if number == 1}


def _add_lists(
    parts: list[Hashable], values: list[Any], lists: Sequence[tuple[Field, tuple[Any, ...]]], once: Collection[Field]
) -> list[tuple[Any, ...]]:
    """The lists that are one value: different values of one class, of a field that is compared once. The values of the
    others are added to `values`, and the class of the values of the former and the number of the latter to the form."""
    whole: list[tuple[Any, ...]] = []
    is_small = sum([len(items) for _, items in lists]) <= MAX_ITEMS
    for field, items in lists:
        if is_small:
            items = distinct(items)
        if len(items) > 1 and is_small and field in once and len(kinds := set(map(type, items))) == 1:
            parts += kinds
            whole.append(items)
        else:
            parts.append(len(items))
            values += items
    return whole


def _describe(
    expression: Expression,
    parts: list[Hashable],
    values: list[Any],
    fields: list[Field],
    lists: list[tuple[Field, tuple[Any, ...]]],
) -> None:
    """Adds a node: AND of n terms as n, OR as -1 - n, NOT as "NOT", a comparison as its field, operator and operand.
    A test of elements is its list, and whether there is no term, before the term. `fields` has those of all
    comparisons, and `lists` those of lists."""
    if isinstance(expression, Comparison):
        operator, value = expression.operator, expression.value
        fields.append(expression.field)
        if value is None:
            parts += (expression.field, operator, None)
        elif isinstance(value, tuple):
            parts += (expression.field, operator, "list")
            lists.append((expression.field, value))
        else:
            has_trait = operator in TEXT or isinstance(value, Decimal)
            is_cased = operator in FOLDED and isinstance(value, str) and has_case(value)
            parts += (expression.field, operator, "cased" if is_cased else _trait(value) if has_trait else "=")
            values.append(value)
    elif isinstance(expression, Not):
        parts.append("NOT")
        _describe(expression.term, parts, values, fields, lists)
    elif isinstance(expression, (And, Or)):
        terms = expression.terms
        parts.append(len(terms) if isinstance(expression, And) else -1 - len(terms))
        for term in terms:
            _describe(term, parts, values, fields, lists)
    elif isinstance(expression, AnyElement):
        parts += (expression.objects, expression.term is None)
        if expression.term is not None:
            _describe(expression.term, parts, values, fields, lists)
    else:
        assert_never(expression)


def _trait(value: Value) -> str:
    """What a template may depend on in an operand, besides its type."""
    if isinstance(value, Decimal):
        return "-" if value.is_signed() and value else "+"
    if not value:
        return "empty"
    return "last" if isinstance(value, str) and not value.strip(LAST_CHARACTER) else "text"


class Slots:
    """The index of each value of an expression, by the identity of the value: `normalize` keeps the objects.

    `values` are those of an expression without repeated values in its lists (`with_distinct_values`).
    """

    __slots__ = ("_known", "_values")

    def __init__(self, values: Sequence[Any]) -> None:
        self._values = values
        self._known: dict[int, int] | None = None

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, operand: Any) -> bool:
        return id(operand) in self._indexes

    def __getitem__(self, operand: Any) -> int:
        return self._indexes[id(operand)]

    def with_values(self, values: Sequence[Any]) -> Slots:
        """Slots of these values and of others after them."""
        return Slots([*self._values, *values])

    def has_items(self, operand: tuple[Any, ...]) -> bool:
        """Whether the values of a list are known: the list is one value, or each of them is one."""
        return operand in self or all(item in self for item in operand)

    def items(self, operand: tuple[Any, ...]) -> Drawn:
        """A function from the values of a query to those of a list."""
        if operand in self:
            return itemgetter(self[operand])
        places = [self[item] for item in operand]
        return lambda values: [values[place] for place in places]

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

        They may not when one object is several values: equal values of some classes differ (0.0 and -0.0), and the form
        does not say which lists are equal.
        """
        shared = [value for index, value in enumerate(self._values) if self[value] != index]
        return all(type(value) in (str, int, bool) for value in shared)
