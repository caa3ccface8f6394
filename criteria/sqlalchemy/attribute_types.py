"""Which field a SQLAlchemy type makes, or why it makes none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from sqlalchemy import types

from criteria.backends.sql.fit import Unfit
from criteria.messages import shown_type
from criteria.schema.field import MAX_DIGITS, FieldType

NAIVE = frozenset({None, "utc"})
"""The values of the option `naive`."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Why an attribute cannot be a field, if the library has no field for its type."""

    reason: str
    hint: str = "Leave it out."


@dataclass(frozen=True, slots=True)
class Held:
    """What a column of a type holds: the arguments of `Field`, and what an Enum stores for each value of the field."""

    type: Any
    field_type: FieldType
    options: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, str] | None = None


Reading = Held | Unfit | LeftOut

_TYPE = "Give it one, as in func.upper(name, type_=String), or leave it out."
_DECLARE = 'Name the field type that it holds in types, as in types={"attribute": "string"}, or exclude it.'


def read(kind: Any, naive: str | None) -> Reading:
    """Which field a type makes."""
    kind = _undecorated(kind)
    if isinstance(kind, types.TypeDecorator):
        return _decorated(kind)
    if isinstance(kind, types.Enum):
        return _enumerated(kind)
    if isinstance(kind, types.ARRAY):
        return _array(kind, naive)
    if isinstance(kind, types.DateTime):
        return _date_time(kind, naive)
    if isinstance(kind, types.Numeric) and not isinstance(kind, types.Float):  # Float extends it in SQLAlchemy 2.0
        return Held(kind, FieldType.DECIMAL, _sizes(kind))
    for known, field_type in _PLAIN.items():
        if isinstance(kind, known):
            return _plain(kind, field_type)
    if isinstance(kind, types.JSON):
        return LeftOut("holds JSON", 'Name the fields in it, as in json={"attribute": [Field("theme", "string")]}.')
    if isinstance(kind, types.NullType):
        return LeftOut("has no type: SQLAlchemy does not know that of most functions", _TYPE)
    return LeftOut(f"has the type {shown_type(repr(kind))}, for which there is no field")


def declared(kind: Any, field_type: FieldType, naive: str | None) -> Reading:
    """The field of a type for which the caller has named the field type."""
    impl = stored_type(kind)
    if isinstance(impl, types.Enum):
        labels = {label: label for label in impl.enums}
        return Held(impl, field_type, {"values": tuple(labels)}, labels)
    if isinstance(impl, types.DateTime) and field_type is FieldType.DATE_TIME:
        return _date_time(impl, naive)
    options: Mapping[str, Any] = {}
    if isinstance(impl, types.Numeric) and field_type is FieldType.DECIMAL:
        options = _sizes(impl)
    return Held(kind, field_type, options)


_PLAIN: Mapping[type, FieldType] = {
    types.Boolean: FieldType.BOOLEAN,
    types.Integer: FieldType.INTEGER,
    types.Float: FieldType.DOUBLE,
    types.Date: FieldType.DATE,
    types.Uuid: FieldType.GUID,
    types.String: FieldType.STRING,
}


def stored_type(kind: Any) -> Any:
    """The type below all decorators."""
    while isinstance(kind, types.TypeDecorator):
        kind = _decorated_type(kind)
    return kind


def sorted_type(kind: Any, dialect: str) -> Any:
    """The type that selects what a column of a type stores; None if objects have just that.

    Objects have other values where a decorator or an Enum makes them, and where numbers are rounded: SQLite stores
    decimals as doubles, whose further digits only SQL sees.
    """
    undecorated, stored = _undecorated(kind), stored_type(kind)
    if isinstance(stored, types.Float):
        return types.Float() if stored.asdecimal else None
    if isinstance(stored, types.Numeric):
        if dialect == "sqlite":
            return types.Float()
        return None if stored.asdecimal else types.Numeric(stored.precision, stored.scale)
    if _is_named_by_members(stored):
        return types.String()
    return stored if isinstance(undecorated, types.TypeDecorator) else None


def _is_named_by_members(kind: Any) -> bool:
    """Whether queries name the members of an Enum, because its values are not strings."""
    members = getattr(kind, "enum_class", None) or ()
    return not all(isinstance(member.value, str) for member in members)


def _decorated_type(kind: Any) -> Any:
    return kind.impl_instance if hasattr(kind, "impl_instance") else kind.impl


def _undecorated(kind: Any) -> Any:
    """The type below decorators that change only its DDL, as SQLModel's AutoString does."""
    while isinstance(kind, types.TypeDecorator) and not _converts(kind):
        kind = _decorated_type(kind)
    return kind


_CONVERSIONS = (
    "process_bind_param", "process_result_value", "process_literal_param", "bind_processor", "result_processor",
    "literal_processor", "bind_expression", "column_expression", "load_dialect_impl",
)  # fmt: skip


def _converts(kind: Any) -> bool:
    """Whether a decorator stores other values than its attribute has."""
    cls = type(kind)
    if cls.__module__.split(".")[0] == "sqlmodel":
        return False  # AutoString only gives VARCHAR a length
    return any(getattr(cls, name) is not getattr(types.TypeDecorator, name) for name in _CONVERSIONS)


def _decorated(kind: Any) -> Reading:
    if type(kind).__module__.split(".")[0] == "sqlalchemy":
        return LeftOut(f"has the type {shown_type(repr(kind))}, for which there is no field")
    return Unfit(f"has the type {type(kind).__name__}, which may store other values than the attribute has", _DECLARE)


def _enumerated(kind: Any) -> Reading:
    labels: dict[str, str] = {label: label for label in kind.enums}
    if kind.enum_class is not None and issubclass(kind.enum_class, Enum):
        members = list(kind.enum_class)
        if len(members) != len(kind.enums):
            return Unfit("is an Enum with aliases", _DECLARE)
        values = [member.value for member in members]
        if not all(isinstance(value, str) for value in values):
            hint = 'For queries that name the members, pass types={"attribute": "string"}. Otherwise exclude it.'
            return Unfit("is an Enum whose values are not strings, which is what queries name", hint)
        labels = {str.__str__(value): label for value, label in zip(values, kind.enums, strict=True)}
    is_renamed = any(value != label for value, label in labels.items())
    if is_renamed and not all(label.isidentifier() for label in labels.values()):
        return Unfit(
            "is an Enum whose members have names that are not identifiers", "Rename the members, or exclude it."
        )
    return Held(kind, FieldType.STRING, {"values": tuple(labels)}, labels)


def _array(kind: Any, naive: str | None) -> Reading:
    if kind.dimensions not in (None, 1) or isinstance(kind.item_type, types.ARRAY):
        return Unfit("is an array of arrays", "Exclude it.")
    element = read(kind.item_type, naive)
    if not isinstance(element, Held):
        return element
    if element.labels is not None:
        return Unfit("is an array of an Enum", "Exclude it, or use an array of strings.")
    return Held(kind, element.field_type, {**element.options, "is_list": True})


def _date_time(kind: Any, naive: str | None) -> Reading:
    if _has_own_format(kind):
        return Unfit("stores instants in a format of its own", "Exclude it.")
    if naive is None and not kind.timezone:
        hint = 'If it holds UTC, pass naive="utc". Otherwise exclude it: no other zone can be declared.'
        return Unfit("is a DateTime without a time zone", hint)
    zone = None if naive is None else "UTC"
    return Held(kind, FieldType.DATE_TIME, {"precision": 6, "time_zone": zone})


def _has_own_format(kind: Any) -> bool:
    """Whether a type of SQLite's dialect has a storage format other than the two that are compared as instants."""
    from sqlalchemy.dialects.sqlite import DATE, DATETIME

    if not isinstance(kind, (DATETIME, DATE)):
        return False
    usual = (DATETIME(), DATETIME(truncate_microseconds=True)) if isinstance(kind, DATETIME) else (DATE(),)
    return kind._storage_format not in {one._storage_format for one in usual}


def _sizes(kind: Any) -> Mapping[str, Any]:
    if kind.precision is None:
        return {}
    precision = min(max(kind.precision, 1), MAX_DIGITS)
    return {"precision": precision, "scale": min(kind.scale or 0, precision)}


_OTHER_TEXTS: Mapping[str, Reading] = {
    "CHAR": Unfit(
        "is CHAR, which pads texts with spaces on some engines", 'Use String, or declare types={...: "string"}.'
    ),
    "NCHAR": Unfit("is NCHAR, which pads texts with spaces on some engines", "Use String, or exclude it."),
    "SET": LeftOut("is a SET, several values in one text"),
}


def _plain(kind: Any, field_type: FieldType) -> Reading:
    if field_type is FieldType.STRING and kind.__visit_name__ in _OTHER_TEXTS:
        return _OTHER_TEXTS[kind.__visit_name__]
    if field_type is FieldType.DATE and _has_own_format(kind):
        return Unfit("stores days in a format of its own", "Exclude it.")
    return Held(kind, field_type)
