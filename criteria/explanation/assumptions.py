"""What is taken for granted of the records, and what single comparisons leave possible then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from criteria.explanation.intervals import Pieces, common, without
from criteria.explanation.number_line import Line, line_of, texts_with
from criteria.explanation.text_tests import TextTest
from criteria.explanation.value_sets import NO_VALUES, Elements, Possible, Scalar, Values
from criteria.schema.field import Field, FieldType
from criteria.tree.nodes import EQUALITY, MEMBERSHIP, POSITIVES, Comparison, Operator, assert_never, is_text

Bounds = Mapping[Field, Possible]
"""What some fields may have, where something is true. A field that is not there may have anything."""

_LITERAL_TYPES = frozenset({FieldType.STRING, FieldType.INTEGER, FieldType.DOUBLE, FieldType.BOOLEAN})
_NUMBERS = frozenset({FieldType.INTEGER, FieldType.DOUBLE})


@dataclass(frozen=True, slots=True)
class World:
    """What is taken for granted: that stored values conform to their fields' types, that a field that is declared not
    nullable has a value. Nothing of it is known without a schema."""

    types: bool = False
    not_nullable: bool = False

    @property
    def rests_on(self) -> tuple[str, ...]:
        """The names of what is taken for granted."""
        return ("types",) * self.types + ("not_nullable",) * self.not_nullable

    def anything(self, field: Field) -> Possible:
        """What the field may have at all."""
        whole = Values((_line(field, self.types).whole,))
        if field.is_list:  # one that is not nullable may still be a list without elements
            return Elements(True, not self.types, whole)
        return Scalar(not self.not_nullable or field.nullable, not self.types, whole)

    def bounds(self, comparison: Comparison, expected: bool, kin: Sequence[Field]) -> Bounds:
        """What is possible where a comparison is true, or where it is false.

        `kin` are the fields of the same name: without a schema each literal brings a field of its own type.
        """
        own = self._own(comparison, expected)
        if own is None:
            return {}
        found = {comparison.field: own.meet(self.anything(comparison.field))}  # type: ignore[arg-type]
        for field in kin:
            if field != comparison.field:
                seen = self._seen_as(field, comparison, expected)
                if seen is not None:
                    found[field] = seen
        return found

    def _own(self, comparison: Comparison, expected: bool) -> Possible | None:
        """What the comparison's own field may have. None: nothing is known, as of operands in trees made by hand."""
        field, value = comparison.field, comparison.value
        is_positive = expected is not (comparison.operator in POSITIVES)
        line = _line(field, self.types)
        whole = Values((line.whole,))
        if value is None:
            return _emptiness(field, is_positive, whole)
        values = _matching(comparison, line)
        if values is None:
            return None
        if not is_positive:
            values = _not_matching(values, line)
        if field.is_list:
            return Elements(False, True, whole, (values,)) if is_positive else Elements(True, True, values)
        return Scalar(not is_positive, not is_positive, values)

    def _seen_as(self, field: Field, comparison: Comparison, expected: bool) -> Possible | None:
        """What the comparison says of a value that is read as another literal's type. None: nothing."""
        types = {field.field_type, comparison.field.field_type}
        if field.is_list or comparison.field.is_list or not types <= _LITERAL_TYPES:
            return None
        whole = Values((_line(field, self.types).whole,))
        is_positive = expected is not (comparison.operator in POSITIVES)
        if comparison.value is None:
            return _emptiness(field, is_positive, whole)
        if not is_positive:
            return None
        if types <= _NUMBERS:  # a number; one that is too large for a double is no double
            return Scalar(False, field.field_type is FieldType.DOUBLE, whole)
        return Scalar(False, True, NO_VALUES)


@lru_cache(256)
def _line(field: Field, is_conforming: bool) -> Line:
    return line_of(field, is_conforming)


def _emptiness(field: Field, is_empty: bool, whole: Values) -> Possible:
    if field.is_list:
        return Elements(True, False, NO_VALUES) if is_empty else Elements(False, True, whole)
    return Scalar(True, False, NO_VALUES) if is_empty else Scalar(False, True, whole)


def _matching(comparison: Comparison, line: Line) -> Values | None:
    """The values of which the comparison, or what it negates, is true."""
    pieces, test = _pieces(comparison, line)
    if pieces is None:
        return None
    return Values(common(pieces, (line.whole,)), () if test is None else (test,))


def _pieces(comparison: Comparison, line: Line) -> tuple[Pieces | None, TextTest | None]:
    operator, value = comparison.operator, comparison.value
    first, last = line.whole
    operands = value if isinstance(value, tuple) else (value,)
    if operator in EQUALITY or operator in MEMBERSHIP:
        return line.points(operands), None
    sides = line.sides(value)
    if sides is None or (is_text(operator) and comparison.field.field_type is not FieldType.STRING):
        return None, None
    before, behind = sides
    match operator:
        case Operator.EQ | Operator.NE | Operator.IN | Operator.NIN:
            raise AssertionError(operator)
        case Operator.GT:
            return _piece(behind, last), None
        case Operator.GTE:
            return _piece(before, last), None
        case Operator.LT:
            return _piece(first, before), None
        case Operator.LTE:
            return _piece(first, behind), None
        case Operator.STARTS_WITH | Operator.ENDS_WITH | Operator.CONTAINS:
            text = str(value)
            pieces = (texts_with(text),) if operator is Operator.STARTS_WITH else (line.whole,)
            return pieces, TextTest(operator, text) if text else None
        case _:
            assert_never(operator)


def _piece(start: object, end: object) -> Pieces:
    return ((start, end),) if start < end else ()  # type: ignore[operator]  # cuts of one line


def _not_matching(values: Values, line: Line) -> Values:
    """The values of the line that do not match. A test that is not of a beginning leaves the whole line."""
    (test,) = values.tests or (None,)
    if test is None:
        return Values(without(values.pieces, line.whole))
    is_beginning = test.operator is Operator.STARTS_WITH
    pieces = without(values.pieces, line.whole) if is_beginning else (line.whole,)
    return Values(pieces, (TextTest(test.operator, test.operand, False),))
