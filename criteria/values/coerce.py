"""Typed values from JSON values (docs/language.md#types). A value of another type is refused, never converted.

Numbers are `int`, `Decimal` when they come from text, or `float` when the caller decoded the JSON.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import Context, Decimal, InvalidOperation
from functools import lru_cache, partial
from typing import Any
from uuid import UUID

from criteria.errors import Refusal, check_encodable
from criteria.messages import Hints, nearest_or_all, quoted
from criteria.schema.field import MAX_DIGITS, Field, FieldType, UndeclaredField, Value
from criteria.schema.plain import claims_other_class, without_subclass
from criteria.text.json_decoders import NUMBER
from criteria.values.canonical import last_place

MIN_INT64, MAX_INT64 = -(2**63), 2**63 - 1
"""The range of an integer. Not a `range`: for an instance of an int subclass, `in` would try every number of it."""

_GUID = re.compile(r"(?:[uU][rR][nN]:[uU][uU][iI][dD]:)?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
    r"(?:([Zz])|([+-])([0-9]{2}):([0-9]{2}))?"
)
_CANONICAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}\.[0-9]{3}Z", re.ASCII)
"""Canonical form with 3 digits, the most common spelling. `datetime.fromisoformat` reads it fast."""

_EXACT = Context(prec=MAX_DIGITS + 1, Emin=-999_999, Emax=999_999, traps=[InvalidOperation])
"""One digit more than a decimal can have: a number that rounds up to too many digits is refused and does not raise."""

_INTEGER = re.compile(r"-?[1-9][0-9]{0,39}", re.ASCII)
"""An integer in canonical form, of few enough digits to read it fast."""

_NAN = Decimal("NaN")
_EXACT_FLOAT_DIGITS = 15
"""A decimal number of up to 15 digits survives the conversion to a binary64 and back. A longer one may not."""

_LAST_EXACT_INTEGER = 2**53


def coerce(field: Field, value: object) -> Value:
    """The typed value of a JSON value, of a plain class: `str`, not a subclass of it.

    Raises `Refusal` with code `type_mismatch`, `out_of_range` or `invalid_text`.
    """
    return _COERCIONS[field.field_type](field, _plain(field, value))


def coerce_operand(field: Field, value: object) -> Value:
    """The typed value of an operand, which may also be an integer in a string (docs/language.md#integer).

    Raises `Refusal` as `coerce` does.
    """
    return _OPERAND_COERCIONS[field.field_type](field, _plain(field, value))


def _plain(field: Field, value: object) -> object:
    """The value as one of a plain class. Raises `Refusal` (`type_mismatch`) for one that claims another class."""
    plain = without_subclass(value)
    if claims_other_class(plain):
        raise _mismatch(field, value)
    return plain


def is_number(value: object) -> bool:
    """Whether a decoded JSON value is a number."""
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def is_whole_double(number: Decimal | float) -> bool:
    """Whether the nearest double of a number is whole and at most 2^53, so that nothing tells it from an integer."""
    nearest = float(number)
    return nearest.is_integer() and abs(nearest) <= _LAST_EXACT_INTEGER


def coercion(field: Field) -> Callable[[Field, object], Value]:
    """The function that `coerce` calls for a field, so that callers can look it up once.

    It takes values of plain classes: the methods of others may raise anything.
    """
    return _COERCIONS[field.field_type]


def coercion_of_operands(field: Field) -> Callable[[Field, object], Value]:
    """The function that `coerce_operand` calls for a field."""
    return _OPERAND_COERCIONS[field.field_type]


def coercion_of_lists(field: Field) -> Callable[[Field, Sequence[object]], tuple[Value, ...]]:
    """The function that coerces the operands in a list for a field. It takes values of plain classes."""
    if field.values is not None:
        return _listed_together
    coerce, are_valid = _OPERAND_COERCIONS[field.field_type], _ARE_VALID[field.field_type]
    if field.field_type is FieldType.DECIMAL:
        return _decimals
    if are_valid is None:
        return lambda field, values: tuple([coerce(field, value) for value in values])

    def coerced(field: Field, values: Sequence[Any]) -> tuple[Value, ...]:
        return tuple(values) if are_valid(values) else tuple([coerce(field, value) for value in values])

    return coerced


def _are_strings(values: Sequence[Any]) -> bool:
    """Whether values are strings that `_string` leaves as they are."""
    if set(map(type, values)) != {str}:
        return False
    together = "".join(values)
    return together.isascii() and "\0" not in together


def _are_integers(values: Sequence[Any]) -> bool:
    """Whether values are integers that `_integer` leaves as they are."""
    return set(map(type, values)) == {int} and min(values) >= MIN_INT64 and max(values) <= MAX_INT64


_ARE_VALID: Mapping[FieldType, Callable[[Sequence[Any]], bool] | None] = {
    FieldType.STRING: _are_strings,
    FieldType.INTEGER: _are_integers,
    FieldType.BOOLEAN: None,
    FieldType.DECIMAL: None,
    FieldType.DOUBLE: None,
    FieldType.DATE: None,
    FieldType.DATE_TIME: None,
    FieldType.GUID: None,
    FieldType.OBJECT_REF: _are_integers,
}
"""Tests of all values of a list together, which are faster than a test of each; None: each value is converted."""


def _mismatch(field: Field, value: object, hint: str | None = None) -> Refusal:
    expected = _EXPECTED[field.field_type]
    return Refusal("type_mismatch", f"Expected {expected} for field {quoted(field.name)}, found {quoted(value)}.", hint)


def _string(field: Field, value: object) -> str:
    if type(value) is str and value.isascii() and "\0" not in value:
        return value
    if not isinstance(value, str):
        raise _mismatch(field, value, _quoted_hint(value))
    if not value.isascii():
        check_encodable(value)
    if "\0" in value:
        raise Refusal("invalid_text", "The string holds U+0000, which no engine stores the same way.")
    return str.__str__(value)


def listed(field: Field, value: object) -> Value:
    """An operand, or a record's value, as one of those that its field lists, if it lists any. Raises `Refusal`."""
    found = coerce(field, value)
    if field.values is not None and found not in known_values(field):
        message = f"{quoted(found)} is not a value of field {quoted(field.name)}."
        raise Refusal("unknown_value", message, partial(_near_value, field, found))
    return found


def _near_value(field: Field, found: Value, hints: Hints) -> str | None:
    return nearest_or_all(found, field.values or (), "values", hints)


def _listed_together(field: Field, values: Sequence[Any]) -> tuple[Value, ...]:
    """A list of operands of a field that lists its values."""
    if set(map(type, values)) == {str} and known_values(field).issuperset(values):
        return tuple(values)
    return tuple([listed(field, value) for value in values])


@lru_cache(256)
def known_values(field: Field) -> frozenset[str]:
    """The values that a field lists, where one is found soon: it may list thousands."""
    return frozenset(field.values or ())


def _integer(field: Field, value: object) -> int:
    if type(value) is int and MIN_INT64 <= value <= MAX_INT64:
        return value
    if isinstance(value, float) and value.is_integer():
        value = _decimal_of(value)
    if isinstance(value, Decimal) and value.is_finite():
        if value and value.adjusted() > 19:
            raise _outside_int64(value)
        whole = int(value)
        if whole != value:
            if not (isinstance(field, UndeclaredField) and is_whole_double(value)):
                raise _mismatch(field, value, "An integer has no fraction.")
            whole = int(float(value))
        value = whole
    if not isinstance(value, int) or isinstance(value, bool):
        raise _mismatch(field, value, _number_hint(value, "42"))
    if not MIN_INT64 <= value <= MAX_INT64:
        raise _outside_int64(value)
    return int(value)


def _integer_operand(field: Field, value: object) -> int:
    """An integer, also in a string where JavaScript's numbers end (docs/language.md#integer)."""
    if isinstance(value, str) and _INTEGER.fullmatch(value) and abs(int(value)) >= _LAST_EXACT_INTEGER:
        return _integer(field, int(value))
    _check_sent(field, value)
    return _integer(field, value)


def _quoted_hint(value: object) -> str | None:
    return f'Write it as a string: "{quoted(value)}".' if isinstance(value, bool) or is_number(value) else None


def _number_hint(value: object, example: str) -> str:
    is_number = isinstance(value, str) and NUMBER.fullmatch(value)
    return "Write the number without quotes." if is_number else f"Write it like {example}."


def _outside_int64(value: object) -> Refusal:
    hint = 'Write a smaller number, or declare the field as "decimal".'
    return Refusal("out_of_range", f"{quoted(value)} is outside -2^63 to 2^63-1.", hint)


def _boolean(field: Field, value: object) -> bool:
    if not isinstance(value, bool):
        raise _mismatch(field, value, _boolean_hint(value))
    return value


def _boolean_hint(value: object) -> str:
    word = value.lower() if isinstance(value, str) and len(value) <= len("false") else ""
    return f"Write {word} without quotes." if word in ("true", "false") else "Write true or false."


def _double(field: Field, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise _mismatch(field, value, _number_hint(value, "1.5"))
    try:
        double = float(value)
    except (OverflowError, ValueError):  # ValueError: a signaling NaN
        double = math.inf
    if not math.isfinite(double):
        raise Refusal("out_of_range", f"{quoted(value)} is outside the range of a double.")
    if not double and value:
        raise Refusal("out_of_range", f"{quoted(value)} is nearer to zero than any double.")
    if isinstance(value, int) and int(double) != value:
        raise Refusal("out_of_range", f"{quoted(value)} is not a double: the nearest double is {int(double)}.")
    return double + 0.0  # -0.0 becomes 0.0


def _decimals(field: Field, values: Sequence[object]) -> tuple[Value, ...]:
    """The operands in a list. Repeated integers are converted once: a megabyte has room for half a million."""
    if set(map(type, values)) != {int} or len(once := set(values)) == len(values):
        return tuple([_decimal_operand(field, value) for value in values])
    made = {value: _decimal(field, value) for value in once}
    return tuple([made[value] for value in values])


def _decimal_operand(field: Field, value: object) -> Decimal:
    _check_sent(field, value)
    return _decimal(field, value)


def _decimal(field: Field, value: object) -> Decimal:
    precision, scale = field.precision or 0, field.scale or 0
    number = _decimal_of(value)
    if number is None:
        raise _mismatch(field, value, 'Write it like 12.50 or "12.50".')
    if not number:
        return Decimal((0, (0,), -scale))
    if number.adjusted() >= precision - scale:
        raise _too_many_digits(field, value, "before")
    fixed = number.quantize(last_place(scale), context=_EXACT) if number.adjusted() >= -scale else None
    if fixed != number:
        raise _too_many_digits(field, value, "after")
    assert fixed is not None
    return fixed


def _too_many_digits(field: Field, value: object, side: str) -> Refusal:
    scale = field.scale or 0
    allowed = f"{(field.precision or 0) - scale} before and {scale} after it"
    return Refusal("out_of_range", f"{quoted(value)} has too many digits {side} the point: {allowed} are allowed.")


def _decimal_of(value: object) -> Decimal | None:
    """The exact value of a JSON number, or of a string that spells one; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, Decimal):
        return Decimal(value) if value.is_finite() else None
    if isinstance(value, float) and math.isfinite(value):
        return _exact(value)
    if isinstance(value, str) and NUMBER.fullmatch(value):
        return _spelled(value)
    return None


def _spelled(text: str) -> Decimal:
    """The number that a string spells. Zero is zero, however large its exponent is."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = _NAN
    if number.is_finite():  # where the thread's context traps nothing, an exponent of more than 18 digits makes a NaN
        return number
    if not text.lower().partition("e")[0].strip("-0."):
        return Decimal(0)
    raise Refusal("out_of_range", f"{quoted(text)} is outside the range of a decimal.")


def _exact(value: float) -> Decimal:
    """The number that a float was decoded from. Raises `Refusal` when several numbers give that float."""
    number = Decimal(float.__repr__(value))
    digits = len(number.normalize(_EXACT).as_tuple().digits)
    is_small_integer = value.is_integer() and abs(value) <= _LAST_EXACT_INTEGER
    if digits > _EXACT_FLOAT_DIGITS and not is_small_integer:
        raise _not_exact(value)
    return number


def _not_exact(value: float) -> Refusal:
    return Refusal(
        "out_of_range",
        f"{value!r} has more digits than a decoded float keeps: the number that was sent may be different.",
        "Pass the criteria as text, or the number as a string or a Decimal.",
    )


def _check_sent(field: Field, value: object) -> None:
    """Raises `Refusal` for 2^53 as a float: the text may have said 2^53 + 1. Without a schema a float means itself."""
    if isinstance(value, float) and abs(value) == _LAST_EXACT_INTEGER and not isinstance(field, UndeclaredField):
        raise _not_exact(value)


def _date_time(field: Field, value: object) -> datetime:
    if type(value) is str and _CANONICAL.fullmatch(value):
        try:
            return datetime.fromisoformat(value[:-1] + "+00:00")
        except ValueError:  # a day that does not exist is refused below
            pass
    found = _DATE_TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise _mismatch(field, value, _bounds_of_day(value) or _DATE_TIME_HINT)
    *parts, fraction, zulu, sign, hours, minutes = found.groups()
    if zulu is None and sign is None:
        raise _mismatch(field, value, f"A time without an offset is not an instant: {quoted(f'{value}Z')} is in UTC.")
    precision = field.precision or 3
    digits = (fraction or "").rstrip("0")
    if len(digits) > precision:
        raise Refusal("out_of_range", f"{quoted(value)} is finer than the field's {precision} digits of a second.")
    try:
        if sign and (int(hours) > 23 or int(minutes) > 59):
            raise ValueError
        local = datetime(*map(int, parts), int(digits.ljust(6, "0")), timezone.utc)  # type: ignore[arg-type,call-arg]
    except ValueError:
        raise Refusal("type_mismatch", f"{quoted(value)} is not a moment that exists.", _DATE_TIME_HINT) from None
    offset = timedelta(hours=int(hours), minutes=int(minutes)) if sign else timedelta()
    try:
        return local - offset if sign == "+" else local + offset
    except OverflowError:
        raise Refusal("out_of_range", f"{quoted(value)} is outside the years 1 to 9999 in UTC.") from None


def _bounds_of_day(value: object) -> str | None:
    """What to write for a whole day where an instant is expected; None when the value is not a day."""
    day = day_of(value)
    if day is None:
        return None
    first = f'"$gte": "{day}T00:00:00Z"'
    if day == date.max:
        return f"The whole of that day in UTC is {{{first}}}."
    return f'The whole of that day in UTC is {{{first}, "$lt": "{day + timedelta(1)}T00:00:00Z"}}.'


def day_of(value: object) -> date | None:
    """The day that a string spells as YYYY-MM-DD; None for anything else."""
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return None
    try:
        return date.fromisoformat(str.__str__(value))
    except ValueError:
        return None


def _date(field: Field, value: object) -> date:
    day = day_of(value)
    if day is not None:
        return day
    if isinstance(value, str) and _DATE.fullmatch(value):
        raise Refusal("type_mismatch", f"{quoted(value)} is not a day that exists.", _DATE_HINT)
    day = day_of(value[:10]) if isinstance(value, str) and _DATE_TIME.fullmatch(value) else None
    raise _mismatch(field, value, _DATE_HINT if day is None else f'A date has no time: write "{day}".')


_DATE_HINT = 'Write it like "2024-01-31".'
_DATE_TIME_HINT = 'Write it like "2024-01-31T09:30:00.000Z" or "2024-01-31T10:30:00+01:00".'


def _guid(field: Field, value: object) -> UUID:
    if not isinstance(value, str) or not _GUID.fullmatch(value):
        raise _mismatch(field, value, 'Write it like "6ba7b810-9dad-11d1-80b4-00c04fd430c8".')
    return UUID(str.__str__(value)[-36:])


_EXPECTED: Mapping[FieldType, str] = {
    FieldType.STRING: "a string",
    FieldType.INTEGER: "an integer",
    FieldType.BOOLEAN: "true or false",
    FieldType.DECIMAL: "a number or a string that spells one",
    FieldType.DOUBLE: "a number",
    FieldType.DATE: "a date",
    FieldType.DATE_TIME: "a dateTime",
    FieldType.GUID: "a guid",
    FieldType.OBJECT_REF: "an integer",
}

_COERCIONS: Mapping[FieldType, Callable[[Field, Any], Value]] = {
    FieldType.STRING: _string,
    FieldType.INTEGER: _integer,
    FieldType.BOOLEAN: _boolean,
    FieldType.DECIMAL: _decimal,
    FieldType.DOUBLE: _double,
    FieldType.DATE: _date,
    FieldType.DATE_TIME: _date_time,
    FieldType.GUID: _guid,
    FieldType.OBJECT_REF: _integer,
}

_OPERAND_COERCIONS: Mapping[FieldType, Callable[[Field, Any], Value]] = {
    **_COERCIONS,
    FieldType.INTEGER: _integer_operand,
    FieldType.OBJECT_REF: _integer_operand,
    FieldType.DECIMAL: _decimal_operand,
}
