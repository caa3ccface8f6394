"""Queries in plain English, for people who approve them.

Where a condition also holds for records without a value, the words say so, unless the field is not nullable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

from criteria.messages import quoted
from criteria.schema.field import SEGMENT, Field, FieldType, Value
from criteria.tree.nodes import (
    OPPOSITES,
    POSITIVES,
    And,
    AnyElement,
    AnyReferred,
    Comparison,
    Expression,
    Not,
    Operator,
    Or,
    OrderingOperator,
    TextOperator,
    assert_never,
)
from criteria.tree.query import Query

MAX_LISTED = 20
"""The number of terms of a group and values of a list that are written out. Of the rest, only the number is given."""

_SHIFT = "  "


def selects(query: Query, most: int = MAX_LISTED) -> str:
    """What a query selects, as a sentence or as indented lines."""
    return "\n".join(_sentence(query.expression, most))


def comparison_words(comparison: Comparison, expected: bool = True) -> str:
    """A comparison, or with `expected=False` its negation, in words."""
    field, operator, value = comparison.field, comparison.operator, comparison.value
    if operator in POSITIVES:
        operator, expected = POSITIVES[operator], not expected
    name = field_words(field)
    if value is None:
        return f"{name} has {_EMPTINESS[field.is_list, expected]}"
    said = _phrase(field.field_type, operator, value, field.is_list or expected)
    if field.is_list:
        return f"some element of {name} {said}" if expected else f"no element of {name} {said}, or it has none"
    without = "" if expected or not field.nullable else ", or has no value"
    return f"{name} {said}{without}"


def object_test_words(test: AnyElement | AnyReferred, expected: bool = True) -> str:
    """A test of a list of objects or of a reference, or with `expected=False` its negation, in words, without its
    term."""
    if isinstance(test, AnyReferred):
        refers = test.reference.place
        subject = "no" if not expected else "some" if refers.is_list else "the"
        return f"{subject} {test.reference.entity} to which {field_words(refers)} refers fulfils this"
    name = field_words(test.objects.place)
    if test.term is None:
        return f"{name} has {_EMPTINESS[True, not expected]}"
    return f"{'some' if expected else 'no'} object in {name} fulfils this"


def field_words(field: Field) -> str:
    """The name of a field, in quotes unless it is a plain identifier or path."""
    return field.name if all(map(SEGMENT.fullmatch, field.path)) else quoted(field.name)


_EMPTINESS: Mapping[tuple[bool, bool], str] = {
    (False, True): "no value",
    (False, False): "a value",
    (True, True): "no elements",
    (True, False): "elements",
}

_NUMBERS: Mapping[OrderingOperator, str] = {
    Operator.GT: "is more than {0}",
    Operator.GTE: "is at least {0}",
    Operator.LT: "is less than {0}",
    Operator.LTE: "is at most {0}",
}

_STRINGS: Mapping[OrderingOperator, str] = {
    Operator.GT: "comes after {0}",
    Operator.GTE: "is {0} or comes after it",
    Operator.LT: "comes before {0}",
    Operator.LTE: "is {0} or comes before it",
}

_DAYS: Mapping[OrderingOperator, str] = {
    Operator.GT: "is after {0}",
    Operator.GTE: "is on or after {0}",
    Operator.LT: "is before {0}",
    Operator.LTE: "is on or before {0}",
}

_INSTANTS: Mapping[OrderingOperator, str] = {
    Operator.GT: "is after {0}",
    Operator.GTE: "is at or after {0}",
    Operator.LT: "is before {0}",
    Operator.LTE: "is at or before {0}",
}

_ORDER: Mapping[FieldType, Mapping[OrderingOperator, str]] = {
    FieldType.STRING: _STRINGS,
    FieldType.INTEGER: _NUMBERS,
    FieldType.BOOLEAN: _NUMBERS,
    FieldType.DECIMAL: _NUMBERS,
    FieldType.DOUBLE: _NUMBERS,
    FieldType.DATE: _DAYS,
    FieldType.DATE_TIME: _INSTANTS,
    FieldType.GUID: _NUMBERS,
    FieldType.OBJECT_REF: _NUMBERS,
}
"""Ordering in words. Booleans, guids and references have none in the language, only in trees made by hand."""

_TEXT: Mapping[TextOperator, tuple[str, str]] = {
    Operator.STARTS_WITH: ("starts with", "does not start with"),
    Operator.ENDS_WITH: ("ends with", "does not end with"),
    Operator.CONTAINS: ("contains", "does not contain"),
    Operator.IEQ: ("is", "is not"),
    Operator.ISTARTS_WITH: ("starts with", "does not start with"),
    Operator.IENDS_WITH: ("ends with", "does not end with"),
    Operator.ICONTAINS: ("contains", "does not contain"),
}


def _phrase(field_type: FieldType, operator: Operator, value: Any, expected: bool) -> str:
    match operator:
        case Operator.EQ:
            return f"{'is' if expected else 'is not'} {value_words(value)}"
        case Operator.IN:
            return _membership(value, expected)
        case Operator.GT | Operator.GTE | Operator.LT | Operator.LTE:
            words = _ORDER[field_type][operator if expected else OPPOSITES[operator]]
            return words.format(value_words(value))
        case Operator.STARTS_WITH | Operator.ENDS_WITH | Operator.CONTAINS:
            return f"{_TEXT[operator][not expected]} {value_words(value)} (case-sensitive)"
        case Operator.IEQ | Operator.ISTARTS_WITH | Operator.IENDS_WITH | Operator.ICONTAINS:
            return f"{_TEXT[operator][not expected]} {value_words(value)} (in any letter case)"
        case Operator.NE | Operator.NIN:
            raise AssertionError(operator)
        case _:
            assert_never(operator)


def _membership(values: Sequence[Any], expected: bool) -> str:
    if not values:
        return f"is {'' if expected else 'not '}in an empty list"
    if len(values) == 1:
        return f"{'is' if expected else 'is not'} {value_words(values[0])}"
    listed = ", ".join(map(value_words, values[:MAX_LISTED]))
    more = f" and {len(values) - MAX_LISTED} more" if len(values) > MAX_LISTED else ""
    return f"{'is one of' if expected else 'is none of'} {listed}{more}"


def value_words(value: Value) -> str:
    """A typed operand in words: a long string is shortened, an instant is in UTC."""
    if isinstance(value, Decimal):
        return _decimal_words(value)
    if isinstance(value, datetime):
        utc = value.astimezone(timezone.utc) if value.tzinfo else value
        text = utc.replace(tzinfo=None).isoformat(" ", timespec="auto" if utc.second or utc.microsecond else "minutes")
        return f"{text.rstrip('0') if utc.microsecond else text} UTC"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < _LONG:
        return str(int(value))
    if isinstance(value, (str, int, float)):
        return quoted(value)
    if isinstance(value, UUID):
        return quoted(str(value))
    assert_never(value)


_LONG = 1e15
"""Whole doubles from here on are written with an exponent."""

_MAX_DIGITS = 40


def _decimal_words(value: Decimal) -> str:
    if not value.is_finite() or abs(value.adjusted()) > _MAX_DIGITS:
        return quoted(value)
    text = format(value, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) if value else "0"


def _sentence(expression: Expression, most: int) -> Iterator[str]:
    expression, expected = _plain(expression, True)
    if isinstance(expression, And) and not expression.terms:
        yield "Selects every record." if expected else "Selects no record."
    elif isinstance(expression, Comparison):
        yield f"Selects records where {comparison_words(expression, expected)}."
    else:
        head, *lines = _lines(expression, expected, False, most)
        yield f"Selects records where {head}"
        yield from (_SHIFT + line for line in lines)


def _plain(expression: Expression, expected: bool) -> tuple[Expression, bool]:
    """An expression without outer NOTs and without groups of a single term."""
    while True:
        match expression:
            case Not(term):
                expression, expected = term, not expected
            case And((term,)) | Or((term,)):
                expression = term
            case Or(()):
                return And(()), not expected
            case _:
                return expression, expected


_HEADS: Mapping[tuple[type, bool], str] = {
    (And, True): "all of these hold:",
    (And, False): "not all of these hold:",
    (Or, True): "at least one of these holds:",
    (Or, False): "none of these holds:",
}


def _lines(expression: Expression, expected: bool, is_denied: bool, most: int) -> Iterator[str]:
    """An expression as one comparison, or as a heading with a line for each term.

    `is_denied` says that a record is left out when the expression holds.
    """
    expression, expected = _plain(expression, expected)
    if isinstance(expression, Comparison):
        yield comparison_words(expression, expected) + (_denied(expression, expected) if is_denied else "")
        return
    if isinstance(expression, (AnyElement, AnyReferred)):
        yield from _test_lines(expression, expected, most)
        return
    assert isinstance(expression, (And, Or))
    if not expression.terms:
        yield "true" if expected else "false"
        return
    yield _HEADS[type(expression), expected]
    terms = list(_flat(expression))
    for term in terms[:most]:
        head, *rest = _lines(term, True, is_denied is expected, most)
        yield f"- {head}"
        yield from (_SHIFT + line for line in rest)
    if len(terms) > most:
        yield f"- and {len(terms) - most} more"


def _test_lines(test: AnyElement | AnyReferred, expected: bool, most: int) -> Iterator[str]:
    """A test of a list of objects or of a reference: its words, and those of its term, on one line if they fit."""
    said = object_test_words(test, expected)
    head, *rest = ["", ""] if test.term is None else _lines(test.term, True, not expected, most)
    yield f"{said}: {head}" if head else said
    yield from (_SHIFT + line for line in rest if line)


def _denied(comparison: Comparison, expected: bool) -> str:
    """A note on a comparison that must not be true: it is false for records without a value."""
    is_positive = expected is not (comparison.operator in POSITIVES)
    field = comparison.field
    can_be_missing = field.nullable and not field.is_list
    return " (false where it has no value)" if is_positive and can_be_missing and comparison.value is not None else ""


def _flat(group: And | Or) -> Iterator[Expression]:
    """The terms of a group, with nested groups of the same kind flattened."""
    for term in group.terms:
        if type(term) is type(group) and isinstance(term, (And, Or)) and term.terms:
            yield from _flat(term)
        else:
            yield term
