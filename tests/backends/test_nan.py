"""Doubles that are stored although no schema allows them: NaN fulfils no comparison, infinity compares as a number."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

import criteria
from criteria import Field, Schema
from tests.conftest import Engines
from tests.engines.documents import MongoTable
from tests.engines.memory import MemoryTable, as_object
from tests.engines.sql import SqlTable

SCHEMA = Schema(
    "doubles",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("d", "double"),
        Field("required", "double", nullable=False),
        Field("ds", "double", is_list=True),
    ],
    system_properties=False,
)

STORED: Mapping[int, float | None] = {1: math.nan, 2: math.inf, 3: -math.inf, 4: 1.0, 5: None, 6: -0.0}
"""The values of `d`. `required` has the same with 1.0 instead of null, `ds` a list of the value and a null."""

LARGEST = 1.7976931348623157e308

COMPARISONS: list[tuple[Any, list[int]]] = [
    ({"$gt": 0}, [2, 4]),
    ({"$gt": LARGEST}, [2]),
    ({"$gt": -LARGEST}, [2, 4, 6]),
    ({"$gte": 1}, [2, 4]),
    ({"$gte": LARGEST}, [2]),
    ({"$gte": 0}, [2, 4, 6]),
    ({"$lt": 1}, [3, 6]),
    ({"$lt": LARGEST}, [3, 4, 6]),
    ({"$lt": -LARGEST}, [3]),
    ({"$lte": 1}, [3, 4, 6]),
    ({"$lte": LARGEST}, [3, 4, 6]),
    ({"$lte": -LARGEST}, [3]),
    ({"$gte": 0, "$lte": LARGEST}, [4, 6]),
    (1, [4]),
    ({"$in": [1, 0]}, [4, 6]),
]
"""Comparisons, and the keys of the values in STORED that fulfil them. Null fulfils none."""

WITH_NAN = (
    "python", "python-json", "python-objects", "duckdb", "duckdb-binary", "postgres", "postgres-natural", "mongodb",
)  # fmt: skip
WITH_INFINITY = (*WITH_NAN, "sqlite")


@contextmanager
def holding(table: Any, stored: Mapping[int, float | None]) -> Iterator[None]:
    """Stores the values inside the block, without `criteria.storage`, which refuses them."""
    rows = [{"id": key, "d": 0.0, "required": 0.0, "ds": [0.0]} for key in stored]
    with table.holding(rows):
        for key, value in stored.items():
            held = {"d": value, "required": 1.0 if value is None else value, "ds": [value, None]}
            _put(table, key, held)
        yield


def _put(table: Any, key: int, held: dict[str, Any]) -> None:
    match table:
        case SqlTable():
            values = ", ".join(f"{name} = {_literal(table, value)}" for name, value in held.items())
            table.engine.execute(f"UPDATE {table.name} SET {values} WHERE id = {key}")
        case MongoTable():
            table.collection.update_one({"id": key}, {"$set": held})
        case MemoryTable():
            at = [table.key_of(record) for record in table.records].index(key)
            record = {"id": key, **held}
            table.records[at] = record if isinstance(table.records[at], dict) else as_object(record)
        case _:
            raise AssertionError(table)


def _literal(table: SqlTable, value: Any) -> str:
    """A value as SQL of the engine."""
    if table.engine.dialect == "sqlite":
        return f"'{_json_list(value)}'" if isinstance(value, list) else _sqlite_number(value)
    if isinstance(value, list):
        return f"ARRAY[{', '.join(_literal(table, one) for one in value)}]"
    text = "NULL" if value is None else f"'{value}'"
    return f"CAST({text} AS DOUBLE PRECISION)"


def _sqlite_number(value: float | None) -> str:
    """A number that is too large becomes infinity."""
    return "NULL" if value is None else str(value).replace("inf", "9e999")


def _json_list(values: list[float | None]) -> str:
    return "[" + ", ".join("null" if one is None else _sqlite_number(one) for one in values) + "]"


def answers(table: Any) -> Iterator[tuple[Any, list[int]]]:
    """Each comparison of each field and its negation, with the keys that the engine selects."""
    for field in ("d", "required", "ds"):
        for comparison, _ in COMPARISONS:
            for asked in ({field: comparison}, {"NOT": {field: comparison}}):
                yield asked, sorted(table.select(criteria.parse(asked, SCHEMA)))


def expected(stored: Mapping[int, float | None]) -> Iterator[tuple[Any, list[int]]]:
    """The same by the rules of the language."""
    for field in ("d", "required", "ds"):
        for comparison, keys in COMPARISONS:
            selected = [key for key in stored if (4 if field == "required" and key == 5 else key) in keys]
            yield {field: comparison}, selected
            yield {"NOT": {field: comparison}}, [key for key in stored if key not in selected]


@pytest.mark.parametrize("engine_name", WITH_NAN)
def test_nan_fulfils_no_comparison(engine_name: str, engines: Engines) -> None:
    """Wherever an engine sorts NaN, every positive comparison is false for it, and every negated one true."""
    table = engines.get(engine_name).table(SCHEMA)
    with holding(table, STORED):
        assert list(answers(table)) == list(expected(STORED))


@pytest.mark.parametrize("engine_name", WITH_INFINITY)
def test_infinity_compares_as_a_number(engine_name: str, engines: Engines) -> None:
    """Infinity is above the largest number, also where NaN is excluded from > and >=."""
    table = engines.get(engine_name).table(SCHEMA)
    stored = {key: value for key, value in STORED.items() if key != 1}
    with holding(table, stored):
        assert list(answers(table)) == list(expected(stored))
