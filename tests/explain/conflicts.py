"""Queries rich in conflicts: few fields, few operands, and records whose values lie around those operands."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from criteria import Field, FieldType, Schema
from criteria.parsing.bind import ALLOWED
from criteria.tree.nodes import ORDERING, TEXT

_EVERY_TYPE = (
    Field("a", "integer"),
    Field("b", "boolean"),
    Field("s", "string"),
    Field("m", "decimal", precision=3, scale=1),
    Field("f", "double"),
    Field("d", "dateTime"),
    Field("day", "date"),
    Field("u", "dateTime", precision=6),
    Field("g", "guid"),
    Field("o", "objectRef", object_entity_type="user"),
)
_NEEDED = (
    Field("an", "integer", nullable=False),
    Field("bn", "boolean", nullable=False),
    Field("sn", "string", nullable=False),
    Field("p.an", "decimal", precision=2, scale=0, nullable=False),
)
_LISTS = tuple(Field(f"{name}l", field_type, is_list=True) for name, field_type in (
    ("a", "integer"), ("b", "boolean"), ("s", "string"), ("f", "double"), ("p.d", "dateTime"), ("day", "date"),
))  # fmt: skip

FIELDS = Schema("conflicts", (*_EVERY_TYPE, *_NEEDED, *_LISTS), system_properties=False)

_TEXTS = ("", "a", "b", "ab", "ba", "abc", "aab", "\U0010ffff", "a\U0010ffff", "\ud7ff", "\ue000", "ac")
_INSTANTS = ("2024-01-01T00:00:00.000Z", "2024-01-01T00:00:00.001Z", "2024-01-01T00:00:00.002Z",
             "0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z")  # fmt: skip
_DAYS = ("2024-02-28", "2024-02-29", "2024-03-01", "2023-12-31", "0001-01-01", "9999-12-31")

_POOLS: Mapping[FieldType, tuple[Any, ...]] = {
    FieldType.STRING: _TEXTS,
    FieldType.INTEGER: (0, 1, 2, 3, 5, -(2**63), 2**63 - 1),
    FieldType.BOOLEAN: (True, False),
    FieldType.DECIMAL: ("0", "1", "2", "99", "-99"),
    FieldType.DOUBLE: (0.0, -0.0, 1.0, math.nextafter(1.0, 2.0), -1.0, -2.5, 1.7976931348623157e308),
    FieldType.DATE: _DAYS,
    FieldType.DATE_TIME: _INSTANTS,
    FieldType.GUID: ("00000000-0000-0000-0000-000000000000", "6ba7b811-9dad-11d1-80b4-00c04fd430c8"),
    FieldType.OBJECT_REF: (0, 1, 2),
}  # fmt: skip
"""Operands of each type."""

_NEAR: Mapping[FieldType, tuple[Any, ...]] = {
    FieldType.STRING: ("aa", "c", "abcab", "\ud7ffx", "\uffff", "zabz", "\U0010ffffz", "bab"),
    FieldType.INTEGER: (-1, 4, 6, 2**63 - 2, 1 - 2**63),
    FieldType.BOOLEAN: (),
    FieldType.DECIMAL: ("3", "-1", "98", "7"),
    FieldType.DOUBLE: (math.nextafter(1.0, 0.0), 1.5, -1.0, -1.7976931348623157e308),
    FieldType.DATE: ("2024-02-27", "2024-03-02", "2024-01-01"),
    FieldType.DATE_TIME: ("2024-01-01T00:00:00.003Z", "2023-12-31T23:59:59.999Z"),
    FieldType.OBJECT_REF: (3, -1),
    FieldType.GUID: ("6ba7b811-9dad-11d1-80b4-00c04fd430c9",),
}
"""Values beside the operands."""

_FINER: Mapping[FieldType, tuple[Any, ...]] = {
    FieldType.DECIMAL: ("1.5", "0.1", "1.1", "-0.1"),
    FieldType.DATE_TIME: ("2024-01-01T00:00:00.000500Z", "2024-01-01T00:00:00.001001Z"),
}
"""Values for the fields of these types that have finer ones than others."""


def pool(field: Field) -> tuple[Any, ...]:
    """The operands of a field."""
    is_fine = field.scale if field.field_type is FieldType.DECIMAL else field.precision == 6
    return _POOLS[field.field_type] + (_FINER.get(field.field_type, ()) if is_fine else ())


def stored(field: Field) -> tuple[Any, ...]:
    """The values of a field: its operands, and those beside them."""
    return pool(field) + _NEAR[field.field_type]


def comparisons(field: Field) -> st.SearchStrategy[dict[str, Any]]:
    """Criteria of one comparison of a field, or of two operators on it."""
    values = st.sampled_from(pool(field))
    some = st.lists(values, max_size=3)
    found: list[st.SearchStrategy[Any]] = [
        values,
        st.none(),
        st.just({"$ne": None}),
        values.map(lambda value: {"$ne": value}),
        some.map(lambda chosen: {"$in": chosen}),
        some.map(lambda chosen: {"$nin": chosen}),
    ]
    allowed = ALLOWED[field.field_type]
    if allowed & ORDERING:
        names = sorted(operator.value for operator in allowed & ORDERING)
        one = st.tuples(st.sampled_from(names), values).map(lambda pair: {pair[0]: pair[1]})
        found += [one, one, st.tuples(one, one).map(lambda pair: {**pair[0], **pair[1]})]
    if allowed & TEXT:
        text = st.tuples(st.sampled_from(sorted(operator.value for operator in allowed & TEXT)), values)
        found += [text.map(lambda pair: {pair[0]: pair[1]})] * 3
    return st.one_of(found).map(lambda comparison: {field.name: comparison})


@st.composite
def queries(draw: st.DrawFn, fields: tuple[Field, ...] = FIELDS.fields, most: int = 3) -> dict[str, Any]:
    """Criteria on a few of the fields."""
    few = draw(st.lists(st.sampled_from(fields), min_size=1, max_size=most))
    return draw(st.recursive(st.sampled_from(few).flatmap(comparisons), _combined, max_leaves=8))


def _combined(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    groups = st.lists(inner, min_size=1, max_size=4)
    return st.one_of(
        groups.map(lambda terms: {"AND": terms}),
        groups.map(lambda terms: {"OR": terms}),
        inner.map(lambda term: {"NOT": term}),
        st.lists(inner, min_size=2, max_size=3).map(lambda terms: {key: one[key] for one in terms for key in one}),
    )


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    """A JSON record that conforms to the schema."""
    record: dict[str, Any] = {}
    for field in FIELDS.fields:
        values = st.sampled_from(stored(field))
        if field.is_list:
            value: Any = draw(st.one_of(st.none(), st.lists(st.one_of(values, st.none()), max_size=3)))
        else:
            value = draw(st.one_of(values, st.none()) if field.nullable else values)
        holder = record
        for segment in field.path[:-1]:
            holder = holder.setdefault(segment, {})
        holder[field.path[-1]] = value
    return record
