"""NaN in a column of doubles, on the engines that store it: it is above all numbers there, and fulfils no ordering."""

from __future__ import annotations

from typing import Any

import pytest

import criteria
from criteria import Field, Schema
from tests.conftest import Engines

SCHEMA = Schema(
    "numbers",
    [Field("id", "integer", is_unique=True, nullable=False), Field("d", "double")],
    system_properties=False,
)
VALUES = {"NaN": 1, "Infinity": 2, "-Infinity": 3, "1": 4, "2": 5, None: 6}


@pytest.mark.parametrize("engine", ["duckdb", "postgres"])
@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        ({"$gt": 1}, ["2", "Infinity"]),
        ({"$gte": 1}, ["1", "2", "Infinity"]),
        ({"$lt": 2}, ["1", "-Infinity"]),
        ({"$lte": 2}, ["1", "2", "-Infinity"]),
        (2, ["2"]),
        ({"$in": [1, 2]}, ["1", "2"]),
        (None, [None]),
    ],
    ids=str,
)
def test_nan_fulfils_no_ordering_and_every_negation(
    engine: str, comparison: Any, expected: list[str | None], engines: Engines
) -> None:
    """NOT of a comparison has all other rows, those of NaN and of null among them."""
    source: Any = engines.get(engine)
    table = source.table(SCHEMA)
    with table.holding([{"id": number, "d": None} for number in VALUES.values()]):
        for value, number in VALUES.items():
            if value is not None:
                source.execute(f"UPDATE {table.name} SET d = '{value}' WHERE id = {number}")
        everything = set(VALUES.values())
        keys = {VALUES[value] for value in expected}
        assert set(table.select(criteria.parse({"d": comparison}, SCHEMA))) == keys
        assert set(table.select(criteria.parse({"NOT": {"d": comparison}}, SCHEMA))) == everything - keys
