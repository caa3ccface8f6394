"""The statement in a refusal of values: it finds exactly the rows, and a person can read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, Schema
from tests.conftest import Engines
from tests.tables.foreign import KEY, created

pytestmark = pytest.mark.heavy("many tables on every engine")

LONGEST = 850
"""No statement has more characters, for a path of two names and a column of one letter."""

MONEY: dict[str, Any] = {"precision": 10, "scale": 2}
STATES = ["open", "it's"]

KINDS: Sequence[tuple[Field, Sequence[str], Sequence[str]]] = (
    (Field("v.a.b", "integer", column="v"), ["7", "7.0", "null", '"x"'], ["7.5", "1e19", "9300000000000000000"]),
    (Field("v.a.b", "double", column="v"), ["7", "1.5e300", "null", '"x"'], ["1e400", "-1e400"]),
    (Field("v.a.b", "decimal", column="v", **MONEY), ["19.99", '"19.99"', "true"], ["19.995", "1e9", '"1.5"']),
    (Field("v.a.b", "decimal", column="v"), ["19.99", '"19.9900000000"'], ["1e400", '"1.5"', "1e25"]),
    (Field("v.a.b", "date", column="v"), ['"2026-06-01"', "7"], ['"2026-6-1"', '"2026-02-30"']),
    (Field("v.a.b", "dateTime", column="v"), ['"2026-06-01T12:00:00.000Z"'], ['"2026-06-01T12:00:00Z"']),
    (Field("v.a.b", "guid", column="v"), ['"6ba7b810-9dad-11d1-80b4-00c04fd430c8"'], ['"n/a"']),
    (Field("v.a.b", "string", column="v", values=STATES), ['"open"', "\"it''s\"", "7"], ['"Open"']),
)


def cases(field: Field, good: Sequence[str], other: Sequence[str]) -> Iterator[tuple[Field, list[str], list[str]]]:
    """A value under a path, and lists of such values in a column and under a path."""
    more: dict[str, Any] = {"precision": field.precision, "scale": field.scale, "values": field.values}
    if field.field_type.value != "decimal":
        more |= {"precision": None, "scale": None}
    yield field, [under(one) for one in good], [under(one) for one in other]
    yield (
        Field("v", field.field_type, is_list=True, **more),
        [f"[{one}]" for one in good],
        [f"[null, {one}]" for one in other],
    )
    yield (
        Field("v.a.b", field.field_type, is_list=True, column="v", **more),
        [under(f"[{one}]") for one in good],
        [under(f"[{one}, null]") for one in other],
    )


def under(value: str) -> str:
    return f'{{"a": {{"b": {value}}}}}'


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("sqlite", "JSON"),
        ("duckdb", "JSON"),
        ("postgres-natural", "json"),
        ("postgres-natural", "jsonb"),
        ("mysql", "JSON"),
        ("mariadb", "JSON"),
    ],
)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind[0].field_type.value} {kind[0].precision}")
def test_each_finding_in_json_has_a_short_statement_that_finds_it(
    kind: tuple[Field, Sequence[str], Sequence[str]], name: str, column: str, engines: Engines
) -> None:
    for field, good, other in cases(*kind):
        with created(engines, name, f"v {column}") as engine:
            for at, document in enumerate([*good, "null"]):
                engine.execute(f"INSERT INTO foreign_rows VALUES ({at}, '{document}')")
            engine.execute("INSERT INTO foreign_rows VALUES (99, NULL)")
            engine.commit()
            schema = Schema("s", [KEY, field], system_properties=False)
            criteria.tables.reflect(engine.connection, "foreign_rows", schema)
            for document in other:
                if name == "mysql" and "e400" in document:
                    continue  # which has no such JSON
                engine.execute(f"INSERT INTO foreign_rows VALUES (100, '{document}')")
                engine.commit()
                with pytest.raises(CriteriaError, match="it holds 1 value") as refused:
                    criteria.tables.reflect(engine.connection, "foreign_rows", schema)
                statement = (refused.value.problems[0].hint or "").partition("They are found by ")[2]
                assert len(statement) <= LONGEST, statement
                assert statement.isprintable(), statement
                assert [row[0] for row in engine.execute(statement)] == [100], (document, statement)
                engine.execute("DELETE FROM foreign_rows WHERE id = 100")
                engine.commit()


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("sqlite", '{"a": {"b": 1, "b": 2}}'),
        ("sqlite", r'{"a": {"\u0062": 1}}'),
        ("duckdb", '{"a": {"b": 1, "b": 2}}'),
        ("mariadb", '{"a": {"b": 1, "b": 2}}'),
        ("mariadb", r'{"a": {"\\u0062": 1}}'),
        ("postgres-natural", r'"\\n {\\"a\\": 1}"'),
    ],
)
def test_json_that_is_read_in_another_way_is_found(name: str, document: str, engines: Engines) -> None:
    field = Field("v.a.b", "integer", column="v")
    rows = f"INSERT INTO foreign_rows VALUES (1, '{under('1')}'), (2, NULL), (100, '{document}')"
    with created(engines, name, "v JSON", rows) as engine:
        with pytest.raises(CriteriaError, match="it holds 1 value") as refused:
            criteria.tables.reflect(engine.connection, "foreign_rows", Schema("s", [field], system_properties=False))
        statement = (refused.value.problems[0].hint or "").partition("They are found by ")[2]
        assert len(statement) <= LONGEST, statement
        assert statement.isprintable(), statement
        assert [row[0] for row in engine.execute(statement)] == [100], statement


@pytest.mark.parametrize("name", ["sqlite", "duckdb", "mysql", "mariadb", "postgres-natural"])
def test_a_column_may_have_the_name_of_the_value(name: str, engines: Engines) -> None:
    """Then the statement is longer, and finds the same rows."""
    field = Field("v.a.b", "decimal", column="v", **MONEY)
    rows = f"INSERT INTO foreign_rows VALUES (1, '{under('1.5')}', 7), (2, '{under('1.555')}', 7)"
    with created(engines, name, "v JSON, _value INTEGER", rows) as engine:
        with pytest.raises(CriteriaError, match="it holds 1 value") as refused:
            criteria.tables.reflect(engine.connection, "foreign_rows", Schema("s", [field], system_properties=False))
        statement = (refused.value.problems[0].hint or "").partition("They are found by ")[2]
        assert [row[0] for row in engine.execute(statement)] == [2], statement
