"""Values of the callers' own classes, whose methods raise, in schemas, records, criteria and searches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

import criteria
from criteria import Field, FieldType, Schema
from tests.memory.garbage import raising
from tests.parsing.outcome import refused

_SCHEMA = Schema(
    "thing",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        *(Field(kind.value, kind) for kind in FieldType if kind is not FieldType.OBJECT_REF),
        Field("owner", "objectRef", object_entity_type="thing"),
        Field("list", "string", is_list=True),
        Field("inner.name", "string"),
    ],
    system_properties=False,
)
_FOREIGN = [
    raising(str)("a"), raising(str)("2024-01-01"), raising(str)("2024-01-01T00:00:00Z"), raising(str)("\u00e9"),
    raising(str)("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), raising(bytes)(b"{}"), raising(int)(1), raising(int)(2**70),
    raising(float)(1.5), raising(float)("nan"), raising(Decimal)("1.5"), raising(Decimal)("sNaN"), Decimal("sNaN"),
    Decimal("NaN"), raising(dict)(objectId=1), raising(list)([1]), raising(tuple)((1,)), raising(set)({1}),
    raising(date)(2024, 1, 1), raising(datetime)(2024, 1, 1),
]  # fmt: skip


def _calls(value: Any) -> Iterator[Callable[[], Any]]:
    """Calls with a value in every place of an input."""
    for record in ({one.name: value} for one in _SCHEMA.fields):
        for given in (record, raising(dict)(record), {**record, "inner": {"name": value}}, {"list": [value]}):
            yield partial(_SCHEMA.decode, {"id": 1, **dict(dict.items(given))})
            yield partial(_SCHEMA.decode, given)
            yield partial(_SCHEMA.encode, given)
        yield partial(criteria.parse, record, _SCHEMA)
        yield partial(criteria.parse, record)
    for convert in (_SCHEMA.decode, _SCHEMA.encode):
        yield partial(convert, value)
        yield partial(convert, {"id": 1, "inner": value})
    yield partial(criteria.parse, value, _SCHEMA)
    yield partial(criteria.parse_order_by, value, _SCHEMA)
    yield partial(criteria.parse_search, value, _SCHEMA)
    for name in ("query", "orderBy", "limit", "skip", "getTotalCount", "resolve", "other"):
        yield partial(criteria.parse_search, {name: value}, _SCHEMA)
        yield partial(criteria.parse_search, raising(dict)({name: value}), _SCHEMA)
    yield partial(Schema.from_json, value)
    for name in ("name", "fields", "customProperties", "systemProperties", "maxLimit", "other"):
        yield partial(Schema.from_json, raising(dict)({"name": "thing", "fields": [], name: value}))
    for name in ("name", "fieldType", "description", "isList", "column", "precision", "scale", "collation", "other"):
        field = raising(dict)({"name": "amount", "fieldType": "decimal", name: value})
        yield partial(Schema.from_json, {"name": "thing", "fields": raising(list)([field])})


@pytest.mark.parametrize(
    "number", range(len(_FOREIGN)), ids=lambda number: f"{type(_FOREIGN[number]).__name__}{number}"
)
def test_no_exception_of_a_callers_class_leaves_the_library(number: int) -> None:
    """What is given to schemas, parsers and searches may be of a class whose methods raise: it is read or refused."""
    for call in _calls(_FOREIGN[number]):
        refused(call)


def test_values_of_subclasses_are_read_as_plain_ones() -> None:
    """A value whose class raises has the meaning of the plain value."""
    record = {"id": 1, "string": "a", "integer": 2, "double": 1.5, "decimal": Decimal("1.5"), "date": "2024-01-01"}
    foreign = raising(dict)({name: raising(type(value))(value) for name, value in record.items()})
    decoded = _SCHEMA.decode(foreign)
    assert decoded == _SCHEMA.decode(record)
    assert {type(value) for value in decoded.values()} == {str, int, float, Decimal, date}
    assert criteria.parse(raising(str)('{"id": 1}'), _SCHEMA) == criteria.parse({"id": 1}, _SCHEMA)
    assert criteria.parse_order_by(raising(str)("id desc"), _SCHEMA) == criteria.parse_order_by("id desc", _SCHEMA)
    assert criteria.parse_search({"limit": raising(str)("5")}, _SCHEMA).limit == 5


def test_a_signaling_nan_is_not_a_double() -> None:
    """A NaN that raises when it is converted is refused like the other one."""
    for text in ("NaN", "sNaN"):
        problems = refused(partial(_SCHEMA.decode, {"id": 1, "double": Decimal(text)}))
        assert [(one.code, one.pointer) for one in problems] == [("invalid_record", "/double")]
