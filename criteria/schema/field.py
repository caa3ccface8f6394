"""Field types and fields (docs/language.md#types, docs/language.md#names)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from criteria.errors import LONE_SURROGATE, CriteriaError, Problem
from criteria.messages import Hints, is_encodable, nearest_or_all, quoted
from criteria.schema.plain import without_subclass

Value = str | int | float | bool | Decimal | date | datetime | UUID
"""A typed value of an operand or a record. A `datetime` is aware, in operands in UTC; a `date` is a day."""


class FieldType(Enum):
    """The field types, by their names in schema files (docs/language.md#types)."""

    STRING = "string"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DECIMAL = "decimal"
    DOUBLE = "double"
    DATE = "date"
    DATE_TIME = "dateTime"
    GUID = "guid"
    OBJECT_REF = "objectRef"


MAX_DIGITS = 34
"""The maximum number of digits of a decimal: that of Decimal128, the narrowest decimal type of the engines."""

DEFAULT_PRECISION: Mapping[FieldType, int | None] = {
    FieldType.STRING: None,
    FieldType.INTEGER: None,
    FieldType.BOOLEAN: None,
    FieldType.DECIMAL: 30,
    FieldType.DOUBLE: None,
    FieldType.DATE: None,
    FieldType.DATE_TIME: 3,
    FieldType.GUID: None,
    FieldType.OBJECT_REF: None,
}
"""Digits of a decimal, fractional digits of a dateTime's seconds; None for types without a precision."""

DEFAULT_SCALE = 10

IS_ORDERED: Mapping[FieldType, bool] = {
    FieldType.STRING: True,
    FieldType.INTEGER: True,
    FieldType.BOOLEAN: True,
    FieldType.DECIMAL: True,
    FieldType.DOUBLE: True,
    FieldType.DATE: True,
    FieldType.DATE_TIME: True,
    FieldType.GUID: True,
    FieldType.OBJECT_REF: True,
}
"""Whether a field of the type can be a sort key (docs/language.md#orderby). Guids have the order of their text."""

MAX_CHARACTERS = 1000
"""The maximum length of a field name."""

TOO_LONG = f"A field name has at most {MAX_CHARACTERS} characters."

MAX_SEGMENTS = 8
SEGMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
CONTROL_CHARACTER = re.compile("[\x00-\x1f\x7f-\x9f]")
RESERVED_NAMES = frozenset({"AND", "OR", "NOT"})


class HashedOnce:
    """Caches the hash of an immutable value. The hash is not pickled: string hashes differ between processes."""

    __slots__ = ("_hash",)
    _hash: int

    def hashed_once(self, *parts: object) -> int:
        """The hash of the parts, which never change."""
        object.__setattr__(self, "_hash", hash(parts))
        return self._hash


@dataclass(frozen=True, slots=True, repr=False)
class Field(HashedOnce):
    """A field that queries may use: its name, its type and its column (docs/language.md#schema).

    - `name`: any field name (docs/language.md#names). One with dots is a path (docs/language.md#paths) into a JSON
      column, in MongoDB into a sub-document.
    - `field_type`: a `FieldType` or its name.
    - `description`: for people and tools; it does not change what queries select.
    - `object_entity_type`: the type that an objectRef refers to. It needs one, and other types have none.
    - `is_unique`: no two records have the same value. A unique field that is not nullable can end every order.
    - `is_list`: the value is a list of values of the type.
    - `nullable`: the value may be null or missing.
    - `column`: the column of the value; by default the name, of a path its first segment.
    - `precision`, `scale`: of a decimal, all its digits (1 to 34, default 30) and those after the point (default 10).
      `precision` of a dateTime: 3 (default) or 6 fractional digits of a second.
    - `collation`: `"binary"` says that the column compares strings by code point, so that SQL can use its index.
    - `values`: of a string, all values that it may have. Operands of equality and membership are among them.
    - `time_zone`: `"UTC"` says that dateTimes without a zone, as other programs store them, are in UTC.

    Raises `CriteriaError` (`invalid_schema`) with every wrong argument.
    """

    name: str
    field_type: FieldType
    description: str | None = None
    object_entity_type: str | None = None
    is_unique: bool = False
    is_list: bool = False
    nullable: bool = True
    column: str = ""
    precision: int | None = None
    scale: int | None = None
    collation: str | None = None
    time_zone: str | None = None
    values: tuple[str, ...] | None = None
    path: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __init__(
        self,
        name: str,
        field_type: FieldType | str,
        *,
        description: str | None = None,
        object_entity_type: str | None = None,
        is_unique: bool = False,
        is_list: bool = False,
        nullable: bool = True,
        column: str | None = None,
        precision: int | None = None,
        scale: int | None = None,
        collation: str | None = None,
        time_zone: str | None = None,
        values: Sequence[str] | None = None,
    ) -> None:
        given: dict[str, Any] = {
            "name": name, "field_type": _field_type(field_type), "description": description,
            "object_entity_type": object_entity_type, "is_unique": is_unique, "is_list": is_list, "nullable": nullable,
            "column": column, "precision": precision, "scale": scale, "collation": collation,
            "time_zone": time_zone, "values": tuple(values) if isinstance(values, (list, tuple)) else values,
        }  # fmt: skip
        problems = tuple(_faults(given))
        if problems:
            raise CriteriaError(*problems)
        given["path"] = path = tuple(name.split("."))
        given["column"] = path[0] if column is None else column
        if given["precision"] is None:
            given["precision"] = DEFAULT_PRECISION[given["field_type"]]
        if given["scale"] is None and given["field_type"] is FieldType.DECIMAL:
            given["scale"] = min(DEFAULT_SCALE, given["precision"])
        for key, value in given.items():
            object.__setattr__(self, key, value)

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            return self.hashed_once(self.name, self.field_type)

    @property
    def is_nested(self) -> bool:
        """Whether the name is a path into a JSON column."""
        return len(self.path) > 1

    @property
    def path_inside(self) -> tuple[str, ...]:
        """The path below what holds the value: the column, or the element of a list of objects."""
        return self.path[1:]

    @property
    def has_elements(self) -> bool:
        """Whether a comparison is one of the elements of a list: of a list field, and of a field that may hold one."""
        return self.is_list

    def __repr__(self) -> str:
        """The name, the type, and what is not the default."""
        defaults = {
            "is_unique": False, "is_list": False, "nullable": True, "column": self.path[0],
            "precision": DEFAULT_PRECISION[self.field_type],
            "scale": None if self.precision is None else min(DEFAULT_SCALE, self.precision),
        }  # fmt: skip
        differing = [
            f", {attribute}={_shown(getattr(self, attribute))}"
            for attribute in _KINDS
            if getattr(self, attribute) not in (None, defaults.get(attribute))
        ]
        return f"Field({_shown(self.name)}, {self.field_type.value}{''.join(differing)})"


class UndeclaredField(Field):
    """A field of a query without a schema: it has the type of the literal, and a record may hold a list there
    (docs/language.md#without-a-schema)."""

    __slots__ = ()

    @property
    def has_elements(self) -> bool:
        """Always: a value that is not a list is the only element."""
        return True


class ElementField(Field):
    """A field of the objects in a list: its value is inside an element (docs/language.md#lists-of-objects)."""

    __slots__ = ()

    @property
    def is_nested(self) -> bool:
        """Always."""
        return True

    @property
    def path_inside(self) -> tuple[str, ...]:
        """The whole path."""
        return self.path


def joined_too_long(name: str) -> str:
    """The message about a name that is too long once those of the objects around it are joined with it."""
    return f"A name with those of the objects around it is longer than {MAX_CHARACTERS:,} characters: {quoted(name)}."


def invalid_name(name: str) -> str | None:
    """Why a string cannot be a field name, or None when it can (docs/language.md#names)."""
    if not name:
        return "A field name has at least one character."
    if len(name) > MAX_CHARACTERS:
        return TOO_LONG
    if name.startswith("$"):
        return "A field name does not start with $."
    if name in RESERVED_NAMES:
        return "AND, OR and NOT are reserved."
    if CONTROL_CHARACTER.search(name):
        return "A field name has no control characters."
    if not is_encodable(name):
        return "A field name has no lone surrogates."
    if "." in name:
        segments = name.split(".")
        if len(segments) > MAX_SEGMENTS:
            return f"A path has at most {MAX_SEGMENTS} segments."
        if not all(map(SEGMENT.fullmatch, segments)):
            return "A name with dots is a path, and its segments hold only letters A-Z, digits and underscores."
    return None


def _field_type(value: FieldType | str) -> FieldType:
    if isinstance(value, FieldType):
        return value
    try:
        return FieldType(without_subclass(value) if isinstance(value, str) else None)
    except ValueError:
        known = [one.value for one in FieldType]
        foreign = _FOREIGN_TYPES.get(value.lower()) if isinstance(value, str) else None
        hint = foreign or nearest_or_all(value, known, "field types", Hints())
        raise CriteriaError(_invalid("fieldType", f"{quoted(value)} is not a field type.", hint)) from None


_FOREIGN_TYPES: Mapping[str, str] = {
    word: f'Did you mean "{name.value}"?'
    for name, words in {
        FieldType.STRING: "str text varchar char enum",
        FieldType.INTEGER: "int bigint smallint long int32 int64",
        FieldType.BOOLEAN: "bool",
        FieldType.DECIMAL: "numeric money",
        FieldType.DOUBLE: "float real float64 number",
        FieldType.DATE: "day",
        FieldType.DATE_TIME: "datetime timestamp timestamptz instant time",
        FieldType.GUID: "uuid",
        FieldType.OBJECT_REF: "reference ref foreignkey",
    }.items()
    for word in words.split()
} | {
    **dict.fromkeys(("list", "array"), 'Write the type of its elements, and "isList": true.'),
    **dict.fromkeys(("json", "jsonb"), 'Declare a field for each path into it, such as "city.name".'),
    "object": 'Declare a field for each path into it, such as "city.name". A list of objects is an ObjectList.',
}
"""Names of types elsewhere, in lower case, and what to write instead."""


def _invalid(key: str, message: str, hint: str | None = None) -> Problem:
    return Problem("invalid_schema", message, f"/{key}", hint=hint)


_MAX_SHOWN = 60


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 3] + "..."


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _are_texts(value: object) -> bool:
    if not isinstance(value, tuple) or not value or not all(isinstance(one, str) for one in value):
        return False
    return len(set(value)) == len(value) and all(is_encodable(one) and "\0" not in one for one in value)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_KINDS: Mapping[str, tuple[str, Callable[[object], bool], str]] = {
    "description": ("description", _is_text, "a string"),
    "object_entity_type": ("objectEntityType", _is_text, "a string"),
    "is_unique": ("isUnique", _is_flag, "true or false"),
    "is_list": ("isList", _is_flag, "true or false"),
    "nullable": ("nullable", _is_flag, "true or false"),
    "column": ("column", _is_text, "a string"),
    "precision": ("precision", _is_count, "a whole number"),
    "scale": ("scale", _is_count, "a whole number"),
    "collation": ("collation", _is_text, "a string"),
    "time_zone": ("timeZone", _is_text, "a string"),
    "values": ("values", _are_texts, "a list of one or more different strings"),
}
ATTRIBUTES = {key: attribute for attribute, (key, _, _) in _KINDS.items()}
"""Keys of the schema file, beside `name` and `fieldType`, with the attribute of `Field` that each one sets."""

_NEVER_NULL = {"is_unique", "is_list", "nullable"}


def _faults(given: Mapping[str, Any]) -> list[Problem]:
    """Every problem of the arguments of `Field`, at the keys of the schema file."""
    name = given["name"]
    if not isinstance(name, str):
        return [_invalid("name", f"{quoted(name)} is not a string.")]
    faults = [
        _invalid(key, f"{quoted(given[attribute])} is not {expected}.")
        for attribute, (key, fits, expected) in _KINDS.items()
        if not fits(given[attribute]) and (given[attribute] is not None or attribute in _NEVER_NULL)
    ]
    faults += [
        _invalid(_KINDS[attribute][0], LONE_SURROGATE)
        for attribute in ("description", "object_entity_type")
        if isinstance(given[attribute], str) and not is_encodable(given[attribute])
    ]
    wrong = invalid_name(name)
    if wrong:
        faults.append(_invalid("name", f"{quoted(name)} cannot be a field name. {wrong}"))
    return faults or _contradictions(given)


def _contradictions(given: Mapping[str, Any]) -> list[Problem]:
    """The problems of arguments that have the right classes but do not fit the type of the field."""
    kind, precision, scale = given["field_type"], given["precision"], given["scale"]
    faults = []
    if kind is FieldType.DECIMAL:
        digits = DEFAULT_PRECISION[kind] if precision is None else precision
        if digits is None or not 1 <= digits <= MAX_DIGITS:
            faults.append(_invalid("precision", f"A decimal has 1 to {MAX_DIGITS} digits."))
        elif scale is not None and not 0 <= scale <= digits:
            faults.append(_invalid("scale", f"The scale is between 0 and the precision, {digits}."))
    elif kind is FieldType.DATE_TIME:
        if precision not in (None, 3, 6):
            faults.append(_invalid("precision", "A dateTime has precision 3 or 6."))
    elif precision is not None:
        faults.append(_invalid("precision", "Only decimals and dateTimes have a precision."))
    if scale is not None and kind is not FieldType.DECIMAL:
        faults.append(_invalid("scale", "Only decimals have a scale."))
    if kind is FieldType.OBJECT_REF and not given["object_entity_type"]:
        hint = 'Add "objectEntityType" with the name of the other schema.'
        faults.append(_invalid("objectEntityType", "An objectRef names the type that it refers to.", hint))
    if kind is not FieldType.OBJECT_REF and given["object_entity_type"] is not None:
        faults.append(_invalid("objectEntityType", "Only an objectRef refers to a type."))
    if given["collation"] is not None and (given["collation"] != "binary" or kind is not FieldType.STRING):
        faults.append(_invalid("collation", 'The only collation is "binary", for strings.'))
    if given["time_zone"] is not None and kind is not FieldType.DATE_TIME:
        faults.append(_invalid("timeZone", "Only dateTimes have a time zone."))
    elif given["time_zone"] not in (None, "UTC"):
        hint = "Local times repeat when clocks change. Store instants in UTC, or query a view that converts them."
        faults.append(_invalid("timeZone", 'The only time zone to declare is "UTC".', hint))
    if given["values"] is not None and kind is not FieldType.STRING:
        faults.append(_invalid("values", "Only strings list their values."))
    column = given["column"]
    if column is not None and (invalid_name(column) or "." in column):
        faults.append(_invalid("column", f"{quoted(column)} cannot be a column name."))
    return faults
