"""JSON values of each field type: stored values and operands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from criteria import Field, FieldType
from criteria.limits import MAX_FOLDED_OPERAND
from criteria.values.case_folding import classes

_STRINGS = (
    "", " ", "a", "A", "b", "ab", "aB", "abc", "ABC", "abc ", " abc", "abcabc", "Z", "z", "\u00e9", "e\u0301",
    "\u00c9", "e",
    "ss", "\u00df", "i", "I", "\u0131", "\u0130", "\U0001f600", "\ufffd", "\ue000", "\uffff", "\U00010000",
    "\U0010ffff",
    "%", "_", "a%", "a_c", "a%c", "\\", "a\\", "a\\%c", "!", "a!%", "'", "''", '"', "a'b", "`", "x\n", "\n", "x",
    "\t", "a\r\nb",
    "[a]", "^a$", ".*", "a|b", "$x", "{x}", "(?i)a", "null", "true", "1", "01", "-1", "1.0", "--", ";", "%s", "%%",
    "?", ":p1",
    "$1", "%(p1)s", "\x01", "\x7f", "\u00a0", "\u200b", "\ufeff", "a" * 256, "a" * 256 + "b", "a" * 300 + "c",
)  # fmt: skip
"""Strings that collations, patterns, quoting or placeholders treat specially."""

_CASED = (
    "Kelvin", "\u212aELVIN", "Stra\u00dfe", "STRA\u1e9eE", "STRASSE", "\u017ftra\u017fse", "\u03c3\u03c2",
    "\u03a3\u03bf\u03c6\u03cc\u03c2", "\u0130i", "\u0131I", "i\u0307", "\u0345\u03b9\u1fbe", "\u1f88\u1f80",
    "\ufb05\ufb06", "\u0390\u1fd3", "\u01c4\u01c5\u01c6", "\u00b5\u039c", "\u03f4\u03d1\u0398", "\u13a0\uab70",
    "\U00010400\U00010428", "\u1c80\u0412\u0432", "\u00c5\u212b", "\u1e60\u1e9b", "\u00ff\u0178",
    "k[a]K", "a-z^", "A\n", "s\n\n", "*k?", "x%_S", "k\\E", "(?i)K",
)  # fmt: skip
"""Strings with letters whose other case is far away, has another length in UTF-8 or depends on a language."""

CHOICES = st.integers(0, 4**6 - 1)
"""What `in_case` chooses letters by."""

_INTEGERS = (0, 1, -1, 2, 5, 10, 255, 2**31 - 1, 2**31, -(2**31) - 1, 2**53 - 1, 2**53, 2**53 + 1, -(2**53) - 1,
             2**63 - 1, -(2**63), 2**63 - 2)  # fmt: skip

_DOUBLES = (0.0, -0.0, 1.0, -1.0, 0.1, 0.2, 0.3, 0.30000000000000004, 1.5, -2.5, 1e-7, 1e22, 123456.789, 2.0**53,
2.0**53 + 2,
            1.7976931348623157e308, -1.7976931348623157e308, 2.2250738585072014e-308, 1e-300, 3.0)  # fmt: skip

_INSTANTS = (
    "0001-01-01T00:00:00.000Z", "0001-01-01T00:00:00.001Z", "1582-10-04T23:59:59.999Z", "1900-01-01T00:00:00.000Z",
    "1969-12-31T23:59:59.999Z", "1970-01-01T00:00:00.000Z", "2000-02-29T12:00:00.500Z", "2021-10-31T00:30:00.000Z",
    "2021-10-31T01:30:00.000Z", "2024-01-01T00:00:00.000Z", "2024-01-01T05:00:00.000Z", "2024-03-10T07:30:00.000Z",
    "2038-01-19T03:14:08.000Z", "9999-12-31T23:59:59.999Z",
)  # fmt: skip

_DAYS = (
    "0001-01-01", "0001-01-02", "0099-12-31", "1582-10-04", "1582-10-15", "1900-02-28", "1900-03-01", "1969-12-31",
    "1970-01-01", "2000-02-29", "2023-12-31", "2024-01-01", "2024-02-28", "2024-02-29", "2024-03-01", "2038-01-19",
    "9999-12-30", "9999-12-31",
)  # fmt: skip
"""The ends of the calendar, leap days and their neighbours, and the days around the Unix epoch."""

_GUIDS = (
    "00000000-0000-0000-0000-000000000000", "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    "6ba7b811-9dad-11d1-80b4-00c04fd430c8",
    "ffffffff-ffff-ffff-ffff-ffffffffffff", "0000000a-0000-0000-0000-00000000000a",
)  # fmt: skip

_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)


def stored_values(field: Field) -> st.SearchStrategy[Any]:
    """JSON values that a record may have for one value of a field; dateTimes, decimals and guids are canonical."""
    return _STORED[field.field_type](field)


def operands(field: Field) -> st.SearchStrategy[Any]:
    """Operands for a field: stored values, their neighbours, and other spellings of both."""
    return st.one_of(stored_values(field), _NEAR[field.field_type](field))


def text_operands(field: Field) -> st.SearchStrategy[str]:
    """Operands of text operators: stored strings and parts of them."""
    return st.one_of(stored_values(field), stored_values(field).flatmap(_part))


def any_text_operands(field: Field) -> st.SearchStrategy[str]:
    """Operands of orderings and text operators of a field that may list its values: these operators take any string."""
    return text_operands(field) if field.values is None else st.one_of(text_operands(field), st.sampled_from(_STRINGS))


def folded_operands(field: Field) -> st.SearchStrategy[str]:
    """Operands of operators that ignore letter case: stored strings and parts of them, as they are and in another
    case."""
    return _recased(text_operands(field).map(lambda text: text[:MAX_FOLDED_OPERAND]))


def cased_texts() -> st.SearchStrategy[str]:
    """Strings with letters whose other case is far away, has another length or depends on a language."""
    return _CASED_TEXTS


def _recased(texts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Texts as they are, and with other letters of the same classes."""
    return st.one_of(texts, st.tuples(texts, CHOICES).map(lambda pair: in_case(*pair)))


def in_case(text: str, choice: int) -> str:
    """The text with a letter of each letter's class, by two bits of a number for each of six letters in turn."""
    known = classes()
    members = [known.get(one, one) for one in text]
    return "".join(one[(choice >> place % 6 * 2) % 4 % len(one)] for place, one in enumerate(members))


_CASED_TEXTS = st.tuples(st.sampled_from(_CASED), CHOICES).map(lambda pair: in_case(*pair))


def _part(text: str) -> st.SearchStrategy[str]:
    ends = st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))
    return ends.map(lambda pair: text[min(pair) : max(pair)])


def _strings(field: Field) -> st.SearchStrategy[str]:
    if field.values is not None:
        return st.sampled_from(field.values)
    return st.one_of(st.sampled_from(_STRINGS), _TEXT, cased_texts())


def _integers(field: Field) -> st.SearchStrategy[int]:
    return st.one_of(st.sampled_from(_INTEGERS), st.integers(-5, 5), st.integers(-(2**63), 2**63 - 1))


def _other_integer(number: int) -> float | str:
    """Another spelling of an integer: with a fraction, or beyond 2^53 a string of its digits."""
    return float(number) if abs(number) < 2**53 else str(number)


def _doubles(field: Field) -> st.SearchStrategy[float]:
    floats = st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False)
    return st.one_of(st.sampled_from(_DOUBLES), floats, _large_doubles())


def _large_doubles() -> st.SearchStrategy[float]:
    """Large doubles, between which there are integers that are not doubles."""
    return st.integers(2**53, 2**63).map(float)


def _decimals(field: Field) -> st.SearchStrategy[str]:
    precision, scale = field.precision or 0, field.scale or 0
    most = 10**precision - 1
    edges = [
        0,
        1,
        -1,
        10**scale,
        -(10**scale),
        10**scale + 1,
        9 * 10**scale,
        10 * 10**scale,
        -10 * 10**scale,
        most,
        -most,
    ]
    fitting = [edge for edge in edges if abs(edge) <= most]
    unscaled = st.one_of(st.sampled_from(fitting), st.integers(-300, 300), st.integers(-most, most))
    return unscaled.map(lambda number: _fixed(number, scale))


def json_numbers(field: Field) -> st.SearchStrategy[Any]:
    """JSON numbers of at most 15 digits that a decimal field may hold; whole ones with a fraction or without."""
    precision, scale = field.precision or 0, field.scale or 0
    most = 10 ** min(precision, 15) - 1
    unscaled = st.one_of(st.integers(-300, 300), st.integers(-most, most))
    doubles = unscaled.map(lambda number: float(_fixed(number, scale)))
    return doubles.flatmap(lambda one: st.sampled_from([one, int(one)]) if one.is_integer() else st.just(one))


def _fixed(unscaled: int, scale: int) -> str:
    return format(Decimal((unscaled < 0, tuple(map(int, str(abs(unscaled)))), -scale)), "f")


def _instants(field: Field) -> st.SearchStrategy[str]:
    drawn = st.datetimes(timezones=st.just(timezone.utc)).map(lambda moment: _written(moment, field.precision or 3))
    pool = st.sampled_from(_INSTANTS)
    if field.precision == 6:
        pool = st.one_of(pool.map(lambda text: text[:-1] + "000Z"), pool.map(lambda text: text[:-1] + "001Z"))
    return st.one_of(pool, drawn)


def _written(moment: datetime, precision: int) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds")[: 20 + precision] + "Z"


def _days(field: Field) -> st.SearchStrategy[str]:
    return st.one_of(st.sampled_from(_DAYS), st.dates().map(lambda day: day.isoformat()))


def _other_zone(field: Field) -> st.SearchStrategy[str]:
    minutes = st.sampled_from((0, 60, -300, 330, -1439, 1439))
    return st.tuples(_instants(field), minutes).map(lambda pair: _shifted(*pair))


def _shifted(text: str, minutes: int) -> str:
    moment = datetime.fromisoformat(text.removesuffix("Z") + "+00:00")
    try:
        return moment.astimezone(timezone(timedelta(minutes=minutes))).isoformat()
    except OverflowError:
        return text


_STORED: Mapping[FieldType, Callable[[Field], st.SearchStrategy[Any]]] = {
    FieldType.STRING: _strings,
    FieldType.INTEGER: _integers,
    FieldType.BOOLEAN: lambda field: st.booleans(),
    FieldType.DECIMAL: _decimals,
    FieldType.DOUBLE: _doubles,
    FieldType.DATE: _days,
    FieldType.DATE_TIME: _instants,
    FieldType.GUID: lambda field: st.one_of(st.sampled_from(_GUIDS), st.uuids().map(str)),
    FieldType.OBJECT_REF: _integers,
}

_NEAR: Mapping[FieldType, Callable[[Field], st.SearchStrategy[Any]]] = {
    FieldType.STRING: _strings,
    FieldType.BOOLEAN: lambda field: st.booleans(),
    FieldType.DATE: _days,
    FieldType.OBJECT_REF: lambda field: _integers(field).map(_other_integer),
    FieldType.INTEGER: lambda field: _integers(field).map(_other_integer),
    FieldType.DOUBLE: lambda field: st.one_of(st.integers(-(2**53), 2**53), _large_doubles()),
    FieldType.DECIMAL: lambda field: _decimals(field).map(lambda text: text.rstrip("0").rstrip(".") or "0"),
    FieldType.DATE_TIME: _other_zone,
    FieldType.GUID: lambda field: st.sampled_from(_GUIDS).map(lambda text: "urn:uuid:" + text.upper()),
}
