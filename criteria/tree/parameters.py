"""Splits an expression into its parameters, which are its values, and its form, which is everything else.

A backend compiles each form once, into a template (`backends.template`): SQL text or generated code. The template is
filled with the values of every query of that form.

Some facts about values change what is compiled, so the form holds them too:

- which values are equal, because normal form drops repeated values and terms;
- whether the operand of a text operator is empty, and whether it has a successor;
- whether the operand of an operator that ignores letter case has letters of another case;
- whether the operand of a text operator is one that SQLite's GLOB finds at the end of texts exactly and soon;
- whether it has a character that GLOB takes for another one;
- the sign of a decimal;
- whether a decimal or a double is NaN or infinite, as it may be in the position of a page;
- the class of each value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import isfinite
from operator import itemgetter
from typing import Any
from weakref import ref

from criteria.schema.field import HashedOnce, Value
from criteria.tree.nodes import (
    FOLDED,
    TEXT,
    And,
    AnyElement,
    AnyReferred,
    Comparison,
    Expression,
    Not,
    Operator,
    Or,
    assert_never,
)
from criteria.tree.normalize import distinct
from criteria.tree.query import Query
from criteria.values.case_folding import has_case
from criteria.values.glob_text import is_confused, is_plain
from criteria.values.non_finite import non_finite_text
from criteria.values.prefix_range import LAST_CHARACTER

Form = tuple[Hashable, ...]
"""The `Structure`, and then everything else."""

Drawn = Callable[[Sequence[Any]], Any]
"""Takes the values of a query, and returns one of them, or what a backend makes of them."""

MAX_VALUES, _MAX_PARTS = 500, 2000
MAX_ITEMS = 1000
"""Values of all lists that are one value each."""


@dataclass(frozen=True, slots=True)
class Structure(HashedOnce):
    """The part of a form that does not depend on values.

    - `parts`: the nodes of the tree, their fields and operators.
    - `traced`: the indexes of the operands that have traits, with their operators.
    - `singles`: the indexes of the operands that are single values.
    - `lists`: the index of each list, and whether normal form leaves it as it is, because its field is compared once.
    """

    parts: tuple[Hashable, ...]
    traced: tuple[tuple[int, Operator], ...] = field(compare=False)
    singles: tuple[int, ...] = field(compare=False)
    lists: tuple[tuple[int, bool], ...] = field(compare=False)

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            return self.hashed_once(self.parts)


class Outline:
    """What all queries of one shape of criteria have in common: how their trees are made, and their structure.

    - `make`: makes a tree of its values; None if trees are made together with their queries.
    - `has_structure`: whether the trees have one structure. Otherwise it depends on the values.
    - `structure`: that of the first tree which is described.
    """

    __slots__ = ("__weakref__", "_joined", "has_structure", "make", "structure")

    def __init__(self, make: Callable[[Sequence[Any]], Expression] | None, *, has_structure: bool) -> None:
        self.make = make
        self.has_structure = has_structure
        self.structure: Structure | None = None
        self._joined: tuple[ref[Outline], Outline] | None = None

    def joined(self, other: Outline) -> Outline:
        """The outline of AND of two trees of these shapes. It is the same one as long as `other` is.

        A server joins the criteria of all its clients with a condition of its own. `other` is not kept alive: clients
        choose shapes, and each of them may be joined with the one before it.
        """
        known = self._joined
        if known is None or known[0]() is not other:
            both = Outline(None, has_structure=self.has_structure and other.has_structure)
            known = self._joined = (ref(other), both)
        return known[1]


def parameterize(expression: Expression, *, counts_items: bool = False) -> tuple[Form | None, list[Any]]:
    """The form of an expression, and its values: first the single ones, in order, then the lists. Expressions of one
    form differ only in their values.

    A list is one value, the tuple of its different values, so that lists of all lengths are of one form. It is many
    values, and their number part of the form, if normal form may replace it: if it has fewer than two different values,
    or if its field has another comparison, with which it may be merged. So it is if its values are of several classes,
    and with `counts_items`.

    The form is None when the expression is too large to be worth caching.
    """
    return _form(*_described(expression), counts_items)


def parameterize_query(query: Query, *, counts_items: bool = False) -> tuple[Form | None, list[Any]]:
    """The form and the values of a query's expression. That of a query that was parsed need not be described again."""
    known = query.outline
    if known is None or not known[0].has_structure:
        return parameterize(query.expression, counts_items=counts_items)
    outline, operands = known
    structure = outline.structure
    if structure is None:
        structure = outline.structure = _described(query.expression)[0]
    return _form(structure, operands, counts_items)


def parts_of(form: Form) -> tuple[Hashable, ...]:
    """All parts of a form."""
    structure, *others = form
    assert isinstance(structure, Structure)
    return (*structure.parts, *others)


def _form(structure: Structure, operands: list[Any], counts_items: bool) -> tuple[Form | None, list[Any]]:
    parts: list[Hashable] = [structure]
    values = operands
    whole: list[Any] = []
    try:
        if structure.lists:
            values = [operands[index] for index in structure.singles]
            whole = _add_lists(parts, values, structure, operands, counts_items)
        if len(values) > MAX_VALUES or len(structure.parts) > _MAX_PARTS:
            return None, values + whole
        if not values:
            return tuple(parts), whole
        parts += map(type, values)
        number = len(set(values))
    except TypeError:  # a tree made by hand, with values that no field holds
        return None, values + whole
    if structure.traced:
        parts += [_trait(operands[index], operator) for index, operator in structure.traced]
    if number < len(values):
        firsts: dict[Value, int] = {}
        parts += [firsts.setdefault(value, index) for index, value in enumerate(values)]
    return tuple(parts), values + whole


def _add_lists(
    parts: list[Hashable], values: list[Any], structure: Structure, operands: list[Any], counts_items: bool
) -> list[Any]:
    """The lists that are one value. The values of the others are added to `values`; the class of the values of the
    former, and the number of the latter, to the form."""
    whole: list[Any] = []
    count = 0
    for index, _ in structure.lists:
        count += len(operands[index])
    for index, is_left in structure.lists:
        items = operands[index]
        if count > MAX_ITEMS:
            values += items
            continue
        items = distinct(items)
        kinds = set(map(type, items))
        if len(kinds) == 1 and len(items) > 1 and is_left and not counts_items:
            parts += kinds
            whole.append(items)
        else:
            parts.append(len(items))
            values += items
    return whole


def _described(expression: Expression) -> tuple[Structure, list[Any]]:
    """The structure of an expression, and its operands in order but those that are null."""
    parts: list[Hashable] = []
    leaves: list[Comparison] = []
    _describe(expression, parts, leaves)
    counts = Counter(leaf.field for leaf in leaves)
    with_operands = [leaf for leaf in leaves if leaf.value is not None]
    operands = [leaf.value for leaf in with_operands]
    traced = [(index, leaf.operator) for index, leaf in enumerate(with_operands) if _has_trait(leaf)]
    lists = [
        (index, counts[leaf.field] == 1) for index, leaf in enumerate(with_operands) if isinstance(leaf.value, tuple)
    ]
    singles = [index for index, operand in enumerate(operands) if not isinstance(operand, tuple)]
    return Structure(tuple(parts), tuple(traced), tuple(singles), tuple(lists)), operands


def _describe(expression: Expression, parts: list[Hashable], leaves: list[Comparison]) -> None:
    """Adds a node: AND of n terms as n, OR as -1 - n, NOT as "NOT", a comparison as its field, operator and operand.
    A test of elements is its list, and one of a reference is that: then whether a term is missing, and the term."""
    if isinstance(expression, Comparison):
        leaves.append(expression)
        operand = expression.value
        kind = "list" if isinstance(operand, tuple) else "traced" if _has_trait(expression) else "="
        parts += (expression.field, expression.operator, None if operand is None else kind)
    elif isinstance(expression, Not):
        parts.append("NOT")
        _describe(expression.term, parts, leaves)
    elif isinstance(expression, (And, Or)):
        terms = expression.terms
        parts.append(len(terms) if isinstance(expression, And) else -1 - len(terms))
        for term in terms:
            _describe(term, parts, leaves)
    elif isinstance(expression, AnyElement):
        parts += (expression.objects, expression.term is None)
        if expression.term is not None:
            _describe(expression.term, parts, leaves)
    elif isinstance(expression, AnyReferred):
        parts.append(expression.reference)
        _describe(expression.term, parts, leaves)
    else:
        assert_never(expression)


def _has_trait(leaf: Comparison) -> bool:
    """Whether a template may depend on more of an operand than its class."""
    return (leaf.operator in TEXT and leaf.value is not None) or isinstance(leaf.value, (Decimal, float))


def _trait(value: Value, operator: Operator) -> str:
    """What a template may depend on in an operand, besides its class."""
    if isinstance(value, str):
        return _trait_of_text(value, operator)
    if isinstance(value, float):
        return "=" if isfinite(value) else non_finite_text(value)
    if isinstance(value, Decimal):
        if not value.is_finite():
            return non_finite_text(value)
        return "-" if value.is_signed() and value else "+"
    return "other"


def _trait_of_text(text: str, operator: Operator) -> str:
    if operator in FOLDED and has_case(text):
        return "cased, confused" if is_confused(text) else "cased"
    if not text:
        return "empty"
    kind = "text" if text.strip(LAST_CHARACTER) else "last"
    return kind if is_plain(text) else f"{kind}, not plain"


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
