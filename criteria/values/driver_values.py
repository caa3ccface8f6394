"""Reads what drivers return for the columns of a table: values as a typed record has them.

A reader never raises. What it cannot read, it returns as it is, which no comparison of the field's type is true of and
which is not empty.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

from criteria.schema.field import Field, FieldType
from criteria.values.loading import LISTS, is_instance, loader, member, single

Reader = Callable[[Any], Any]


def reader(field: Field, *, in_document: bool, may_be_text: bool, is_single: bool) -> Reader:
    """The function that reads the content of a field's column.

    - `in_document`: whether the column holds JSON. `may_be_text`: whether that may be its text.
    - `is_single`: whether the column holds floats of 32 bits.
    """
    if in_document:
        return _in_document(field, may_be_text)
    return _each(field, single if is_single else _READERS[field.field_type])


def _in_document(field: Field, may_be_text: bool) -> Reader:
    read = _each(field, loader(field, "canonical"))

    def of_document(content: Any) -> Any:
        value = _decoded(content) if may_be_text else content
        for segment in field.path[1:]:
            value = member(value, segment)
        return read(value)

    return of_document


def _decoded(content: Any) -> Any:
    """A document. Of repeated keys the last one counts, as where drivers decode it."""
    if not is_instance(content, str, bytes, bytearray):
        return content
    try:
        return json.loads(content)
    except MemoryError:
        raise
    except Exception:  # no JSON, or a subclass, which may raise anything
        return content


def _each(field: Field, read_one: Reader) -> Reader:
    """What reads a value, or each element of a list."""

    def read(value: Any) -> Any:
        try:
            found = None if value is None else read_one(value)
        except MemoryError:
            raise
        except Exception:  # another value, or a subclass, which may raise anything
            found = None
        return value if found is None else found

    def read_list(value: Any) -> Any:
        try:
            return [read(item) for item in value] if is_instance(value, *LISTS) else value
        except MemoryError:
            raise
        except Exception:  # a subclass may raise anything
            return value

    return read_list if field.is_list else read


def _as_it_is(value: Any) -> Any:
    return value


def _boolean(value: Any) -> bool | None:
    """SQLite and MySQL have numbers, and drivers return a BIT as a byte."""
    if is_instance(value, bytes):
        value = int.from_bytes(value, "big")
    return bool(value) if is_instance(value, bool, int) and value in (0, 1) else None


def _decimal(value: Any) -> Any:
    """SQLite has doubles, whose shortest digits are the decimal's, and texts."""
    if is_instance(value, float):
        return Decimal(repr(float(value)))
    return Decimal(value) if is_instance(value, str) and _DECIMAL.fullmatch(value) else value


_DECIMAL = re.compile(r"-?[0-9]+(?:\.[0-9]+)?", re.ASCII)


def _date(value: Any) -> Any:
    return date.fromisoformat(value) if is_instance(value, str) else value


def _date_time(value: Any) -> Any:
    """A time without a zone is in UTC: other columns without a zone fit no field."""
    if is_instance(value, str):
        return _instant(value)
    if is_instance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=timezone.utc)
    return value


_INSTANT = re.compile(
    r"(\d+)-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:Z|([+-])(\d\d)(?::?(\d\d))?(?::(\d\d))?)?", re.ASCII
)


def _instant(text: str) -> datetime | None:
    """An instant as text. So it is returned if its year in the session's time zone is before 1 or after 9999."""
    is_before_christ = "BC" in text
    found = _INSTANT.fullmatch(text.replace(" (BC)", "").removesuffix(" BC"))
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(found[at]) for at in range(1, 7))
    offset = timedelta(hours=int(found[9] or 0), minutes=int(found[10] or 0), seconds=int(found[11] or 0))
    year = 1 - year if is_before_christ else year
    beyond = 400 if year > 9000 else -400 if year < 1000 else 0  # the calendar repeats every 400 years
    local = datetime(year - beyond, month, day, hour, minute, second, int((found[7] or "0").ljust(6, "0")))
    utc = local + offset if found[8] == "-" else local - offset
    return utc.replace(year=utc.year + beyond, tzinfo=timezone.utc)


def _guid(value: Any) -> Any:
    if is_instance(value, str):
        return UUID(value) if len(value) in (32, 36) else None
    return UUID(bytes=bytes(value)) if is_instance(value, bytes, bytearray, memoryview) else value


_READERS: Mapping[FieldType, Reader] = {
    FieldType.STRING: _as_it_is,
    FieldType.INTEGER: _as_it_is,
    FieldType.BOOLEAN: _boolean,
    FieldType.DECIMAL: _decimal,
    FieldType.DOUBLE: _as_it_is,
    FieldType.DATE: _date,
    FieldType.DATE_TIME: _date_time,
    FieldType.GUID: _guid,
    FieldType.OBJECT_REF: _as_it_is,
}
"""How a value outside JSON is read."""
