"""JSON text and the same JSON decoded give equal queries or the same problems."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import criteria
from criteria import Problem, Schema
from criteria.conformance import schemas
from criteria.limits import DEFAULT_LIMITS
from criteria.tree.nodes import Comparison
from tests.parsing.arbitrary import JSON, SCHEMAS, VALID, json_texts
from tests.parsing.outcome import outcome, places

SOME_SCHEMA = st.sampled_from(SCHEMAS)


@given(text=st.one_of(json_texts(), json_texts(VALID)), schema=SOME_SCHEMA, strict=st.booleans())
def test_text_and_decoded_json_agree(text: str, schema: Schema | None, strict: bool) -> None:
    """JSON text and what a JSON parser makes of it give equal queries, or problems of the same codes and pointers."""
    decoded = json.loads(text)
    assume(not isinstance(decoded, str))  # parse reads a string as text
    assert places(outcome(text, schema, strict=strict)) == places(outcome(decoded, schema, strict=strict))


@given(text=json_texts(st.one_of(JSON, VALID)), schema=SOME_SCHEMA)
def test_text_and_its_bytes_agree(text: str, schema: Schema | None) -> None:
    """A text and its UTF-8 bytes, with and without a byte order mark, give equal queries or equal problems."""
    found = outcome(text, schema)
    assert outcome(text.encode("utf-8", "surrogatepass"), schema) == found or "\ud800" in text
    assert outcome("\ufeff" + text, schema) == found
    if "\ud800" not in text:
        assert outcome(b"\xef\xbb\xbf" + text.encode(), schema) == found


@given(text=json_texts(st.one_of(JSON, VALID)), schema=SOME_SCHEMA)
def test_a_float_and_its_exact_number_agree(text: str, schema: Schema | None) -> None:
    """Numbers that were decoded to Decimal mean what they mean in the text."""
    decoded = json.loads(text, parse_float=Decimal)
    assume(not isinstance(decoded, str))  # parse reads a string as text
    assert places(outcome(decoded, schema)) == places(outcome(text, schema))


@given(source=VALID, schema=SOME_SCHEMA)
def test_problems_of_text_have_places_and_those_of_objects_have_none(source: Any, schema: Schema | None) -> None:
    """Every problem of a text has a line and a column; a decoded object has neither."""

    def have_places(found: object) -> set[bool]:
        return (
            {one.line is not None for one in found if isinstance(one, Problem)} if isinstance(found, tuple) else set()
        )

    assert have_places(outcome(json.dumps(source), schema)) <= {True}
    assert have_places(outcome(source, schema)) <= {False}


def check_agreement(source: Any, schema: Schema | None) -> None:
    """Checks that a source and its text agree."""
    assert places(outcome(json.dumps(source), schema)) == places(outcome(source, schema))


LARGE = [1e16, -1e16, 123456789e10, 1e18, 1e19, 1e22]
"""Floats of few digits, which keep the number that a text says exactly."""


@pytest.mark.parametrize("number", LARGE)
@pytest.mark.parametrize("name", ["double", "integer", "decimal"])
def test_large_whole_floats(name: str, number: float) -> None:
    """A float that keeps its number exactly means the same as that number in a text, however large it is."""
    for comparison in ({"$gt": number}, {"$in": [number, 1]}, {"$in": [number, 0.5]}):
        check_agreement({name: comparison}, schemas.SCALARS)
    check_agreement({name: {"$in": [number, 0.5]}}, None)


@pytest.mark.parametrize("number", [number for number in LARGE if abs(number) < 2**63])
def test_large_whole_floats_without_a_schema(number: float) -> None:
    """The same holds without a schema, where the literal gives the type."""
    for comparison in ({"$gt": number}, {"$in": [number, 1]}, number):
        check_agreement({"a": comparison}, None)


@pytest.mark.parametrize("text", ["9007199254740993.0", "-9007199254740993.0"])
@pytest.mark.parametrize("name", ["integer", "decimal"])
def test_the_float_2_53_may_have_been_another_number(name: str, text: str) -> None:
    """2^53 is the float of 2^53 + 1 too. One less is exact."""
    assert places(outcome(json.loads(f'{{"{name}": {text}}}'), schemas.SCALARS)) == {("out_of_range", f"/{name}")}
    assert outcome({name: float(2**53 - 1)}, schemas.SCALARS) == outcome({name: 2**53 - 1}, schemas.SCALARS)


@pytest.mark.parametrize("number", [0.1 + 0.2, 2 / 3, 1234567890.1234567])
def test_a_float_that_may_have_been_another_number(number: float) -> None:
    """A decoded float with more digits than floats keep is refused for a decimal: the text may have said another."""
    assert places(outcome({"decimal": number}, schemas.SCALARS)) == {("out_of_range", "/decimal")}


def test_the_decimal_context_of_the_caller_does_not_matter() -> None:
    """Numbers are read exactly, whatever precision and traps the caller's decimal context has."""
    from decimal import Context, FloatOperation, Inexact, Rounded, localcontext

    sources: list[Any] = [
        '{"decimal": "12345678901234567890.1234567891"}', '{"decimal": {"$in": [12345.678, 1E+10, -0.0]}}',
        '{"integer": {"$gt": 1.2345E4}, "double": {"$lt": 0.123456789}}', {"decimal": 12345.678, "double": 0.1234},
        '{"a": [1.5], "integer": 1.5, "decimal": 1e-30}', {"integer": 1e15, "x": Decimal("12345.678")},
    ]  # fmt: skip
    for schema in SCHEMAS[:2]:
        for source in sources:
            expected = outcome(source, schema)
            with localcontext(Context(prec=2, traps=[Inexact, Rounded, FloatOperation])):
                found = outcome(source, schema)
                assert found == expected
                if not isinstance(found, tuple):
                    assert found.to_json() == expected.to_json()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("9007199254740991.0", "integer", 2**53 - 1),
        ("9007199254740992.0", "integer", 2**53),
        ("-9.007199254740992e15", "integer", -(2**53)),
        ("9007199254740993.0", "integer", 2**53 + 1),
        ("9007199254740994.0", "double", 2.0**53 + 2),
        ("-9007199254740994.0", "double", -(2.0**53) - 2),
    ],
)
def test_where_literals_become_doubles(text: str, kind: str, value: object) -> None:
    """Up to 2^53 a whole number is an integer however it is written, also decoded; beyond it a float is a double."""
    sources: list[Any] = [f'{{"a": {text}}}']
    if float(text) == value:
        sources.append({"a": float(text)})
    for source in sources:
        leaf = criteria.parse(source).expression
        assert isinstance(leaf, Comparison)
        assert (leaf.field.field_type.value, leaf.value, type(leaf.value)) == (kind, value, type(value))


class _Object(dict[Any, Any]):
    """A dict of another class."""


class _List(list[Any]):
    """A list of another class."""


class _Text(str):
    """A string of another class."""

    __slots__ = ()


def _of_other_classes(decoded: Any, kind: type) -> Any:
    """The same JSON in objects, keys and strings of subclasses, and in lists of a kind."""
    if isinstance(decoded, dict):
        return _Object({_Text(key): _of_other_classes(value, kind) for key, value in decoded.items()})
    if isinstance(decoded, list):
        return kind([_of_other_classes(item, kind) for item in decoded])
    return _Text(decoded) if isinstance(decoded, str) else decoded


@pytest.mark.parametrize("kind", [list, tuple, _List])
@pytest.mark.parametrize(
    "source",
    [
        {"integer": {"$gt": 1, "$lt": 5}, "string": "a"},
        {"AND": [{"integer": 1}, {"NOT": {"string": {"$startsWith": "a"}}}], "OR": [{"boolean": True}, {"double": 1}]},
        {"string": {"$in": ["a", "b"]}, "integer": {"$nin": [1, 2]}, "guid": None},
        {"AND": [{"OR": [{"string": {"$in": []}}, {"NOT": {"AND": [{"integer": 3}, {"string": "b"}]}}]}]},
    ],
    ids=str,
)
@pytest.mark.parametrize("schema", [schemas.SCALARS, None], ids=["schema", "no schema"])
def test_objects_and_lists_of_other_classes(source: Any, kind: type, schema: Schema | None) -> None:
    """Subclasses of dict, list and str, and tuples, mean what the plain ones mean, wherever they are."""
    expected = criteria.parse(source, schema)
    assert criteria.parse(_of_other_classes(source, kind), schema) == expected
    for key, value in source.items():
        assert criteria.parse({**source, key: _of_other_classes(value, kind)}, schema) == expected


@pytest.mark.parametrize("kind", [list, tuple, _List])
def test_objects_and_lists_of_other_classes_have_the_same_limits(kind: type) -> None:
    """What is as deep as allowed is accepted in any class; one level more, or one value more, is refused in any."""
    for wrap, levels in ((lambda inner: {"NOT": inner}, 1), (lambda inner: {"AND": [inner]}, 2)):
        source: Any = {"integer": {"$gt": 1}} if levels == 1 else {"integer": 1, "NOT": {"string": "a"}}
        for _ in range((DEFAULT_LIMITS.nesting - 2) // levels):
            source = wrap(source)
        assert criteria.parse(_of_other_classes(source, kind)) == criteria.parse(source)
        deeper = {"NOT": source}
        assert places(outcome(_of_other_classes(deeper, kind))) == places(outcome(deeper))
        assert isinstance(outcome(deeper), tuple)
    long = {"integer": {"$in": list(range(1001))}}
    assert places(outcome(_of_other_classes(long, kind))) == {("too_many_values", "/integer/$in")}
