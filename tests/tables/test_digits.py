"""A field has as many digits as its column's type: otherwise the next row may hold a value that the field does not."""

from __future__ import annotations

from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, Schema
from tests.conftest import Engines
from tests.tables.foreign import Foreign, created, refused

MILLISECONDS = "it holds microseconds, and the field milliseconds"
AT = {"field_type": "dateTime"}
UTC = {"field_type": "dateTime", "time_zone": "UTC"}
MONEY = {"field_type": "decimal", "precision": 10, "scale": 2}
FINER = [
    ("postgres-natural", "timestamptz", AT, MILLISECONDS, {"precision": 6}),
    ("postgres-natural", "timestamp", UTC, MILLISECONDS, {"precision": 6}),
    ("postgres-natural", "timestamptz[]", AT | {"is_list": True}, MILLISECONDS, {"precision": 6}),
    ("postgres-natural", "timestamptz(4)", AT, "it holds 4 digits of a second", {"precision": 6}),
    ("postgres-natural", "numeric(12, 4)", MONEY, "12 digits, 4 of them", {"precision": 12, "scale": 4}),
    ("postgres-natural", "numeric(12, 0)", MONEY, "12 digits, 0 of them", {"precision": 14, "scale": 2}),
    ("duckdb", "TIMESTAMP", UTC, MILLISECONDS, {"precision": 6}),
    ("duckdb", "TIMESTAMPTZ", AT, MILLISECONDS, {"precision": 6}),
    ("duckdb", "DECIMAL(12, 2)", MONEY, "12 digits, 2 of them", {"precision": 12, "scale": 2}),
    ("mysql", "datetime(6)", UTC, MILLISECONDS, {"precision": 6}),
    ("mariadb", "datetime(6)", UTC, MILLISECONDS, {"precision": 6}),
    ("mariadb", "timestamp(6) NULL", AT, MILLISECONDS, {"precision": 6}),
    ("mariadb", "decimal(12, 4)", MONEY, "12 digits, 4 of them", {"precision": 12, "scale": 4}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "column", "declared", "reason", "remedy"), FINER)
def test_a_field_of_fewer_digits_than_its_column_is_refused(
    name: str, column: str, declared: dict[str, Any], reason: str, remedy: dict[str, int], engines: Engines
) -> None:
    """Before there is a row. What the hint says fits, and so does what a first schema reads."""
    message = refused(engines, name, f"v {column}", Field("v", **declared))
    assert reason in message
    assert "Declare the field with " + ", ".join(f'"{key}": {digits}' for key, digits in remedy.items()) in message
    with created(engines, name, f"v {column}") as engine:
        Foreign(engine, [Field("v", **declared | remedy)])
        first = criteria.tables.schema(engine.connection, "foreign_rows", time_zone="UTC")
        criteria.tables.reflect(engine.connection, "foreign_rows", first)
        assert [field.name for field in first.fields] == ["id", "v"]


@pytest.mark.parametrize(
    ("name", "column", "declared"),
    [
        ("postgres-natural", "timestamptz(3)", AT),
        ("postgres-natural", "timestamp(0)", UTC),
        ("postgres-natural", "numeric(10, 2)", MONEY),
        ("duckdb", "TIMESTAMP_MS", UTC),
        ("mysql", "datetime", UTC),
        ("mariadb", "timestamp(3) NULL", AT),
    ],
)
def test_a_field_of_as_many_digits_fits(name: str, column: str, declared: dict[str, Any], engines: Engines) -> None:
    with created(engines, name, f"v {column}") as engine:
        Foreign(engine, [Field("v", **declared)])


def test_a_missing_time_zone_and_missing_digits_are_told_at_once(engines: Engines) -> None:
    message = refused(engines, "postgres-natural", "v timestamp", Field("v", "dateTime"))
    assert 'add "timeZone": "UTC" and "precision": 6 to the field' in message


def test_a_system_property_has_digits_that_cannot_be_declared() -> None:
    ddl = 'CREATE TABLE t ("objectId" INT PRIMARY KEY, "createDate" TIMESTAMPTZ, "updateDate" TIMESTAMPTZ(3))'
    with pytest.raises(CriteriaError, match="Write a schema without system properties") as error:
        criteria.tables.from_ddl(ddl, Schema("t", []), dialect="postgres")
    assert [problem.pointer for problem in error.value.problems] == ["/fields/1"]
