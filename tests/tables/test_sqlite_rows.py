"""Rows that other programs wrote into SQLite: each is found by its value, however its column spells it."""

from __future__ import annotations

from typing import Any

import pytest

from criteria import Field
from tests.conftest import Engines
from tests.engines.sql import SQLITE_COMBINES_INDEXES
from tests.tables.foreign import Foreign, created, foreign, refused

GUID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"


@pytest.mark.parametrize("stored", [("5", "100", "-3.5"), ("5.0", "100.0", "-3.5"), ("'5'", "'100.00'", "'-3.50'")])
@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ({"total": {"$gt": 9}}, [2]),
        ({"total": {"$lte": 5}}, [1, 3]),
        ({"total": 100}, [2]),
        ({"total": {"$ne": -3.5}}, [1, 2]),
    ],
)
def test_numeric_compares_as_numbers(query: Any, keys: list[int], stored: tuple[str, ...], engines: Engines) -> None:
    """Whatever was inserted, NUMERIC(12,2) stores numbers."""
    field = Field("total", "decimal", precision=12, scale=2)
    with foreign(engines, "sqlite", "total NUMERIC(12, 2)", field, stored) as table:
        assert table.keys(query) == keys
        assert table.in_order("total") == [3, 1, 2]


def test_numeric_of_more_than_15_digits_is_refused(engines: Engines) -> None:
    told = refused(engines, "sqlite", "total NUMERIC(20, 2)", Field("total", "decimal", precision=20, scale=2))
    assert "exact up to 15 digits" in told


@pytest.mark.parametrize("spelled", ["2026-06-01 12:00:00.000000", "2026-06-01 12:00:00"])
@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ({"at": {"$lte": "2026-06-01T00:00:00Z"}}, []),
        ({"at": {"$gte": "2026-06-01T00:00:00Z"}}, [1]),
        ({"at": "2026-06-01T12:00:00Z"}, [1]),
        ({"at": "2026-06-01T14:00:00+02:00"}, [1]),
        ({"at": {"$ne": "2026-06-01T12:00:00Z"}}, [2]),
    ],
)
def test_datetime_text_compares_as_an_instant(query: Any, keys: list[int], spelled: str, engines: Engines) -> None:
    """Whether a program wrote the fraction or not."""
    field = Field("at", "dateTime", time_zone="UTC")
    with foreign(engines, "sqlite", "at DATETIME", field, (f"'{spelled}'", "NULL")) as table:
        assert table.keys(query) == keys


def test_datetime_without_the_declaration_is_refused(engines: Engines) -> None:
    assert "has no time zone" in refused(engines, "sqlite", "at DATETIME", Field("at", "dateTime"))


@pytest.mark.parametrize("spelled", [GUID, GUID.upper()])
@pytest.mark.parametrize("kind", ["CHAR(32)", "CHAR(36)", "UUID", "BLOB", "BINARY(16)"])
def test_guids_are_compared_as_they_are_stored(kind: str, spelled: str, engines: Engines) -> None:
    """As text with hyphens, as 32 hexadecimal digits, and as 16 bytes."""
    mark = "X" if kind in ("BLOB", "BINARY(16)") else ""
    other = "00000000-0000-0000-0000-000000000000"
    stored = [one if kind in ("CHAR(36)", "UUID") else one.replace("-", "") for one in (spelled, other)]
    values = (f"{mark}'{stored[0]}'", "NULL", f"{mark}'{stored[1]}'")
    with foreign(engines, "sqlite", f"token {kind}", Field("token", "guid"), values) as table:
        assert table.keys({"token": GUID}) == [1]
        assert table.keys({"token": {"$ne": GUID}}) == [2, 3]
        assert table.keys({"token": {"$in": [GUID.upper()]}}) == [1]


def test_a_date_is_no_instant(engines: Engines) -> None:
    told = refused(engines, "sqlite", "day DATE", Field("day", "dateTime", time_zone="UTC"))
    assert 'Declare the field as "date".' in told


ROWS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) "
    "INSERT INTO foreign_rows SELECT i, 'name' || i, i, i FROM n"
)


@pytest.mark.parametrize("total", [False, True])
@pytest.mark.parametrize(
    ("query", "index"),
    [
        ({"name": "name7"}, "by_name"),
        ({"name": {"$gt": "name7"}}, "by_name"),
        ({"name": {"$in": ["name7", "name8"]}}, "by_name"),
        ({"name": {"$startsWith": "name7"}}, "by_name"),
        ({"amount": 7}, "by_amount"),
        ({"amount": {"$gt": 7, "$lt": 9}}, "by_amount"),
        ({"amount": {"$in": [7, 8]}}, "by_amount"),
        ({"total": 7}, "by_total"),
        ({"total": {"$lt": 7.5}}, "by_total"),
        ({"OR": [{"name": "name7"}, {"amount": 8}]}, "by_amount"),
    ],
    ids=str,
)
def test_indexes_serve(query: Any, index: str, total: bool, engines: Engines) -> None:
    """Equality, ranges, lists and prefixes use the index on the column, total or not."""
    indexes = [f"CREATE INDEX by_{column} ON foreign_rows ({column})" for column in ("name", "amount", "total")]
    columns = "name VARCHAR(20), amount INTEGER, total NUMERIC(10, 2)"
    with created(engines, "sqlite", columns, ROWS, *indexes, "ANALYZE") as engine:
        fields = [Field("name", "string"), Field("amount", "integer"), Field("total", "decimal", precision=10, scale=2)]
        table = Foreign(engine, fields)
        where = table.where(query, total=total)
        if "OR" in query and not SQLITE_COMBINES_INDEXES:
            pytest.skip("docs/engines.md says that this SQLite uses no index here")
        assert f"USING INDEX {index}" in table.plan(f"SELECT * FROM foreign_rows WHERE {where.text}", where.params)


@pytest.mark.parametrize("kind", ["CHAR(36)", "UUID COLLATE NOCASE"])
def test_guids_of_both_cases_sort_as_one(kind: str, engines: Engines) -> None:
    """Upper case would come before lower case, whatever the digits."""
    guids = [f"{first}0000000-0000-0000-0000-000000000000" for first in "bAdC"]
    stored = tuple(f"'{guid}'" for guid in guids)
    with foreign(engines, "sqlite", f"token {kind}", Field("token", "guid"), stored) as table:
        assert table.in_order("token") == [2, 1, 4, 3]
        assert table.in_order("token desc") == [3, 4, 1, 2]
