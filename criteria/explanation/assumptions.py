"""Assumptions about records, and the values that each comparison allows under them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from criteria.explanation.intervals import Intervals, complement, intersection
from criteria.explanation.number_line import ValueLine, line_of, texts_with
from criteria.explanation.text_tests import TextTest
from criteria.explanation.value_sets import NO_VALUES, PossibleList, PossibleScalar, PossibleValues, ValueSet
from criteria.schema.field import Field, FieldType
from criteria.tree.nodes import (
    EQUALITY,
    MEMBERSHIP,
    POSITIVES,
    Comparison,
    Operator,
    TextOperator,
    assert_never,
    is_text,
)

PossibleByField = Mapping[Field, PossibleValues]
"""The possible values of fields if an expression has a given value. A field that is missing may have any value."""


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Assumptions about records: that stored values have their fields' types, and that fields declared not nullable
    have a value. Without a schema there are none."""

    types: bool = False
    not_nullable: bool = False

    @property
    def rests_on(self) -> tuple[str, ...]:
        """The names of the assumptions."""
        return ("types",) * self.types + ("not_nullable",) * self.not_nullable

    def anything(self, field: Field) -> PossibleValues:
        """All values that the field may have."""
        whole = ValueSet((_line(field, self.types).whole,))
        if field.has_elements:  # a list that is not nullable may still be empty
            return PossibleList(True, not self.types, whole)
        return PossibleScalar(not self.not_nullable or field.nullable, not self.types, whole)

    def possible_values(
        self, comparison: Comparison, namesakes: Sequence[Field]
    ) -> tuple[PossibleByField, PossibleByField]:
        """The possible values if a comparison is false, and if it is true.

        `namesakes` are the fields of the same name: without a schema each literal has a field of its own type.
        """
        # Once for both: a list has thousands of values, and each takes two cuts of its line.
        matching = None if comparison.value is None else _matching(comparison, _line(comparison.field, self.types))
        return self._if(comparison, False, matching, namesakes), self._if(comparison, True, matching, namesakes)

    def _if(
        self, comparison: Comparison, expected: bool, matching: ValueSet | None, namesakes: Sequence[Field]
    ) -> PossibleByField:
        own = self._own(comparison, expected, matching)
        if own is None:
            return {}
        found = {comparison.field: own.meet(self.anything(comparison.field))}  # type: ignore[arg-type]
        for field in namesakes:
            if field != comparison.field:
                seen = self._seen_as(field, comparison, expected)
                if seen is not None:
                    found[field] = seen
        return found

    def _own(self, comparison: Comparison, expected: bool, matching: ValueSet | None) -> PossibleValues | None:
        """The possible values of the comparison's own field; None if nothing is known, as for hand-made operands.

        `matching` are the values for which the comparison, or what it negates, is true.
        """
        field, value = comparison.field, comparison.value
        is_positive = expected is not (comparison.operator in POSITIVES)
        line = _line(field, self.types)
        whole = ValueSet((line.whole,))
        if value is None:
            return _emptiness(field, is_positive, whole)
        if matching is None:
            return None
        values = matching if is_positive else _not_matching(matching, line)
        if field.has_elements:
            return PossibleList(False, True, whole, (values,)) if is_positive else PossibleList(True, True, values)
        return PossibleScalar(not is_positive, not is_positive, values)

    def _seen_as(self, field: Field, comparison: Comparison, expected: bool) -> PossibleValues | None:
        """What the comparison says of values that are read as another literal's type; None for nothing.

        There may be several values, so a number beside a string contradicts nothing. Only a value has to be there.
        """
        whole = ValueSet((_line(field, self.types).whole,))
        is_positive = expected is not (comparison.operator in POSITIVES)
        if comparison.value is None:
            return _emptiness(field, is_positive, whole)
        return PossibleList(False, True, whole) if is_positive else None


@lru_cache(256)
def _line(field: Field, is_conforming: bool) -> ValueLine:
    return line_of(field, is_conforming)


def _emptiness(field: Field, is_empty: bool, whole: ValueSet) -> PossibleValues:
    if field.has_elements:
        return PossibleList(True, False, NO_VALUES) if is_empty else PossibleList(False, True, whole)
    return PossibleScalar(True, False, NO_VALUES) if is_empty else PossibleScalar(False, True, whole)


def _matching(comparison: Comparison, line: ValueLine) -> ValueSet | None:
    """The values for which the comparison, or what it negates, is true."""
    intervals, test = _intervals(comparison, line)
    if intervals is None:
        return None
    return ValueSet(intersection(intervals, (line.whole,)), () if test is None else (test,))


def _intervals(comparison: Comparison, line: ValueLine) -> tuple[Intervals | None, TextTest | None]:
    operator, value = comparison.operator, comparison.value
    first, last = line.whole
    operands = value if isinstance(value, tuple) else (value,)
    if operator in EQUALITY or operator in MEMBERSHIP:
        return line.points(operands), None
    sides = line.sides(value)
    if sides is None or (is_text(operator) and comparison.field.field_type is not FieldType.STRING):
        return None, None
    before, after = sides
    match operator:
        case Operator.EQ | Operator.NE | Operator.IN | Operator.NIN:
            raise AssertionError(operator)
        case Operator.GT:
            return _interval(after, last), None
        case Operator.GTE:
            return _interval(before, last), None
        case Operator.LT:
            return _interval(first, before), None
        case Operator.LTE:
            return _interval(first, after), None
        case Operator.STARTS_WITH:
            return (texts_with(str(value)),), _text_test(operator, str(value))
        case Operator.ENDS_WITH | Operator.CONTAINS:
            return (line.whole,), _text_test(operator, str(value))
        case Operator.IEQ if not value:
            return line.points(("",)), None
        case Operator.IEQ | Operator.ISTARTS_WITH | Operator.IENDS_WITH | Operator.ICONTAINS:
            return (line.whole,), _text_test(operator, str(value))
        case _:
            assert_never(operator)


def _text_test(operator: TextOperator, text: str) -> TextTest | None:
    """The test of an operand; None for the empty one, which every string passes."""
    return TextTest(operator, text) if text else None


def _interval(start: object, end: object) -> Intervals:
    return ((start, end),) if start < end else ()  # type: ignore[operator]  # endpoints of one line


def _not_matching(values: ValueSet, line: ValueLine) -> ValueSet:
    """The values of the line that do not match."""
    (test,) = values.tests or (None,)
    if test is None:
        return ValueSet(complement(values.intervals, line.whole))
    is_exact = test.operator is Operator.STARTS_WITH  # any other test excludes strings from its intervals
    intervals = complement(values.intervals, line.whole) if is_exact else (line.whole,)
    return ValueSet(intervals, (TextTest(test.operator, test.operand, False),))
