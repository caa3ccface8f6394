"""Records of a schema: from JSON to Python values and back."""

from __future__ import annotations

import copy
import json
from collections import UserDict
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import partial
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criteria import Field, Schema
from criteria.conformance import schemas
from criteria.conformance.strategies import records
from tests.parsing.arbitrary import FEWER
from tests.parsing.outcome import refused

CASES = st.sampled_from(list(schemas.ALL.values())).flatmap(lambda schema: st.tuples(st.just(schema), records(schema)))


@FEWER
@given(case=CASES)
def test_encode_is_the_inverse_of_decode(case: tuple[Schema, list[dict[str, Any]]]) -> None:
    """A canonical JSON record that is decoded and encoded is itself again, and so is the typed one."""
    schema, rows = case
    for row in rows:
        before = copy.deepcopy(row)
        typed = schema.decode(row)
        assert row == before
        canonical = schema.encode(typed)
        assert schema.encode(schema.decode(canonical)) == canonical
        assert schema.decode(canonical) == typed
        assert canonical == row or _numbers(row)


def _numbers(row: dict[str, Any]) -> bool:
    """Whether a record has nested objects, where decimals may be numbers, which are not canonical."""
    elements = (element for value in row.values() for element in (value if isinstance(value, list) else [value]))
    return any(isinstance(element, dict) for element in elements)


def test_a_number_as_a_decimal_in_a_list_of_objects_is_encoded_as_text() -> None:
    """The canonical form of a decimal is text, however deep it was given as a number."""
    schema = schemas.ALL["objects"]
    typed = schema.decode({"id": 1, "items": [{"p": {"decimal": 1e-10}}]})
    canonical = schema.encode(typed)
    assert canonical["items"][0]["p"]["decimal"] == "0.0000000001"
    assert schema.decode(canonical) == typed


@FEWER
@given(case=CASES)
def test_encoded_records_are_json(case: tuple[Schema, list[dict[str, Any]]]) -> None:
    """What encode gives can be written as JSON, read again and decoded to the same record."""
    schema, rows = case
    for row in rows:
        typed = schema.decode(row)
        assert schema.decode(json.loads(json.dumps(schema.encode(typed)))) == typed


USERS = Schema(
    "user",
    [
        Field("name", "string", nullable=False),
        Field("age", "integer"),
        Field("active", "boolean"),
        Field("price", "decimal", precision=5, scale=2),
        Field("height", "double"),
        Field("at", "dateTime"),
        Field("at6", "dateTime", precision=6),
        Field("key", "guid"),
        Field("owner", "objectRef", object_entity_type="user"),
        Field("tags", "string", is_list=True),
        Field("owners", "objectRef", object_entity_type="user", is_list=True),
        Field("p.n", "integer"),
        Field("p.q.at", "dateTime"),
        Field("required.n", "integer", nullable=False),
    ],
    system_properties=False,
)
WHOLE = {"name": "Ann", "required": {"n": 1}}
PLUS_FIVE = timezone(timedelta(hours=5))


@pytest.mark.parametrize(
    ("value", "typed", "canonical"),
    [
        ({"price": "1.5"}, {"price": Decimal("1.50")}, {"price": "1.50"}),
        ({"price": 1.5}, {"price": Decimal("1.50")}, {"price": "1.50"}),
        ({"price": "-0"}, {"price": Decimal("0.00")}, {"price": "0.00"}),
        ({"age": 2.0}, {"age": 2}, {"age": 2}),
        ({"height": 2}, {"height": 2.0}, {"height": 2.0}),
        ({"at": "2024-01-01T05:00:00+05:00"}, {"at": datetime(2024, 1, 1, tzinfo=timezone.utc)},
         {"at": "2024-01-01T00:00:00.000Z"}),
        ({"at6": "2024-01-01T00:00:00.000001Z"}, {"at6": datetime(2024, 1, 1, 0, 0, 0, 1, timezone.utc)},
         {"at6": "2024-01-01T00:00:00.000001Z"}),
        ({"key": "6BA7B810-9DAD-11D1-80B4-00C04FD430C8"}, {"key": UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")},
         {"key": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}),
        ({"owner": {"objectId": 7, "email": "x"}}, {"owner": 7}, {"owner": 7}),
        ({"owners": [{"objectId": 7}, 8, None]}, {"owners": [7, 8, None]}, {"owners": [7, 8, None]}),
        ({"tags": []}, {"tags": []}, {"tags": []}),
        ({"tags": None, "p": None}, {"tags": None, "p": None}, {"tags": None, "p": None}),
        ({"p": {"q": {"at": "2024-01-01T00:00:00Z"}}}, {"p": {"q": {"at": datetime(2024, 1, 1, tzinfo=timezone.utc)}}},
         {"p": {"q": {"at": "2024-01-01T00:00:00.000Z"}}}),
        ({"other": {"x": 1}, "p": {"more": 2}}, {"other": {"x": 1}, "p": {"more": 2}},
         {"other": {"x": 1}, "p": {"more": 2}}),
    ],
)  # fmt: skip
def test_spellings(value: dict[str, Any], typed: dict[str, Any], canonical: dict[str, Any]) -> None:
    """Every spelling of a value is decoded to the same value, which has one spelling; other keys stay as they are."""
    assert USERS.decode({**WHOLE, **value}) == {**WHOLE, **typed}
    assert USERS.encode({**WHOLE, **typed}) == {**WHOLE, **canonical}


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ({"price": 1}, {"price": "1.00"}),
        ({"age": Decimal(5)}, {"age": 5}),
        ({"age": 5.0}, {"age": 5}),
        ({"at": datetime(2024, 1, 1, 5, tzinfo=PLUS_FIVE)}, {"at": "2024-01-01T00:00:00.000Z"}),
        ({"tags": ("a", "b")}, {"tags": ["a", "b"]}),
        ({"tags": {"a"}}, {"tags": ["a"]}),
        ({"tags": frozenset({"a"})}, {"tags": ["a"]}),
        ({"owner": 5}, {"owner": 5}),
    ],
)
def test_python_values_of_other_classes(typed: dict[str, Any], canonical: dict[str, Any]) -> None:
    """encode takes a number, an instant or a collection of any class that says the same value."""
    assert USERS.encode({**WHOLE, **typed}) == {**WHOLE, **canonical}


@pytest.mark.parametrize("kind", [UserDict, MappingProxyType])
def test_records_that_are_mappings(kind: Any) -> None:
    """A record, and an object in it, may be any mapping; what comes back is made of dicts."""
    record = kind({"name": "Ann", "required": kind({"n": 1}), "p": kind({"n": 2})})
    assert USERS.decode(record) == {"name": "Ann", "required": {"n": 1}, "p": {"n": 2}}


NAIVE = datetime(2024, 1, 1)
WRONG: list[tuple[dict[str, Any], list[str]]] = [
    ({"name": None}, ["/name"]),
    ({"age": "1"}, ["/age"]),
    ({"age": True}, ["/age"]),
    ({"age": 1.5}, ["/age"]),
    ({"age": 2**63}, ["/age"]),
    ({"active": 1}, ["/active"]),
    ({"name": 5}, ["/name"]),
    ({"name": "a\0"}, ["/name"]),
    ({"name": "\ud800"}, ["/name"]),
    ({"height": "1.5"}, ["/height"]),
    ({"height": 2**53 + 1}, ["/height"]),
    ({"height": float("nan")}, ["/height"]),
    ({"height": float("inf")}, ["/height"]),
    ({"owner": {}}, ["/owner"]),
    ({"owner": {"id": 1}}, ["/owner"]),
    ({"owner": "5"}, ["/owner"]),
    ({"tags": "a"}, ["/tags"]),
    ({"tags": {"a": 1}}, ["/tags"]),
    ({"tags": ["a", 5, None, "b", True]}, ["/tags/1", "/tags/4"]),
    ({"owners": [1, {"objectId": "x"}]}, ["/owners/1"]),
    ({"p": {"n": "x", "q": {"at": "y"}}}, ["/p/n", "/p/q/at"]),
    ({"p": {"q": "y"}}, ["/p/q"]),
    ({"age": "x", "tags": [1], "p": {"n": "x"}}, ["/age", "/p/n", "/tags/0"]),
    ({"required": {"n": None}}, ["/required/n"]),
    ({"required": {}}, ["/required/n"]),
]
WRONG_JSON: list[tuple[dict[str, Any], list[str]]] = [
    ({"price": "1000.00"}, ["/price"]),
    ({"price": "1.001"}, ["/price"]),
    ({"price": "x"}, ["/price"]),
    ({"at": "2024-01-01"}, ["/at"]),
    ({"at": "2024-01-01T00:00:00.0001Z"}, ["/at"]),
    ({"key": "x"}, ["/key"]),
]
WRONG_TYPED: list[tuple[dict[str, Any], list[str]]] = [
    ({"price": Decimal("1000")}, ["/price"]),
    ({"price": Decimal("1.001")}, ["/price"]),
    ({"price": Decimal("NaN")}, ["/price"]),
    ({"price": Decimal("sNaN")}, ["/price"]),
    ({"price": 1.5}, ["/price"]),
    ({"price": "1.50"}, ["/price"]),
    ({"at": NAIVE}, ["/at"]),
    ({"at": "2024-01-01T00:00:00Z"}, ["/at"]),
    ({"at": datetime(2024, 1, 1, microsecond=1, tzinfo=timezone.utc)}, ["/at"]),
    ({"at": datetime.min.replace(tzinfo=PLUS_FIVE)}, ["/at"]),
    ({"key": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}, ["/key"]),
]


@pytest.mark.parametrize(("value", "pointers"), WRONG + WRONG_JSON)
def test_json_records_that_do_not_conform(value: dict[str, Any], pointers: list[str]) -> None:
    """decode refuses a record with a problem at each value that does not conform."""
    check_refused(USERS.decode, {**WHOLE, **value}, pointers)


@pytest.mark.parametrize(("value", "pointers"), WRONG + WRONG_TYPED)
def test_typed_records_that_do_not_conform(value: dict[str, Any], pointers: list[str]) -> None:
    """encode refuses a record with a problem at each value that does not conform."""
    check_refused(USERS.encode, {**WHOLE, **value}, pointers)


@pytest.mark.parametrize("value", [5, [], "n"])
def test_a_value_in_the_place_of_an_object_is_one_problem(value: Any) -> None:
    """A value where an object should be has one problem, however many fields the object has."""
    for convert in (USERS.decode, USERS.encode):
        check_refused(convert, {**WHOLE, "p": value}, ["/p"])


def check_refused(convert: Any, record: Any, pointers: list[str]) -> None:
    """A conversion refuses a record at these pointers."""
    before = copy.deepcopy(record)
    found = refused(lambda: convert(record))
    assert isinstance(found, tuple), found
    assert sorted(one.pointer for one in found) == pointers
    assert {one.code for one in found} == {"invalid_record"}
    assert repr(record) == repr(before)


def test_problems_are_in_the_order_of_the_fields() -> None:
    """Whether a value is missing or wrong. With too many problems, the first ones are those of the first fields."""
    fields = [Field(f"f{number}", "integer", nullable=number % 2 == 1) for number in range(300)]
    schema = Schema("wide", fields, system_properties=False)
    wrong = {one.name: "x" for one in fields[1::2]}
    for convert in (schema.decode, schema.encode):
        found = refused(partial(convert, wrong))
        assert [one.pointer for one in found[:100]] == [f"/{one.name}" for one in fields[:100]]


@pytest.mark.parametrize("record", [{"name": "Ann"}, {"name": "Ann", "required": None}, {}])
def test_fields_that_must_not_be_missing(record: dict[str, Any]) -> None:
    """A field that is not nullable must have a value, also when the object that should hold it is missing."""
    for convert in (USERS.decode, USERS.encode):
        expected = {"/name"} - ({"/name"} if "name" in record else set()) | (
            {"/required/n"} if not record.get("required") else set()
        )
        found = refused(lambda: convert(record))  # noqa: B023
        assert isinstance(found, tuple), found
        assert {one.pointer for one in found} == expected


@pytest.mark.parametrize("record", [None, 5, "name", [("name", "Ann")], object()])
def test_records_must_be_mappings(record: Any) -> None:
    """Anything but a mapping is refused as a record."""
    for convert in (USERS.decode, USERS.encode):
        assert [(one.code, one.pointer) for one in refused(lambda: convert(record))] == [("invalid_record", "")]  # noqa: B023
