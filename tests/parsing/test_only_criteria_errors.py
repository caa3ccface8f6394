"""Any input gives a result or a CriteriaError with at least one problem, and never another exception."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

import criteria
from criteria import Schema
from criteria.conformance import schemas
from tests.parsing.arbitrary import BYTES, JSON, OBJECTS, SCHEMAS, TEXTS, VALID, json_texts, mutated
from tests.parsing.outcome import outcome, problems, refused

SOME_SCHEMA = st.sampled_from(SCHEMAS)


@given(source=JSON, schema=SOME_SCHEMA, strict=st.booleans())
def test_any_json_value(source: Any, schema: Schema | None, strict: bool) -> None:
    """Any decoded JSON value is a query or is refused."""
    outcome(source, schema, strict=strict)


@given(source=st.one_of(TEXTS, json_texts(), BYTES), schema=SOME_SCHEMA)
def test_any_text(source: str | bytes, schema: Schema | None) -> None:
    """Any text and any bytes, of whatever encoding, are a query or are refused."""
    outcome(source, schema)


@given(source=mutated(json_texts(VALID)), schema=SOME_SCHEMA)
def test_any_slip_of_the_pen(source: str, schema: Schema | None) -> None:
    """Criteria text with characters deleted, inserted or doubled is a query or is refused."""
    outcome(source, schema)


@given(source=OBJECTS, schema=SOME_SCHEMA, strict=st.booleans())
def test_any_python_value(source: Any, schema: Schema | None, strict: bool) -> None:
    """Any Python value, with cycles and with keys that are not strings, is a query or is refused."""
    outcome(source, schema, strict=strict)


class Unprintable:
    """An object that cannot be shown."""

    def __repr__(self) -> str:
        raise RuntimeError("no words for it")


@pytest.mark.parametrize(
    "source",
    [Unprintable(), {"integer": Unprintable()}, {"string": {"$in": [Unprintable()]}}],
    ids=["whole", "value", "in list"],
)
def test_objects_that_cannot_be_shown(source: Any) -> None:
    """An object whose repr raises is refused like any other that JSON cannot hold."""
    assert problems(source)
    assert problems(source, schemas.SCALARS)


@pytest.mark.parametrize("key", [Unprintable(), 10**5000], ids=["unprintable", "huge"])
def test_keys_that_cannot_be_shown(key: Any) -> None:
    """A key that Python cannot turn into text is refused like any other that is not a string."""
    sources: tuple[Any, ...] = ({key: 1}, {"integer": {key: 1}}, {"NOT": {key: {}}})
    for source in sources:
        assert {problem.code for problem in problems(source)} == {"not_json"}


@pytest.mark.parametrize("name", ["string", "integer", "boolean", "decimal", "double", "dateTime", "guid", "objectRef"])
def test_integers_that_python_does_not_print(name: str) -> None:
    """An integer of more digits than Python turns into text is refused for every type."""
    for number in (10**5000, -(10**5000)):
        assert problems({name: number}, schemas.SCALARS)
        assert problems({name: {"$in": [number]}}, schemas.SCALARS)


class BrokenList(list[Any]):
    """A list that cannot be read."""

    def __iter__(self) -> Any:
        raise RuntimeError("no elements")


class BrokenDict(dict[str, Any]):
    """A dict that cannot be read."""

    def items(self) -> Any:
        raise RuntimeError("no members")


@pytest.mark.parametrize("make", [lambda: BrokenList([{"a": 1}]), lambda: BrokenDict(a=1), lambda: Mock(spec=str),
                                  lambda: Mock(spec=dict), lambda: Mock(spec=list)])  # fmt: skip
def test_objects_that_cannot_be_read(make: Callable[[], Any]) -> None:
    """A container that raises when it is read, and an object that says it is of another class, are refused."""
    for source in ({"AND": make()}, {"integer": {"$in": make()}}, {"string": make()}, {"NOT": make()}, make()):
        assert problems(source)


@pytest.mark.parametrize("end", ["", " oops", ", oops}", ", NaN}", ', "b": [}', ', "b": "\u201d'])
def test_text_that_is_wrong_behind_a_repeated_key(end: str) -> None:
    """A text that repeats a key and then is not JSON is refused as invalid_json."""
    assert {problem.code for problem in problems('{"a": {"x": 1, "x": 2}' + end)} == {"invalid_json"}


def test_depth_behind_a_repeated_key() -> None:
    """A text that repeats a key and then nests too deep is refused."""
    assert problems('{"a": {"x": 1, "x": 2}, "b": ' + "[" * 100_000)


@given(text=st.one_of(TEXTS, st.text("name,descaGUID \t\n'\"()", max_size=30)), schema=st.sampled_from(SCHEMAS[1:]))
def test_any_order(text: str, schema: Schema) -> None:
    """Any text is an order or is refused."""
    assert isinstance(refused(lambda: criteria.parse_order_by(text, schema)), tuple)


@given(source=OBJECTS, schema=st.sampled_from(SCHEMAS[1:]))
def test_anything_as_an_order(source: Any, schema: Schema) -> None:
    """Anything but a text is refused as an order."""
    assert isinstance(refused(lambda: criteria.parse_order_by(source, schema)), tuple)


PARAMETERS = ("query", "orderBy", "limit", "skip", "getTotalCount", "resolve", "Limit", "q", "", 5, None)


@given(
    params=st.one_of(
        st.dictionaries(st.sampled_from(PARAMETERS), st.one_of(OBJECTS, TEXTS, BYTES), max_size=4), OBJECTS
    ),
    schema=st.sampled_from(SCHEMAS[1:]),
    strict=st.booleans(),
)
def test_any_parameters(params: Any, schema: Schema, strict: bool) -> None:
    """Any mapping, and anything that is none, is a search or is refused."""
    found = refused(lambda: criteria.parse_search(params, schema, strict=strict))
    assert isinstance(found, (criteria.Search, tuple))


@pytest.mark.parametrize(
    "params",
    [
        {10**5000: 1},
        {"limit": Unprintable()},
        {"limit": 10**5000},
        {"skip": -(10**5000)},
    ],
)
def test_parameters_that_cannot_be_shown(params: Any) -> None:
    """Parameters that Python cannot turn into text are refused."""
    assert refused(lambda: criteria.parse_search(params, schemas.SCALARS))[0].code


@given(source=st.one_of(JSON, OBJECTS, TEXTS, BYTES, json_texts()))
def test_anything_as_a_schema(source: Any) -> None:
    """Anything is a schema or is refused."""
    assert isinstance(refused(lambda: Schema.from_json(source)), (Schema, tuple))


SCHEMA_TEXT = json.dumps({
    "name": "user",
    "systemProperties": True,
    "maxLimit": 100,
    "fields": [
        {"name": "price", "fieldType": "decimal", "precision": 12, "scale": 2, "nullable": False},
        {"name": "owner", "fieldType": "objectRef", "objectEntityType": "user", "isList": True},
    ],
    "customProperties": [{"name": "age", "fieldType": "integer", "isUnique": True, "description": "years"}],
})  # fmt: skip


@given(source=mutated(st.just(SCHEMA_TEXT)))
def test_any_slip_in_a_schema(source: str) -> None:
    """Schema text with characters deleted, inserted or doubled is a schema or is refused."""
    assert isinstance(refused(lambda: Schema.from_json(source)), (Schema, tuple))


_ATTRIBUTES = ("name", "fieldType", "description", "objectEntityType", "isUnique", "isList", "nullable", "column",
               "precision", "scale", "collation", "x")  # fmt: skip
_FIELDS = st.lists(
    st.one_of(
        OBJECTS,
        st.dictionaries(
            st.sampled_from(_ATTRIBUTES),
            st.one_of(st.sampled_from(("string", "decimal", "dateTime", "objectRef", "a", "a.b", "binary")), OBJECTS),
            max_size=5,
        ),
    ),
    max_size=3,
)


@given(
    source=st.fixed_dictionaries(
        {"name": st.one_of(st.just("user"), OBJECTS)},
        optional={"fields": _FIELDS, "customProperties": _FIELDS, "systemProperties": OBJECTS, "maxLimit": OBJECTS},
    )
)
def test_any_object_as_a_schema(source: dict[str, Any]) -> None:
    """An object with the keys of a schema and any values is a schema or is refused."""
    assert isinstance(refused(lambda: Schema.from_json(source)), (Schema, tuple))


@given(record=st.one_of(OBJECTS, st.dictionaries(st.sampled_from(("id", "p", "q", "string", "decimals")), OBJECTS)),
       schema=st.sampled_from(list(schemas.ALL.values())))  # fmt: skip
def test_any_record(record: Any, schema: Schema) -> None:
    """Any record is decoded and encoded, or is refused."""
    assert isinstance(refused(lambda: schema.decode(record)), (dict, tuple))
    assert isinstance(refused(lambda: schema.encode(record)), (dict, tuple))


@pytest.mark.parametrize("value", [pytest.param(10**5000, id="huge"), pytest.param(Unprintable(), id="unprintable")])
def test_records_that_cannot_be_shown(value: Any) -> None:
    """A record with a value that Python cannot turn into text is refused for every type."""
    for field in schemas.SCALARS.fields:
        record = {"id": 1, "required": "a", "requiredDouble": 1.0, field.name: value}
        for convert in (schemas.SCALARS.decode, schemas.SCALARS.encode):
            assert [one.code for one in refused(lambda: convert(record))] == ["invalid_record"]  # noqa: B023


@pytest.mark.parametrize("schema", [schemas.SCALARS, None], ids=["schema", "no schema"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN"), Decimal("-Infinity"), 1j, b"a", {1}])
def test_values_that_json_does_not_have(value: Any, schema: Schema | None) -> None:
    """NaN, infinity and objects of Python are no JSON values, and each is refused at its place."""
    for source, pointer in (
        ({"double": value}, "/double"),
        ({"double": {"$gt": value}}, "/double/$gt"),
        ({"double": {"$in": [1, value]}}, "/double/$in/1"),
        ({"AND": [{"double": 1}, value]}, "/AND/1"),
    ):
        found = outcome(source, schema)
        assert isinstance(found, tuple)
        expected = "invalid_structure" if pointer == "/AND/1" else "not_json"
        assert [(one.code, one.pointer) for one in found] == [(expected, pointer)]


@pytest.mark.parametrize(
    "schema", ["x", 5, {"name": "x", "fields": []}, [], object()], ids=lambda one: type(one).__name__
)
@pytest.mark.parametrize("source", [{"a": 1}, '{"a": 1}', {"AND": [{"a": {"$in": [1, 2]}}]}], ids=str)
def test_what_is_no_schema(source: Any, schema: Any) -> None:
    """Criteria with something in the place of their schema are refused."""
    found = outcome(source, schema)
    assert isinstance(found, tuple)
    assert [one.code for one in found] == ["invalid_schema"]
