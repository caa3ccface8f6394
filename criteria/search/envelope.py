"""The response envelope of a page (docs/language.md#paging), with typed values in canonical form."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from criteria.errors import Listing, Path, Problem, Refusal, check_encodable, to_pointer
from criteria.messages import is_encodable, quoted
from criteria.schema.field import Field
from criteria.schema.schema import Schema
from criteria.values.canonical import date_time_text, json_value
from criteria.values.loading import in_utc, is_instance, is_object_id
from criteria.values.records import conforming

_MAX_DEPTH = 100
"""Levels of a record: those of a BSON document."""

_SMALL = 1 << 64
"""An integer that is closer to zero can always be written."""

_MAX_DECIMAL_LENGTH = 6_176
"""Digits of the longest Decimal128 when it is written without an exponent."""


def envelope(
    data: Sequence[Any], has_more_records: bool, total_count: int | None, schema: Schema | None
) -> dict[str, Any]:
    """The JSON object of a page.

    Raises `CriteriaError` with an `invalid_record` problem for each value that cannot be written.
    """
    fields = {field.path: field for field in schema.fields} if schema is not None else {}
    found: dict[str, Any] = {"apiStatusCode": "Success", "hasMoreRecords": has_more_records}
    if total_count is not None:
        found["totalCount"] = total_count
    columns = {} if schema is None else {field.column: field.name for field in schema.fields}
    writer = _Writer(fields, columns)
    found["data"] = [writer.converted(record, ("data", index)) for index, record in enumerate(data)]
    writer.problems.refuse()
    return found


class _Writer:
    """Makes JSON values of Python values, and collects the problems of those that cannot be written."""

    def __init__(self, fields: Mapping[tuple[str, ...], Field], columns: Mapping[str, str]) -> None:
        self.fields = fields
        self.columns = columns
        """The name of the field of each column."""
        self.problems = Listing()

    def converted(self, value: Any, path: Path) -> Any:
        """A value at a path as JSON. For a value that cannot be written it reports a problem and gives None."""
        is_mapping = type(value) is dict or is_instance(value, Mapping)
        try:
            if not is_mapping and not is_instance(value, list, tuple):
                return _scalar(self.field(path), value)
            if len(path) >= _MAX_DEPTH + 2:
                raise Refusal("too_deep", f"The record is nested deeper than {_MAX_DEPTH} levels.")
            inner = list(value.items() if is_mapping else value)
        except Refusal as refusal:
            return self.refused(refusal.message, path, self.renamed(path) or refusal.hinted(self.problems.hints))
        except Exception:  # a subclass may raise anything
            return self.refused(f"{quoted(value)} cannot be read.", path)
        if is_mapping:
            return self.members(inner, path)
        return [self.converted(item, (*path, index)) for index, item in enumerate(inner)]

    def members(self, members: list[tuple[Any, Any]], path: Path) -> dict[str, Any]:
        """The members of an object. Most of them are written as they are."""
        found: dict[str, Any] = {}
        for key, item in members:
            try:
                name = key if type(key) is str and key.isascii() else _text(key)
            except Refusal as refusal:
                self.refused(f"{refusal.message} It is a key.", path)
            else:
                is_plain = item is None or (type(item) is str and item.isascii()) or _is_plain(item)
                found[name] = item if is_plain else self.converted(item, (*path, name))
        return found

    def field(self, path: Path) -> Field | None:
        """The field of a value at a path, whose indexes are not part of the name."""
        return self.fields.get(tuple(step for step in path[2:] if isinstance(step, str)))

    def renamed(self, path: Path) -> str | None:
        """What to do for a value under the name of a column, where the declaration of its field is not seen."""
        column = path[2] if len(path) == 3 else None
        name = self.columns.get(column) if isinstance(column, str) else None
        if name is None or name == column or (column,) in self.fields:
            return None
        return f"The record has {quoted(column)}: name it {quoted(name)}, like the field."

    def refused(self, message: str, path: Path, hint: str | None = None) -> None:
        self.problems.report(Problem("invalid_record", message, to_pointer(path), hint=hint))


def _is_plain(value: Any) -> bool:
    """Whether a value is JSON, whatever its field is."""
    kind = type(value)
    if kind is str:
        return is_encodable(value)
    return value is None or kind is bool or (kind is int and -_SMALL < value < _SMALL)


def _scalar(field: Field | None, value: Any) -> Any:
    if value is None or value is True or value is False:
        return value
    if field is not None and is_instance(value, date, Decimal):
        return json_value(field, conforming(field, value))
    if is_instance(value, int):
        return _printable(int.__index__(value))
    if is_instance(value, UUID):
        return UUID.__str__(value)
    if is_object_id(value):
        return str(value)
    if is_instance(value, datetime):
        return _date_time(value)
    if is_instance(value, date):
        return date.isoformat(value)
    if is_instance(value, float) and math.isfinite(float.__float__(value)):
        return float.__float__(value)
    if is_instance(value, Decimal):
        return _decimal(Decimal(value))
    return _text(value)


def _printable(value: int) -> int:
    if -_SMALL < value < _SMALL:
        return value
    int.__repr__(value)  # raises for more digits than Python writes
    return value


def _decimal(value: Decimal) -> str:
    if not value.is_finite() or abs(value.adjusted()) > _MAX_DECIMAL_LENGTH:
        raise Refusal("out_of_range", f"{quoted(value)} is not a decimal that an engine can hold.")
    return format(value if value else value.copy_abs(), "f")


def _date_time(value: datetime) -> str:
    if value.tzinfo is None:
        hint = "If it is in UTC, pass value.replace(tzinfo=timezone.utc)."
        raise Refusal("type_mismatch", f"{quoted(value)} has no offset, so its instant is unknown.", hint)
    utc = in_utc(value)
    if utc is None:
        raise Refusal("out_of_range", f"{quoted(value)} is not an instant of the years 1 to 9999 in UTC.")
    return date_time_text(utc, 6 if utc.microsecond % 1000 else 3)


def _text(value: Any) -> str:
    if not is_instance(value, str):
        raise Refusal("not_json", f"JSON cannot hold {quoted(value)}, of class {type(value).__name__}.")
    text = str.__str__(value)
    if not text.isascii():
        check_encodable(text)
    return text
