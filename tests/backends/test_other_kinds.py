"""JSON columns with values of undeclared types: no comparison is true of them, and they are not empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

import criteria
from criteria import Field, FieldType, Schema, Search
from tests.days import NO_DAYS, TEXTS
from tests.engines import Engine

OPERANDS: Mapping[FieldType, list[dict[str, Any]]] = {
    FieldType.STRING: [{"$gte": ""}, {"$lte": "~"}, {"$in": ["5", "true"]}, {"$startsWith": ""}, {"$contains": "5"}],
    FieldType.INTEGER: [{"$gt": -9}, {"$lt": 9}, {"$in": [5, 1]}],
    FieldType.BOOLEAN: [{"$in": [True, False]}],
    FieldType.DECIMAL: [{"$gt": "-9"}, {"$lt": "9"}, {"$in": ["5", "1"]}],
    FieldType.DOUBLE: [{"$gte": -9.5}, {"$lte": 9.5}, {"$in": [5, 1]}],
    FieldType.DATE: [{"$gte": "0001-01-01"}, {"$lte": "9999-12-31"}, {"$in": ["2024-01-01"]}],
    FieldType.DATE_TIME: [{"$gte": "0001-01-01T00:00:00Z"}, {"$lt": "9999-12-31T00:00:00Z"}],
    FieldType.GUID: [{"$in": ["6ba7b810-9dad-11d1-80b4-00c04fd430c8"]}],
    FieldType.OBJECT_REF: [{"$in": [5, 1]}],
}
"""Comparisons that match many values, for each type."""

NUMBERS = (FieldType.INTEGER, FieldType.DOUBLE, FieldType.OBJECT_REF)


def other_kinds(field_type: FieldType) -> list[Any]:
    """JSON values of other types than a field type's."""
    found: list[Any] = [{}, {"x": 5}]
    if field_type is not FieldType.BOOLEAN:
        found += [True, False]
    if field_type not in (*NUMBERS, FieldType.DECIMAL):  # a JSON number under a decimal is converted
        found += [5, 1, 0.5]
    if field_type in (*NUMBERS, FieldType.BOOLEAN):
        found += ["5", "", "true", "1"]
    if field_type is FieldType.DATE:
        found += TEXTS
    return found


def schema_of(field_type: FieldType, nullable: bool) -> Schema:
    """A schema with a scalar and a list of a type inside a JSON column."""
    needed = {"object_entity_type": "user"} if field_type is FieldType.OBJECT_REF else {}
    return Schema(
        f"kinds_{field_type.value}_{nullable}",
        [
            Field("id", "integer", is_unique=True, nullable=False),
            Field("p.f", field_type, nullable=nullable, **needed),  # type: ignore[arg-type]
            Field("p.fs", field_type, is_list=True, **needed),  # type: ignore[arg-type]
        ],
        system_properties=False,
    )


@pytest.mark.parametrize("nullable", [True, False], ids=["nullable", "not nullable"])
@pytest.mark.parametrize("field_type", FieldType, ids=lambda one: one.value)
@pytest.mark.heavy("every kind of value on every engine")
def test_a_value_of_another_type_fulfils_no_comparison(engine: Engine, field_type: FieldType, nullable: bool) -> None:
    """A value of another type is not empty: positive comparisons are false, negated ones true, nullable or not."""
    schema = schema_of(field_type, nullable)
    values = other_kinds(field_type)
    rows = [{"id": number, "p": {"f": value, "fs": [value]}} for number, value in enumerate(values)]
    rows += [{"id": len(values), "p": {"f": values[0], "fs": values}}]
    everything = [row["id"] for row in rows]
    table = engine.table(schema)
    with table.holding(rows):
        for name in ("p.f", "p.fs"):
            for comparison in OPERANDS[field_type]:
                positive, negated = ({name: comparison}, {"NOT": {name: comparison}})
                assert sorted(table.select(criteria.parse(positive, schema))) == [], positive
                assert sorted(table.select(criteria.parse(negated, schema))) == everything, negated
            assert sorted(table.select(criteria.parse({name: None}, schema))) == []
            assert sorted(table.select(criteria.parse({name: {"$ne": None}}, schema))) == everything


@pytest.mark.parametrize("value", NO_DAYS, ids=repr)
@pytest.mark.heavy("every kind of value on every engine")
def test_json_that_is_not_a_date_matches_nothing_and_is_not_empty(engine: Engine, value: Any) -> None:
    """Only canonical dates are compared: other values fulfil no comparison, as scalars or list elements."""
    schema = schema_of(FieldType.DATE, nullable=True)
    table = engine.table(schema)
    day = "2024-01-01"
    names = ["p.fs"] if engine.name == "mongodb" and isinstance(value, list) else ["p.f", "p.fs"]  # looks into lists
    with table.holding([{"id": 1, "p": {"f": value, "fs": [value]}}, {"id": 2, "p": {"f": day, "fs": [day]}}]):
        for name in names:
            for operand in ({"$gte": "0001-01-01"}, {"$lte": "9999-12-31"}, {"$in": [day, "2024-03-01"]}):
                assert table.select(criteria.parse({name: operand}, schema)) == [2], (name, operand)
                assert table.select(criteria.parse({"NOT": {name: operand}}, schema)) == [1], (name, operand)
            assert table.select(criteria.parse({name: None}, schema)) == []


@pytest.mark.parametrize("field_type", [FieldType.STRING, FieldType.INTEGER], ids=lambda one: one.value)
def test_a_json_object_may_be_missing(engine: Engine, field_type: FieldType) -> None:
    """Without the JSON object its fields are empty, even those that are not nullable."""
    schema = schema_of(field_type, nullable=False)
    value = "5" if field_type is FieldType.STRING else 5
    table = engine.table(schema)
    with table.holding([{"id": 0}, {"id": 1, "p": None}, {"id": 2, "p": {}}, {"id": 3, "p": {"f": value}}]):
        for asked, expected in (
            ({"p.f": None}, [0, 1, 2]),
            ({"p.f": {"$ne": None}}, [3]),
            ({"p.f": value}, [3]),
            ({"p.f": {"$ne": value}}, [0, 1, 2]),
            ({"NOT": {"p.f": {"$in": [value]}}}, [0, 1, 2]),
        ):
            assert sorted(table.select(criteria.parse(asked, schema))) == expected, asked
        for order, keys in (("p.f, id", [0, 1, 2, 3]), ("p.f desc, id", [3, 0, 1, 2])):
            search = Search(criteria.parse({}, schema), criteria.parse_order_by(order, schema))
            assert list(table.search(search).data) == keys, order


FRACTIONS = [0.5, 1.5, -0.5, 2.25, 1.0, 2, -3]
"""JSON numbers under an integer: they compare by value, and 1.0 is 1."""

COMPARED: list[tuple[Any, list[int]]] = [
    (1, [4]),
    (2, [5]),
    (0, []),
    ({"$in": [0, 1, 3]}, [4]),
    ({"$gt": 0}, [0, 1, 3, 4, 5]),
    ({"$gt": 1}, [1, 3, 5]),
    ({"$gte": 1}, [1, 3, 4, 5]),
    ({"$gte": 2}, [3, 5]),
    (-3, [6]),
    ({"$lt": 0}, [2, 6]),
    ({"$lt": 1}, [0, 2, 6]),
    ({"$lte": 0}, [2, 6]),
    ({"$lte": -1}, [6]),
    ({"$lte": 2}, [0, 1, 2, 4, 5, 6]),
]
"""Comparisons, and the indexes in FRACTIONS of the values that fulfil them."""


@pytest.mark.parametrize("nullable", [True, False], ids=["nullable", "not nullable"])
def test_a_fraction_under_an_integer_compares_by_value(engine: Engine, nullable: bool) -> None:
    """A fraction under an integer equals no integer and is not rounded, as a scalar and in a list."""
    schema = schema_of(FieldType.INTEGER, nullable)
    everything = list(range(len(FRACTIONS)))
    table = engine.table(schema)
    with table.holding([{"id": number, "p": {"f": value, "fs": [value]}} for number, value in enumerate(FRACTIONS)]):
        for name in ("p.f", "p.fs"):
            for comparison, keys in COMPARED:
                assert sorted(table.select(criteria.parse({name: comparison}, schema))) == keys, comparison
                others = [key for key in everything if key not in keys]
                assert sorted(table.select(criteria.parse({"NOT": {name: comparison}}, schema))) == others, comparison
