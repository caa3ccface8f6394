"""Binds the operands of a query, and values derived from them, to the names in its source.

Keys are named `k0, k1, ...`, operands and values derived from them `c0, c1, ...`, fallback tests `t0, t1, ...`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from criteria.schema.field import Field, FieldType, UndeclaredField
from criteria.tree.comparing import COMPARE, test_maker
from criteria.tree.nodes import (
    Comparison,
    Expression,
    FoldedOperator,
    Operator,
    PositiveOperator,
    assert_never,
    is_folded,
    leaves,
)
from criteria.tree.parameters import Slots
from criteria.values.canonical import json_value
from criteria.values.case_folding import compiled_pattern, fold
from criteria.values.loading import SPELLED, Records, loader
from criteria.values.prefix_range import successor

Make = Callable[[Sequence[Any]], Any]
"""Returns what a name is bound to, from the values of a query."""

_FOUND_BY_EQUALITY: Mapping[FieldType, str | None] = {
    FieldType.STRING: "str",
    FieldType.INTEGER: "int",
    FieldType.BOOLEAN: "bool",
    FieldType.DECIMAL: None,
    FieldType.DOUBLE: None,
    FieldType.DATE: None,
    FieldType.DATE_TIME: None,
    FieldType.GUID: None,
    FieldType.OBJECT_REF: None,
}
"""The class of an element that equals the operand in a list of usual values. If the element that Python finds first is
of another class, the fallback test decides. None: Python's equality may miss an element, so the fallback test always
decides."""

_IN_ORDER: Mapping[FieldType, bool] = {
    FieldType.STRING: False,
    FieldType.INTEGER: False,
    FieldType.BOOLEAN: False,
    FieldType.DECIMAL: False,
    FieldType.DOUBLE: False,
    FieldType.DATE: True,
    FieldType.DATE_TIME: True,
    FieldType.GUID: False,
    FieldType.OBJECT_REF: False,
}
"""Whether the texts of values in JSON sort as the values do."""

_BY_IDENTITY: Mapping[FieldType, bool] = {
    FieldType.STRING: False,
    FieldType.INTEGER: False,
    FieldType.BOOLEAN: True,
    FieldType.DECIMAL: False,
    FieldType.DOUBLE: False,
    FieldType.DATE: False,
    FieldType.DATE_TIME: False,
    FieldType.GUID: False,
    FieldType.OBJECT_REF: False,
}
"""Whether equal values are the same object, so that they are compared with `is`: 1 equals True but is not a boolean."""

_TESTS: Mapping[PositiveOperator, str] = {
    Operator.EQ: "{{value}} == {operand}",
    Operator.GT: "{{value}} > {operand}",
    Operator.GTE: "{{value}} >= {operand}",
    Operator.LT: "{{value}} < {operand}",
    Operator.LTE: "{{value}} <= {operand}",
    Operator.IN: "{{value}} in {operand}",
    Operator.STARTS_WITH: "{{value}} >= {operand} and {{name}} < {end}",
    Operator.ENDS_WITH: "ends_with({{value}}, {operand})",
    Operator.CONTAINS: "{operand} in {{value}}",
    Operator.IEQ: (
        "len({{value}}) == {end} and ({{name}}.lower() == {operand} if {{name}}.isascii() else {slow}({{name}}))"
    ),
    Operator.ISTARTS_WITH: "({{value}}[:{end}].lower() == {operand} if {{name}}.isascii() else {slow}({{name}}))",
    Operator.IENDS_WITH: "({{value}}.lower().endswith({operand}) if {{name}}.isascii() else {slow}({{name}}))",
    Operator.ICONTAINS: "({operand} in {{value}}.lower() if {{name}}.isascii() else {slow}({{name}}, {last}))",
}
"""The test of each operator of the normal form. The slots take names that this module chose; the value's own slots are
filled last. (Python evaluates `c0 <= v < c1` more slowly than two comparisons.)"""


@dataclass(slots=True)
class Bindings:
    """The meaning of the names in a source: keys are fixed, the others are functions of a query's values."""

    keys: dict[str, str] = field(default_factory=dict)
    makes: dict[str, Make] = field(default_factory=dict)
    last: dict[Field, str] = field(default_factory=dict)

    def last_text(self, one: Field) -> str:
        """The name of the last text of a field."""
        if one not in self.last:
            self.last[one] = self.made("c", lambda values: LastText())
        return self.last[one]

    def key(self, segment: str) -> str:
        """The name of a key."""
        return self.keys.setdefault(segment, f"k{len(self.keys)}")

    def made(self, letter: str, make: Make) -> str:
        """A new name for a function of the values."""
        name = f"{letter}{len(self.makes)}"
        self.makes[name] = make
        return name


class BoundComparison(NamedTuple):
    """The names of a comparison's operand and fallback test, and its quick test (None: it has none).

    `is_text` says that the quick test compares the text of a date or a dateTime. `in_list` is true of every list that
    passes the fallback test, if the field may hold lists (None: there is no quick check).
    """

    operand: str
    test: str
    quick: str | None
    is_identity: bool = False
    is_text: bool = False
    in_list: str | None = None


def bind_leaves(normal: Expression, slots: Slots, records: Records, bindings: Bindings) -> dict[int, BoundComparison]:
    """Binds the operands of all comparisons. The keys are the identities of the comparisons."""
    bound: dict[int, BoundComparison] = {}
    for comparison in leaves(normal):
        if comparison.value is not None and id(comparison) not in bound:
            bound[id(comparison)] = _bound(comparison, slots, records, bindings)
        elif comparison.value is None:
            bound[id(comparison)] = BoundComparison("", "", None)
    return bound


def _bound(comparison: Comparison, slots: Slots, records: Records, bindings: Bindings) -> BoundComparison:
    field, value = comparison.field, comparison.value
    make = operand_of(value, slots)
    operand = bindings.made("c", make)
    new_test = test_maker(comparison, loader(field, records))
    test = bindings.made("t", lambda values: new_test(make(values)))
    if _IN_ORDER[field.field_type] and records != "typed" and not field.is_list:
        text = bindings.made("c", lambda values: _as_text(field, make(values)))
        return BoundComparison(operand, test, _TESTS[comparison.operator].format(operand=text), is_text=True)
    is_identity = _BY_IDENTITY[field.field_type] and comparison.operator is Operator.EQ and not field.is_list
    is_found = isinstance(field, UndeclaredField) and comparison.operator is Operator.EQ
    in_list = f"{operand} in {{name}}" if is_found and _FOUND_BY_EQUALITY[field.field_type] else None
    quick = _quick(comparison, operand, test, make, records, bindings)
    return BoundComparison(operand, test, quick, is_identity, in_list=in_list)


def _as_text(field: Field, operand: Any) -> Any:
    """A date or an instant, or a set of them, as text in JSON."""
    if isinstance(operand, frozenset):
        return frozenset([json_value(field, one) for one in operand])
    return json_value(field, operand)


def operand_of(value: Any, slots: Slots) -> Make:
    """A function from the values of a query to the operand of a comparison; a list is a set."""
    if isinstance(value, tuple):
        items = slots.items(value)
        return lambda values: frozenset(items(values))
    place = slots[value]
    return lambda values: values[place]


def _quick(
    comparison: Comparison, operand: str, test: str, make: Make, records: Records, bindings: Bindings
) -> str | None:
    """The test of a value of the usual class, with a slot for its name; None if only the fallback test can decide."""
    field, operator = comparison.field, comparison.operator
    if field.is_list:
        is_found = operator is Operator.EQ and field.values is None
        kind = _FOUND_BY_EQUALITY[field.field_type] if is_found else None
        found = f"{{name}}[{{name}}.index({operand})].__class__ is {kind}"
        return kind and f"{operand} in {{value}} and ({found} or {test}({{name}}))"
    if _BY_IDENTITY[field.field_type] or (records != "typed" and field.field_type in SPELLED):
        return None
    if is_folded(operator):
        lower = bindings.made("c", lambda values: fold(make(values)))
        length = bindings.made("c", lambda values: len(make(values)))
        slow = bindings.made("c", lambda values: _Caseless(operator, make(values)))
        last = bindings.last_text(field) if operator is Operator.ICONTAINS else ""
        return _TESTS[operator].format(operand=lower, end=length, slow=slow, last=last)
    if operator is not Operator.STARTS_WITH:
        return _TESTS[operator].format(operand=operand)
    if successor(str(comparison.value)) is None:  # part of the form: it holds for all values of this form
        return f"{{value}} >= {operand}"
    end = bindings.made("c", lambda values: successor(make(values)))
    return _TESTS[operator].format(operand=operand, end=end)


def _part(operand: str, pattern: re.Pattern[str]) -> Callable[[str], object]:
    """Whether a text contains an operand of ASCII. The pattern is slow, and for such an operand `lower` is wrong of two
    letters only: it makes an i and a dot of one, and leaves the long s as it is."""

    def is_part(text: str) -> object:
        found = operand in text.lower()
        return pattern.search(text) if ("\u0130" if found else "\u017f") in text else found

    return is_part


def _end(operand: str, pattern: re.Pattern[str]) -> Callable[[str], object]:
    """Whether a text ends with an operand, which is folded."""
    length = len(operand)

    def is_end(text: str) -> object:
        end = text[-length:]
        return end.lower() == operand if end.isascii() else pattern.fullmatch(end)

    return is_end


_PATIENCE = 1000
"""Code points that are folded for each one of the operand before its pattern is compiled. Compiling takes as long as
folding about three thousand."""


_OFTEN = 8
"""Tests of a text after which it is folded. Folding it takes about as long as looking for so many patterns."""

_MAX_KEPT = 1 << 20
"""Code points of a text that is kept."""


class LastText:
    """The last text of a field that is not ASCII, and once many operands are looked for in it, its folding."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: tuple[str, int, str | None] = ("", 0, None)  # one object: threads may share a predicate

    def folded(self, text: str) -> str | None:
        """The folding of the text; None as long as there have been few tests of it."""
        known, count, folded = self._known
        if known is not text:
            self._known = (text, 1, None) if len(text) <= _MAX_KEPT else ("", 0, None)
            return None
        if folded is None:
            folded = fold(text) if count >= _OFTEN else None
            self._known = (text, count + 1, folded)
        return folded


class _Caseless:
    """The test of a text that is not ASCII. Texts are folded at first, because a query may have a thousand long
    operands. A pattern, which is faster, is compiled when the texts have taken about as long as compiling does."""

    __slots__ = ("_folded", "_operand", "_operator", "_rest", "_test")

    def __init__(self, operator: FoldedOperator, operand: str) -> None:
        self._operator, self._operand, self._folded = operator, operand, fold(operand)
        self._test: Callable[[str], object] | None = None
        self._rest = _PATIENCE * len(operand)

    def __call__(self, text: str, last: LastText | None = None) -> bool:
        folded = None if last is None else last.folded(text)
        if folded is not None:
            return self._folded in folded
        if self._test is not None:
            return bool(self._test(text))
        self._rest -= len(text)
        if self._rest < 0:
            self._test = self._made()
        return COMPARE[self._operator](text, self._operand)

    def _made(self) -> Callable[[str], object]:
        pattern = compiled_pattern(self._operand)
        match self._operator:
            case Operator.IEQ:
                return pattern.fullmatch
            case Operator.ISTARTS_WITH:
                return pattern.match
            case Operator.IENDS_WITH:
                return _end(self._folded, pattern)
            case Operator.ICONTAINS:
                return _part(self._folded, pattern) if self._operand.isascii() else pattern.search
            case _:
                assert_never(self._operator)
