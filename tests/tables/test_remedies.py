"""What refusals say to do: followed word by word, it makes the refusal go away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, FieldType, Schema
from criteria.backends.sql.columns.column_types import ColumnTypes
from criteria.backends.sql.columns.duckdb import DUCKDB_COLUMNS
from criteria.backends.sql.columns.mysql import MYSQL_COLUMNS
from criteria.backends.sql.columns.postgres import POSTGRES_COLUMNS
from criteria.backends.sql.columns.sqlite import SQLITE_COLUMNS
from tests.conftest import Engines
from tests.tables.foreign import created

pytestmark = pytest.mark.heavy("tables on every engine")

ENGINES: dict[str, ColumnTypes] = {
    "sqlite": SQLITE_COLUMNS, "duckdb": DUCKDB_COLUMNS, "postgres-natural": POSTGRES_COLUMNS, "mariadb": MYSQL_COLUMNS,
}  # fmt: skip
WRITTEN = {
    ("postgres-natural", "DOUBLE"): "double precision", ("postgres-natural", "FLOAT"): "real",
    ("postgres-natural", "DECIMAL"): "numeric(12, 2)", ("mariadb", "TIMESTAMPTZ"): "timestamp NULL",
    ("mariadb", "SET"): "SET('a', 'b')", ("mariadb", "DECIMAL"): "DECIMAL(12, 2)",
    ("duckdb", "DECIMAL"): "DECIMAL(12, 2)",
    ("sqlite", "NUMERIC"): "NUMERIC(12, 2)", ("sqlite", "VARCHAR"): "VARCHAR(40)",
}  # fmt: skip
"""The names of types as CREATE TABLE has them, where they are others than the library's."""

REMEDIES = [
    pytest.param(name, WRITTEN.get((name, column), column), field_type, id=f"{name}: {column} as {field_type.value}",
                 marks=[] if name in ("sqlite", "duckdb") else [pytest.mark.heavy("tables on servers")])
    for name, types in ENGINES.items()
    for column, remedies in types.remedies.items()
    for field_type in remedies
    if (name, column) != ("mariadb", "JSON")  # which is a LONGTEXT there, and may be a string
]  # fmt: skip


def field_of(field_type: FieldType | str, **attributes: Any) -> Field:
    return Field("v", field_type, **attributes)


def followed(hint: str, field: Field) -> Iterator[tuple[Field, str]]:
    """What a hint says: other fields, and other expressions of the column, as a view has them."""
    for name in re.findall(r'eclare the field as "(\w+)"', hint):
        digits = {"precision": 12, "scale": 2} if name == "decimal" else {}
        if '"precision": 6' in hint:
            digits = {"precision": 6}
        yield field_of(name, **digits, **({"time_zone": "UTC"} if '"timeZone": "UTC"' in hint else {})), "v"
    if '"isList"' in hint:
        yield field_of(field.field_type, is_list=True), "v"
    if "The column fits fields of type" in hint:
        for name in re.findall(r"\w+", hint.partition("of type ")[2].replace(" or ", " ")):
            entity = {"object_entity_type": "other"} if name == "objectRef" else {}
            digits = {"precision": 12, "scale": 2} if name == "decimal" else {}
            yield field_of(name, **entity, **digits), "v"
    if 'add "timeZone": "UTC" to the field' in hint:
        yield field_of(field.field_type, precision=field.precision, time_zone="UTC"), "v"
    if 'add "timeZone": "UTC" and "precision": 6 to the field' in hint:
        yield field_of(field.field_type, precision=6, time_zone="UTC"), "v"
    if 'eclare the field with "precision": 6' in hint:
        yield field_of(field.field_type, precision=6, time_zone=field.time_zone), "v"
    if '"precision": 15' in hint:
        yield field_of(field.field_type, precision=15, scale=5), "v"
    for expression in re.findall(r"\w+\([^()]*column[^()]*\)|column <> 0", hint):
        yield field, expression.replace("column", "v")
    for target in re.findall(r"view that casts it to (\w+)", hint):
        yield field, f"CAST(v AS {target})"


def is_solved(engine: Any, field: Field, expression: str, steps: int = 3) -> bool:
    """Whether a field fits what an expression makes of the column, perhaps after a further hint."""
    engine.execute("DROP VIEW IF EXISTS followed")
    engine.execute(f"CREATE VIEW followed AS SELECT id, {expression} AS v FROM foreign_rows")
    try:
        schema = Schema("followed", [field], system_properties=False)
        name = "foreign_rows" if expression == "v" else "followed"
        criteria.tables.reflect(engine.connection, name, schema)
    except CriteriaError as error:
        hint = error.problems[0].hint or ""
        further = [one for one in followed(hint, field) if one[1] == "v"] if steps else []
        return any(is_solved(engine, other, expression, steps - 1) for other, _ in further)
    finally:
        engine.execute("DROP VIEW IF EXISTS followed")
    return True


def refusal(engine: Any, field: Field) -> str:
    with pytest.raises(CriteriaError) as refused:
        criteria.tables.reflect(engine.connection, "foreign_rows", Schema("f", [field], system_properties=False))
    [problem] = refused.value.problems
    assert problem.hint is not None
    return problem.hint


@pytest.mark.parametrize(("name", "column", "field_type"), REMEDIES)
def test_each_remedy_works(name: str, column: str, field_type: FieldType, engines: Engines) -> None:
    """Each thing that the hint proposes does, one by one."""
    with created(engines, name, f"v {column}") as engine:
        field = field_of(field_type)
        proposed = list(followed(refusal(engine, field), field))
        assert proposed
        for other, expression in proposed:
            assert is_solved(engine, other, expression), (other, expression)


TYPES = {
    "sqlite": ("TEXT", "VARCHAR(20)", "VARCHAR(36)", "INTEGER", "REAL", "NUMERIC", "BOOLEAN", "DATE", "DATETIME"),
    "duckdb": ("VARCHAR", "INTEGER", "DOUBLE", "DECIMAL(12, 2)", "BOOLEAN", "DATE", "TIMESTAMP", "TIMESTAMPTZ", "UUID"),
    "mariadb": ("varchar(20)", "varchar(60)", "int", "tinyint(1)", "tinyint(4)", "bit(1)", "double", "datetime"),
    "postgres-natural": ("text", "char(36)", "int", "numeric", "boolean", "date", "timestamp", "timestamptz", "uuid"),
}  # fmt: skip


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=[pytest.mark.heavy("tables on servers")] if "a" in one else []) for one in TYPES]
)
def test_the_types_that_a_hint_names_fit(name: str, engines: Engines) -> None:
    """`The column fits fields of type ...` names no type that is refused, such as a guid in VARCHAR(20)."""
    for column in TYPES[name]:
        with created(engines, name, f"v {column}") as engine:
            for field_type in FieldType:
                field = field_of(field_type, object_entity_type="other" if field_type is FieldType.OBJECT_REF else None)
                try:
                    criteria.tables.reflect(
                        engine.connection, "foreign_rows", Schema("f", [field], system_properties=False)
                    )
                except CriteriaError as error:
                    hint = error.problems[0].hint or ""
                    if hint.startswith("The column fits"):
                        for other, expression in followed(hint, field):
                            assert is_solved(engine, other, expression), (column, field_type, other)


IN_UTC = {"time_zone": "UTC"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (field_of("dateTime", **IN_UTC), "2026-06-01 12:00:00.123"),
        (field_of("dateTime", **IN_UTC), "2026-06-01T12:00:00Z"),
        (field_of("dateTime", **IN_UTC), "2026-06-01 12:00:00.123456"),
        (field_of("dateTime", precision=6, **IN_UTC), "2026-06-01 12:00:00.123"),
        (field_of("dateTime", precision=6, **IN_UTC), "2026-06-01T12:00:00"),
    ],
)
def test_times_of_sqlite_in_other_spellings(field: Field, value: str, engines: Engines) -> None:
    """One of the remedies fits the value: more digits, or a view that spells it anew."""
    with created(engines, "sqlite", "v DATETIME", f"INSERT INTO foreign_rows VALUES (1, '{value}')") as engine:
        proposed = list(followed(refusal(engine, field), field))
        assert any(is_solved(engine, *one) for one in proposed), proposed
