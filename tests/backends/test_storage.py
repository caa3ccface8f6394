"""`criteria.storage`: what goes in comes out, and what does not conform does not go in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings

import criteria
from criteria import CriteriaError, Schema
from tests import schemas
from tests.conftest import Engines
from tests.engines.table import rebuilt
from tests.strategies import records

STORING = ("sqlite", "duckdb", "postgres", "mariadb", "mongodb")


@pytest.mark.parametrize("name", ["scalars", "lists", "nested"])
@pytest.mark.parametrize("engine_name", STORING)
def test_a_record_comes_back_as_it_went_in(engine_name: str, name: str, engines: Engines) -> None:
    """Encoded, stored, read by the driver and decoded, a typed record equals itself; missing values are None."""
    schema = schemas.ALL[name]
    table: Any = engines.get(engine_name).table(schema)

    @settings(max_examples=max(10, settings().max_examples // 4))
    @given(rows=records(schema, 3))
    def comes_back(rows: list[dict[str, Any]]) -> None:
        with table.holding(rows):
            found = table.typed_records()
        assert sorted(found, key=lambda record: record["id"]) == [rebuilt(schema, row) for row in rows]

    comes_back()


SCHEMA = Schema.from_json({
    "name": "thing",
    "fields": [
        {"name": "price", "fieldType": "decimal", "precision": 5, "scale": 2},
        {"name": "at", "fieldType": "dateTime"},
        {"name": "code", "fieldType": "guid", "nullable": False},
        {"name": "tags", "fieldType": "string", "isList": True},
    ],
    "customProperties": [{"name": "age", "fieldType": "integer"}],
})  # fmt: skip
RECORD = {
    "objectId": 1, "createDate": datetime(2024, 1, 1, tzinfo=timezone.utc), "updateDate": None, "price": Decimal("1.5"),
    "at": None, "code": UUID(int=1), "tags": ["a", None], "customProperties": {"age": 5},
}  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"price": Decimal("1.555")}, "/price"),
        ({"price": 1.5}, "/price"),
        ({"at": datetime(2024, 1, 1)}, "/at"),
        ({"at": datetime(2024, 1, 1, microsecond=1, tzinfo=timezone.utc)}, "/at"),
        ({"code": None}, "/code"),
        ({"code": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}, "/code"),
        ({"tags": ["a", 5]}, "/tags/1"),
        ({"tags": "a"}, "/tags"),
        ({"customProperties": {"age": True}}, "/customProperties/age"),
        ({"objectId": 2**63}, "/objectId"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("engine_name", ["sqlite", "postgres", "mysql", "duckdb", "mongo"])
def test_what_does_not_conform_is_refused(engine_name: str, wrong: dict[str, Any], pointer: str) -> None:
    """A value of another type, too fine or too large is named by its pointer, on every storage alike."""
    storage = criteria.storage(SCHEMA, engine_name)
    storage.encode(RECORD)
    with pytest.raises(CriteriaError) as caught:
        storage.encode({**RECORD, **wrong})
    assert [(problem.code, problem.pointer) for problem in caught.value.problems] == [("invalid_record", pointer)]


@pytest.mark.parametrize(
    "wrong",
    [("x", "[]", "{}", "1.00"), (1, "no JSON", "{}", "1.00"), (1, "[]", "[", "1.00"), (1, "[]", "{}", "much"), (1,)],
)
def test_a_row_that_cannot_be_read_is_refused(wrong: tuple[Any, ...]) -> None:
    """A row that holds what the storage never wrote is an invalid record, and no other error."""
    schema = Schema(
        "row",
        [
            criteria.Field("id", "integer", is_unique=True, nullable=False),
            criteria.Field("tags", "string", is_list=True),
            criteria.Field("p.n", "integer"),
            criteria.Field("m", "decimal", precision=5, scale=2),
        ],
        system_properties=False,
    )
    storage = criteria.storage(schema, "sqlite")
    assert storage.decode((1, "[]", '{"n": 5}', "1.00")) == {"id": 1, "tags": [], "p": {"n": 5}, "m": Decimal("1.00")}
    with pytest.raises(CriteriaError) as caught:
        storage.decode(wrong)
    assert [problem.code for problem in caught.value.problems] == ["invalid_record"]


def test_an_unknown_storage_is_refused_with_the_nearest_name() -> None:
    """The names of storages are those of the dialects that are executed, and mongo."""
    with pytest.raises(CriteriaError) as caught:
        criteria.storage(SCHEMA, "postgre")
    [problem] = caught.value.problems
    assert (problem.code, problem.hint) == ("unknown_dialect", 'Did you mean "postgres"?')


def test_an_instant_finer_than_the_engine_keeps_is_refused_when_the_schema_is_bound() -> None:
    """MongoDB keeps milliseconds: a dateTime(6) is refused for storage, queries and searches alike."""
    query = criteria.parse({"id": 1}, schemas.MICROSECONDS)
    attempts: list[Callable[[], Any]] = [
        lambda: criteria.storage(schemas.MICROSECONDS, "mongo"),
        lambda: criteria.compile(query, "mongo"),
        lambda: criteria.compile(criteria.Search(query), "mongo"),
    ]
    for attempt in attempts:
        with pytest.raises(CriteriaError) as caught:
            attempt()
        assert {problem.code for problem in caught.value.problems} == {"unsupported"}
