"""Schemas that records and criteria are generated for: every field type as a column, in lists and inside objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from criteria import Field, FieldType, ObjectList, Schema

_NEEDED: Mapping[FieldType, dict[str, Any]] = {
    FieldType.STRING: {},
    FieldType.INTEGER: {},
    FieldType.BOOLEAN: {},
    FieldType.DECIMAL: {"precision": 30, "scale": 10},
    FieldType.DOUBLE: {},
    FieldType.DATE: {},
    FieldType.DATE_TIME: {"precision": 3},
    FieldType.GUID: {},
    FieldType.OBJECT_REF: {"object_entity_type": "user"},
}
"""The attributes of a field of each type."""


def field_of(kind: FieldType, name: str, **attributes: Any) -> Field:
    """A field of a type, with what the type needs."""
    return Field(name, kind, **{**_NEEDED[kind], **attributes})


def _fields(prefix: str = "", suffix: str = "", **attributes: Any) -> list[Field]:
    """A field of every type. The table is total: tests/test_seams.py names a type that it lacks."""
    return [field_of(kind, f"{prefix}{kind.value}{suffix}", **attributes) for kind in _NEEDED]


KEY = Field("id", FieldType.INTEGER, is_unique=True, nullable=False)

SCALARS = Schema(
    "scalars",
    [
        KEY,
        *_fields(),
        Field("required", "string", nullable=False),
        Field("requiredDouble", "double", nullable=False),
        Field("cents", "decimal", precision=5, scale=2),
        Field("whole", "decimal", precision=34, scale=0),
        Field("fraction", "decimal", precision=20, scale=20),
        Field("renamed", "string", column="stored_elsewhere"),
    ],
    system_properties=False,
)
"""Every type as a column."""

LISTS = Schema(
    "lists",
    [KEY, *_fields(suffix="s", is_list=True), *_fields("p.", "s", is_list=True)],
    system_properties=False,
)
"""Every type as a list: a column, and inside a document."""

NESTED = Schema(
    "nested",
    [
        KEY,
        *_fields("p."),
        Field("p.inner.deep", "string"),
        Field("p.inner.amount", "decimal", precision=12, scale=3),
        Field("q.r.s", "integer", column="other_document"),
        Field("whole.n", "integer", nullable=False),
        Field("whole.d", "double", nullable=False),
        Field("whole.s", "string", nullable=False),
    ],
    custom_properties=[Field("age", "integer"), Field("joined", "dateTime")],
    system_properties=False,
)
"""Every type inside documents, and some that are never null there."""

HOSTILE_NAMES = Schema(
    "names",
    [
        KEY,
        *[Field(name, "string") for name in (
            'a" = 1 OR 1=1 --', "a` = 1 OR 1=1 --", "x'; DROP TABLE t; --", "First Name", "__class__", "__dict__",
            "%s", "%(p1)s",
            "?", ":p1", "select", "and", "k0", "c0", "record", "back\\slash", "a[0]", "\u00e9",
        )],
        *[Field(name, "string", is_list=True) for name in (
            "value", "type", "key", "json", "atom", "path", "root", "_list", "_each", "_item", "_holder", "each",
        )],
        Field("_value.value", "string"),
        Field("items.items", "string", is_list=True),
    ],
    system_properties=False,
)  # fmt: skip
"""Names that mean something to an engine, to generated code, or to the functions that the SQL uses."""

MICROSECONDS = Schema(
    "microseconds",
    [KEY, Field("at", "dateTime", precision=6), Field("ats", "dateTime", precision=6, is_list=True),
     Field("p.at", "dateTime", precision=6)],
    system_properties=False,
)  # fmt: skip
"""Instants finer than MongoDB keeps."""

KEYED = Schema(
    "keyed",
    [
        Field("id", "integer", nullable=False),
        Field("number", "integer", nullable=False),
        Field("tenant", "guid", nullable=False, column="tenant_id"),
        Field("code", "string", nullable=False),
        Field("guid", "guid"),
        Field("cents", "decimal", precision=5, scale=2),
    ],
    key=("tenant", "code", "number"),
    system_properties=False,
)
"""A key of several columns, one of them a guid."""

_DEEP = ObjectList("deep", [Field("n", "integer"), Field("s", "string"), Field("q.d", "double")])
_PARTS = ObjectList("parts", [*_fields(), _DEEP, Field("names", "string", is_list=True)])

OBJECTS = Schema(
    "objects",
    [
        KEY,
        Field("s", "string"),
        Field("p.n", "integer"),
        ObjectList("items", [*_fields(), *_fields("p."), *_fields(suffix="s", is_list=True), _PARTS]),
        ObjectList("p.lines", [Field("n", "integer"), Field("s", "string"), Field("q.n", "integer"), _DEEP]),
    ],
    system_properties=False,
)
"""Lists of objects as columns, inside documents and inside one another, with fields of every type."""

_STATES: Mapping[str, Any] = {"values": ("open", "paid", "Paid", "partly paid", "closed", "\u00e9", "%", "")}

LISTED = Schema(
    "listed",
    [
        KEY,
        Field("state", "string", **_STATES),
        Field("required", "string", nullable=False, **_STATES),
        Field("states", "string", is_list=True, **_STATES),
        Field("p.state", "string", **_STATES),
        Field("p.states", "string", is_list=True, **_STATES),
        ObjectList(
            "items", [Field("state", "string", **_STATES), Field("p.states", "string", is_list=True, **_STATES)]
        ),
    ],
    system_properties=False,
)
"""Strings that list their values, in an order that is not that of texts."""

ALL = {one.name: one for one in (SCALARS, LISTS, NESTED, HOSTILE_NAMES, MICROSECONDS, KEYED, OBJECTS, LISTED)}
