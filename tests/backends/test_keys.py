"""Keys that are guids, or several fields, on every engine that stores records (docs/language.md#keys)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

import criteria
from criteria import CriteriaError, Field, Schema, Search
from tests.conftest import Engines
from tests.engines.sql import SqlTable

GUIDS = (
    "80000000-0000-0000-0000-000000000001", "7fffffff-ffff-ffff-ffff-ffffffffffff",
    "00000000-0000-0000-8000-000000000000", "00000000-0000-0000-0000-800000000000",
    "00000000-0000-0001-0000-000000000000", "0a000000-0000-0000-0000-000000000000",
    "a0000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "00000001-0000-0000-0000-000000000000", "00000000-0001-0000-0000-000000000000",
    "00000000-0000-0000-0000-000000000000",
)  # fmt: skip
"""Guids that signed numbers, two halves, the order of the last bytes, or capital letters would order otherwise."""

BY_GUID = Schema(
    "by_guid",
    [
        Field("id", "integer", nullable=False),
        Field("uuid", "guid", is_unique=True, nullable=False),
        Field("group", "integer"),
    ],
    system_properties=False,
)

OF_EVERY_TYPE = Schema(
    "of_every_type",
    [
        Field("id", "integer", nullable=False),
        Field("text", "string", nullable=False),
        Field("exact", "decimal", precision=12, scale=2, nullable=False),
        Field("day", "date", nullable=False),
        Field("at", "dateTime", nullable=False),
        Field("flag", "boolean", nullable=False),
        Field("uuid", "guid", nullable=False),
    ],
    key=("flag", "text", "exact", "day", "at", "uuid"),
    system_properties=False,
)


def walked(table: Any, schema: Schema, order_by: str, size: int, count: int) -> list[Any]:
    """The ids of all pages of an order, put together."""
    query, order = criteria.parse({}, schema), criteria.parse_order_by(order_by, schema) if order_by else ()
    pages = [table.search(Search(query, order, size, skip)) for skip in range(0, count + 1, size)]
    return [one for page in pages for one in page.data]


@pytest.mark.parametrize(
    ("order_by", "expected"),
    [
        ("", sorted(GUIDS)),
        ("uuid desc", sorted(GUIDS, reverse=True)),
        ("group", sorted(GUIDS, key=lambda guid: (GUIDS.index(guid) % 3, guid))),
        ("group desc", sorted(GUIDS, key=lambda guid: (GUIDS.index(guid) % 3, guid), reverse=True)),
    ],
)
def test_pages_end_with_a_guid(engines: Engines, order_by: str, expected: list[str]) -> None:
    """Pages of one to four records in the order of the guids' text, put together, are all records once."""
    rows = [{"id": n, "uuid": guid, "group": n % 3} for n, guid in enumerate(GUIDS)]
    ids = [GUIDS.index(guid) for guid in expected]
    for engine in engines.all():
        table = engine.table(BY_GUID)
        with table.holding(rows):
            for size in (1, 3, 4):
                assert walked(table, BY_GUID, order_by, size, len(rows)) == ids, engine.name


def test_pages_end_with_a_key_of_every_type(engines: Engines) -> None:
    """Each field of the key decides where those before it are equal, in the direction of the last sort key."""
    first: dict[str, Any] = {
        "text": "a", "exact": "0.00", "day": "2024-01-01", "at": "2024-01-01T00:00:00.000Z", "flag": False,
        "uuid": GUIDS[0],
    }  # fmt: skip
    greater: list[dict[str, Any]] = [
        {"uuid": GUIDS[6]}, {"at": "2024-01-01T00:00:00.001Z"}, {"day": "9999-12-31"}, {"exact": "9.00"},
        {"exact": "10.00"}, {"text": "a "}, {"text": "\u00e9"}, {"text": "\uffff"}, {"text": "\U0001f600"},
        {"flag": True},
    ]  # fmt: skip
    less: list[dict[str, Any]] = [{"text": "A"}, {"exact": "-1.00"}, {"exact": "-9.00"}, {"exact": "-10.00"}][::-1]
    in_order = [{**first, **change} for change in (less[3], *less[:3], {}, *greater)]
    rows = [{"id": n, **row} for n, row in enumerate(in_order)]
    for engine in engines.all():
        table = engine.table(OF_EVERY_TYPE)
        with table.holding(rows[::-1]):
            assert walked(table, OF_EVERY_TYPE, "", 2, len(rows)) == list(range(len(rows))), engine.name
            falling = walked(table, OF_EVERY_TYPE, "flag desc", 4, len(rows))
            assert falling == list(range(len(rows)))[::-1], engine.name


def test_the_primary_key_has_all_columns(engines: Engines) -> None:
    """Records that differ in one field of the key are stored side by side; with equal keys the engine refuses one. An
    update by the key changes one record."""
    rows = [
        {"id": 1, "text": "a", "exact": "1.00", "day": "2024-01-01", "at": "2024-01-01T00:00:00Z", "flag": True,
         "uuid": GUIDS[0]},
        {"id": 2, "text": "A", "exact": "1.00", "day": "2024-01-01", "at": "2024-01-01T00:00:00Z", "flag": True,
         "uuid": GUIDS[0]},
    ]  # fmt: skip
    for engine in engines.all():
        table = engine.table(OF_EVERY_TYPE)
        if not isinstance(table, SqlTable):
            continue
        with table.holding(rows):
            changed = {**OF_EVERY_TYPE.decode(rows[1]), "id": 20}
            one = criteria.parse({name: rows[1][name] for name in ("text", "exact", "day", "at", "flag", "uuid")},
                                 OF_EVERY_TYPE)  # fmt: skip
            update = table.storage.update(changed, table.bound(one))
            engine.execute(update.text, update.params)  # type: ignore[attr-defined]
            assert sorted(record["id"] for record in table.typed_records()) == [1, 20], engine.name
        with pytest.raises(Exception, match=r"(?i)unique|duplicate|primary"), table.holding([rows[0], rows[0]]):
            raise AssertionError(engine.name)


def test_keys_that_a_server_cannot_index_are_refused() -> None:
    """An index of MySQL and MariaDB has room for two strings of 255 characters, not for three."""
    fields = [Field(name, "string", nullable=False) for name in "abc"]
    for dialect in ("mysql", "mariadb"):
        two = Schema("t", fields, key=("a", "b"), system_properties=False)
        assert criteria.storage(two, dialect).create_table.endswith("PRIMARY KEY (`a`, `b`))")
        with pytest.raises(CriteriaError) as caught:
            criteria.storage(Schema("t", fields, key=("a", "b", "c"), system_properties=False), dialect)
        assert [problem.code for problem in caught.value.problems] == ["unsupported"]
        with pytest.raises(CriteriaError) as caught:
            criteria.storage(two, dialect).encode({"a": "x", "b": "x" * 256, "c": "x"})
        assert [(problem.code, problem.pointer) for problem in caught.value.problems] == [("invalid_record", "/b")]


def test_guids_are_sorted_as_text_where_the_engine_would_not() -> None:
    """SQL Server, ClickHouse and Trino have an own order of guids; elsewhere the column is sorted as it is."""
    search = criteria.parse_search({"orderBy": "uuid desc"}, BY_GUID)
    orders = {
        dialect: criteria.compile(search, "sql", dialect=dialect, table="t").rows.text.partition(" ORDER BY ")[2]
        for dialect in ("tsql", "clickhouse", "trino", "postgres", "duckdb", "spark")
    }
    assert {name: order.partition(" DESC")[0] for name, order in orders.items()} == {
        "tsql": "CAST([t].[uuid] AS CHAR(36))",
        "clickhouse": 'toString("t"."uuid")',
        "trino": 'CAST("t"."uuid" AS VARCHAR)',
        "postgres": '"t"."uuid"',
        "duckdb": '"t"."uuid"',
        "spark": "`t`.`uuid`",
    }


@pytest.mark.parametrize("records", ["typed", "json"])
def test_python_keeps_the_first_guids_of_a_stream(records: str) -> None:
    """Of many records only the page is kept; guids, subclasses of them and what is none are sorted as one rule says."""

    class Subclass(UUID):
        pass

    guids = [f"{n * 2654435761 % 2**32:08x}-0000-4000-8000-{n:012x}" for n in range(1000)]
    made = (UUID, Subclass) if records == "typed" else (str, str.upper)
    rows: list[dict[str, Any]] = [{"uuid": made[n % 2](guid), "id": n} for n, guid in enumerate(guids)]
    rows += [{"uuid": 5, "id": -1}, {"id": -2}]
    page = criteria.compile(criteria.parse_search({"orderBy": "uuid", "limit": 9}, BY_GUID), "python", records=records)
    ids = [guids.index(guid) for guid in sorted(guids)]
    assert [row["id"] for row in page(iter(rows)).data] == [-1, -2, *ids[:7]]
    falling = criteria.compile(
        criteria.parse_search({"orderBy": "uuid desc", "limit": 9}, BY_GUID), "python", records=records
    )
    assert [row["id"] for row in falling(iter(rows)).data] == ids[::-1][:9]
