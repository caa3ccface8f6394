"""records="json": decoded JSON, with values in any spelling that an operand may have."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import criteria
from criteria import CriteriaError, Field, Schema
from criteria.conformance import schemas
from criteria.conformance.strategies import operands
from tests.memory import garbage
from tests.parsing.outcome import outcome

FIELDS = [*schemas.SCALARS.fields, *schemas.MICROSECONDS.fields[1:2]]


def holds(schema: Schema, name: str, operand: Any, value: Any) -> bool:
    """What `{name: operand}` says of a JSON record, as a column, an element and inside a document."""
    field = schema.find(name)
    assert field is not None
    own = {"precision": field.precision, "scale": field.scale, "object_entity_type": field.object_entity_type}
    one = Schema("one", [Field("f", field.field_type, **own), Field("l", field.field_type, is_list=True, **own),  # type: ignore[arg-type]
                         Field("p.f", field.field_type, **own)], system_properties=False)  # type: ignore[arg-type]  # fmt: skip
    record = {"f": value, "l": [None, value], "p": {"f": value}}
    answers: set[bool] = set()
    for key in ("f", "l", "p.f"):
        predicate = criteria.compile(criteria.parse({key: operand}, one), "python", records="json")
        answers |= {predicate(record), predicate.filter([record]) == [record]}
    assert len(answers) == 1
    return answers.pop()


@given(data=st.data(), field=st.sampled_from(FIELDS))
def test_a_value_equals_its_operand(data: st.DataObject, field: Field) -> None:
    """What an operand may be, a record may hold: a value equals itself, in this spelling and in the canonical one. Only
    integers in strings are for operands alone."""
    operand = data.draw(operands(field))
    schema = schemas.SCALARS if schemas.SCALARS.find(field.name) == field else schemas.MICROSECONDS
    query = outcome({field.name: operand}, schema)
    assert not isinstance(query, tuple)
    canonical = query.to_json()[field.name]
    is_for_operands = isinstance(operand, str) and isinstance(canonical, int)
    for value in (canonical,) if is_for_operands else (operand, canonical):
        assert holds(schema, field.name, operand, value) is True
        assert holds(schema, field.name, canonical, value) is True


@pytest.mark.parametrize(
    ("name", "operand", "spellings"),
    [
        ("decimal", "1.5",
         ["1.5", "1.50", "1.5000000000", "15e-1", "0.15E+1", 1.5, Decimal("1.50"), "1.5000000000000"]),
        ("decimal", 0, ["0", "-0", "0.0", "-0.000", 0, -0.0, "0e99", "0E-99"]),
        ("decimal", 100, [100, 100.0, "100", "1e2", Decimal("1E+2")]),
        ("dateTime", "2024-01-01T00:00:00Z",
         ["2024-01-01T00:00:00Z", "2024-01-01t00:00:00z", "2024-01-01T00:00:00.000Z", "2024-01-01T05:30:00+05:30",
          "2023-12-31T19:00:00.0-05:00", "2024-01-01T00:00:00-00:00", "2024-01-01T00:00:00.000000000Z"]),
        ("guid", "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
         ["6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6BA7B810-9DAD-11D1-80B4-00C04FD430C8",
          "urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8", "urn:uuid:6BA7B810-9dad-11d1-80b4-00c04fd430c8"]),
        ("integer", 5, [5, 5.0, Decimal(5), Decimal("5.00")]),
        ("objectRef", 5, [5, 5.0, {"objectId": 5}, {"objectId": 5.0, "email": "x"}]),
        ("double", 0.5, [0.5, Decimal("0.5")]),
        ("double", 0.1, [0.1, Decimal("0.1"), Decimal("0.1000")]),
        ("double", 5, [5, 5.0, Decimal(5)]),
        ("boolean", True, [True]),
        ("string", "a", ["a"]),
    ],
)  # fmt: skip
def test_spellings(name: str, operand: Any, spellings: list[Any]) -> None:
    """All spellings of a value are that value."""
    for value in spellings:
        assert holds(schemas.SCALARS, name, operand, value) is True, value


@pytest.mark.parametrize("prefix", ["URN:UUID:", "Urn:Uuid:", "urn:UUID:"])
def test_guids_as_names_in_any_letters(prefix: str) -> None:
    """The letters of urn:uuid: may be capital (RFC 8141: they are equivalent), in operands and in records."""
    guid = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
    assert holds(schemas.SCALARS, "guid", guid, prefix + guid) is True
    assert holds(schemas.SCALARS, "guid", prefix + guid.upper(), guid) is True


@pytest.mark.parametrize(
    ("name", "operand", "values"),
    [
        ("decimal", "1.5", ["1,5", "abc", "", True, None, [1.5], {"a": 1.5}, "NaN", float("nan"), "1.50000000001"]),
        ("dateTime", "2024-01-01T00:00:00Z",
         ["2024-01-01", "2024-01-01T00:00:00", "2024-01-01 00:00:00Z", 1704067200, "", True, None, {},
          "2024-02-30T00:00:00Z", "0001-01-01T00:00:00+01:00", "2024-01-01T00:00:00.0001Z"]),
        ("guid", "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
         ["6ba7b8109dad11d180b400c04fd430c8", "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}", "", 5, None, []]),
        ("integer", 5, ["5", "5.0", True, [5], None]),
        ("objectRef", 5, ["5", {"objectId": "5"}, {"id": 5}, None, True]),
        ("boolean", True, [1, "true", "True", 1.0]),
    ],
)  # fmt: skip
def test_what_no_operand_could_be(name: str, operand: Any, values: list[Any]) -> None:
    """A value that is spelled as no operand could be matches nothing."""
    for value in values:
        assert holds(schemas.SCALARS, name, operand, value) is False, value


def test_typed_records_keep_to_python_values() -> None:
    """In typed records strings are no instants, decimals or guids."""
    for name, value in (("dateTime", "2024-01-01T00:00:00Z"), ("decimal", "1.5"),
                        ("guid", "6ba7b810-9dad-11d1-80b4-00c04fd430c8")):  # fmt: skip
        query = criteria.parse({name: value}, schemas.SCALARS)
        assert criteria.compile(query, "python", records="json")({name: value}) is True
        assert criteria.compile(query, "python")({name: value}) is False
        typed = schemas.SCALARS.decode({"id": 1, "required": "a", "requiredDouble": 1.0, name: value})
        assert criteria.compile(query, "python")(typed) is True


@pytest.mark.parametrize(
    ("comparison", "is_selected"),
    [({"$gte": 0.1}, True), ({"$lte": 0.1}, True), ({"$gt": 0.1}, False), ({"$lt": 0.1}, False), (0.1, True)],
    ids=str,
)
def test_a_decimal_is_the_double_that_it_spells(comparison: Any, is_selected: bool) -> None:
    """Numbers decoded exactly are compared as the doubles that they spell, one by one and in lists."""
    schema = Schema("one", [Field("d", "double")], system_properties=False)
    record = {"d": Decimal("0.1")}
    predicate = criteria.compile(criteria.parse({"d": comparison}, schema), "python", records="json")
    assert predicate(record) is is_selected
    assert predicate.filter([record]) == [record] * is_selected


ALIKE = [
    "2021-06-01T00:00:00.000Z", "2021-06-01T00:00:00.001Z", "2021-05-31T23:59:59.999Z", "2021-06-01t00:00:00.000Z",
    "2021-06-01T00:00:00.000z", "2021-06-01T02:00:00.0+02:00", "2021-02-30T00:00:00.000Z", "2021-13-01T00:00:00.000Z",
    "2021-06-01T24:00:00.000Z", "2021-06-01T23:59:60.000Z", "\u0662021-06-01T00:00:00.00Z", "zzzzzzzzzzTzzzzzzzzzzzzZ",
    "2021-06-01T00:00:00.000000Z", "2021-06-01T00:00:00.000001Z", "2021-06-01T00:00:00Z", "", "TZ", None, 5,
]  # fmt: skip
"""Instants, and what looks like one."""


@pytest.mark.parametrize("precision", [3, 6])
@pytest.mark.parametrize(
    "comparison",
    [
        "2021-06-01T00:00:00Z",
        {"$ne": "2021-06-01T00:00:00Z"},
        {"$gt": "2021-06-01T00:00:00Z"},
        {"$gte": "2021-06-01T00:00:00Z"},
        {"$lt": "2021-06-01T00:00:00Z"},
        {"$lte": "2021-06-01T00:00:00Z"},
        {"$in": ["2021-06-01T00:00:00Z", "2021-06-01T00:00:00.001Z"]},
        {"$gte": "2021-06-01T00:00:00Z", "$lt": "2021-06-01T00:00:00.001Z"},
        {"$gt": "2021-01-01T00:00:00Z", "$lte": "2021-12-31T00:00:00Z"},
    ],
)
def test_text_that_looks_like_an_instant_but_is_not_one_matches_nothing(precision: int, comparison: Any) -> None:
    """Instants that are compared by their text give the answer of those that are read: the typed record's."""
    schema = Schema("t", [Field("id", "integer", is_unique=True, nullable=False),
                          Field("seen", "dateTime", precision=precision)], system_properties=False)  # fmt: skip
    query = criteria.parse({"seen": comparison}, schema)
    by_text, by_value = criteria.compile(query, "python", records="json"), criteria.compile(query, "python")
    rows = [{"id": number, "seen": text} for number, text in enumerate(ALIKE)]
    expected = []
    for row in rows:
        try:
            typed = schema.decode(row)
        except CriteriaError:
            typed = {"id": row["id"], "seen": None}
        if by_value(typed):
            expected.append(row["id"])
    assert [row["id"] for row in by_text.filter(rows)] == expected
    assert [row["id"] for row in rows if by_text(row)] == expected


@pytest.mark.parametrize(("name", "number"), [("decimal", "1.5"), ("decimal", "2")])
def test_numbers_of_foreign_classes_are_read_by_value(name: str, number: str) -> None:
    """A JSON record's number whose class overrides its methods is compared by its value, and none of them is called."""
    values = [garbage.Money(number), Decimal(number), garbage.Fraction(number)]
    values += [garbage.Number(int(number)), int(number)] if number.isdigit() else []
    for value in values:
        assert holds(schemas.SCALARS, name, number, value) is True
        assert holds(schemas.SCALARS, name, "7", value) is False
