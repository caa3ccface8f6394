"""What JSON columns of other programs hold at decimals, dateTimes, guids and references (docs/language.md#inside-json).

Each value is in a record of its own. The records of each comparison, and their order, are those of the Python backend.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import contextmanager
from typing import Any

import pytest

import criteria
from criteria import Schema
from tests.conftest import PROFILE, Engines
from tests.engines.documents import MongoTable
from tests.engines.memory import MemoryTable
from tests.engines.sql import SqlTable

FIELDS = [
    {"name": "id", "fieldType": "integer", "isUnique": True, "nullable": False},
    {"name": "p.cents", "fieldType": "decimal", "precision": 12, "scale": 2},
    {"name": "p.whole", "fieldType": "decimal", "precision": 34, "scale": 0},
    {"name": "p.below", "fieldType": "decimal", "precision": 5, "scale": 5},
    {"name": "p.fine", "fieldType": "decimal", "precision": 34, "scale": 20},
    {"name": "p.all", "fieldType": "decimal", "precision": 12, "scale": 2, "isList": True},
    {"name": "p.at", "fieldType": "dateTime"},
    {"name": "p.guid", "fieldType": "guid"},
    {"name": "p.owner", "fieldType": "objectRef", "objectEntityType": "user"},
    {"name": "p.owners", "fieldType": "objectRef", "objectEntityType": "user", "isList": True},
]
SCHEMA = Schema.from_json({"name": "inside", "systemProperties": False, "fields": FIELDS})

_OTHERS: list[Any] = [None, True, "", "x", "0x1", "NaN", {"a": 1}]

CENTS = [
    19.99, "19.99", "19.990", "19.9", 19.9, "019.99", "+19.99", " 19.99", "19.99\n", "1999e-2", 20, 20.0, "20.00", "20",
    19.995, 20.004, 0, 0.0, -0.0, "0.00", "-0.00", "0", "-5.00", -5, -5.01, "-5.01", "-0.01", -0.01, 1e-7, 1e15, 1e300,
    123456.78, "123456.78", 9999999999.99, "9999999999.99", "99999999999.99", 0.1, 0.30000000000000004, 0.3, "0.30",
    *_OTHERS,
]  # fmt: skip
WHOLE = [
    0, "0", "-0", "00", 7, 7.0, "7", "7.0", "-7", -7, 999999999999999, "999999999999999", 1e15, "1000000000000000",
    9007199254740993, "9007199254740993", "9007199254740992", 1e22, "10000000000000000000000", "9" * 34, "9" * 35,
    *_OTHERS,
]  # fmt: skip
BELOW = [0.5, "0.50000", "0.5", 0, "0.00000", "-0.00000", "-0.50000", -0.5, 0.00001, "0.00001", 1e-6, "1.00000",
         "-0.00001", *_OTHERS]  # fmt: skip
FINE = [
    0.1, "0.10000000000000000000", "0.10000000000000000001", "0.09999999999999999999", 1e-16, "0.00000000000000010000",
    12345678901234.5, "12345678901234.50000000000000000000", 9007199.1, "9007199.10000000000000000000", 0.3,
    "0.30000000000000000000", 0.30000000000000004, *_OTHERS,
]  # fmt: skip
INSTANTS = [
    "2024-01-01T00:00:00.000Z", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00.0Z", "2024-01-01T00:00:00.000000Z",
    "2024-01-01T05:00:00.000+05:00", "2024-01-01t00:00:00.000z", "2024-01-01T00:00:00.000", "2024-01-01 00:00:00.000Z",
    "2024-02-30T00:00:00.000Z", "2024-01-01T24:00:00.000Z", "2024-01-01T23:59:60.000Z", "2024-01-01T23:59:59.999Z",
    "2023-12-31T23:59:59.999Z", "0000-01-01T00:00:00.000Z", "0001-01-01T00:00:00.000Z", "2023-02-29T00:00:00.000Z",
    "2024-02-29T00:00:00.000Z", "2024-01-01T00:00:00.000Z\n", "2024-01-01T00:00:00.000ZZ", "2024-01-01", 1704067200,
    None, True, "", "x", "now",
]  # fmt: skip
GUIDS = [
    "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6BA7B810-9DAD-11D1-80B4-00C04FD430C8", "6ba7b8109dad11d180b400c04fd430c8",
    "urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8", "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}",
    "6ba7b810-9dad-11d1-80b4-00c04fd430c9", "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "6ba7b810-9dad-11d1-80b4-00c04fd430c8\n", "00000000-0000-0000-0000-000000000000", None, 5, "", "x",
]  # fmt: skip
REFERENCES = [
    100, 100.0, 100.5, "100", {"objectId": 100}, {"objectId": "100"}, {"objectId": None}, 200, {"objectId": 200}, 0, -1,
    9007199254740993, *_OTHERS,
]  # fmt: skip

HELD: Mapping[str, list[Any]] = {
    "cents": CENTS, "all": CENTS, "whole": WHOLE, "below": BELOW, "fine": FINE, "at": INSTANTS, "guid": GUIDS,
    "owner": REFERENCES, "owners": REFERENCES,
}  # fmt: skip
OPERANDS: Mapping[str, list[Any]] = {
    "cents": [19.99, 20, 0, -5, 0.1, "0.3", 123456.78, "9999999999.99", "-0.01"],
    "whole": [0, 7, -7, "999999999999999", "1000000000000000", "9007199254740993", "9007199254740992", "9" * 34,
              "1e22"],
    "below": [0.5, 0, -0.5, "0.00001", "0.99999"],
    "fine": [0.1, "0.10000000000000000001", "0.09999999999999999999", "1e-16", "12345678901234.5", "9007199.1", 0.3,
             "0.30000000000000004"],
    "at": ["2024-01-01T00:00:00Z", "2024-01-01T05:00:00+05:00", "0001-01-01T00:00:00Z", "2024-02-29T00:00:00Z"],
    "guid": ["6BA7B810-9DAD-11D1-80B4-00C04FD430C8", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
    "owner": [100, 0, 9007199254740993, 9007199254740992],
}  # fmt: skip

LISTS = {"all": "cents", "owners": "owner"}
"""The fields that are lists, and those that hold one of the values."""

IN_MONGODB = ("cents", "all", "below", "owner", "owners")
"""The fields that are compared there: integers beyond 2^53 are exact there, and instants are not text."""


def records(name: str) -> list[dict[str, Any]]:
    """A record for each value; of a list field, a list of it and null."""
    held = [[value, None] if name in LISTS else value for value in HELD[name]]
    return [{"id": number, "p": {name: value}} for number, value in enumerate(held)]


def queries(name: str) -> list[dict[str, Any]]:
    """Every comparison with every operand."""
    field, values = f"p.{name}", OPERANDS[LISTS.get(name, name)]
    found: list[dict[str, Any]] = [{field: None}, {field: {"$in": values}}, {field: {"$nin": values[:2]}}]
    for value in values:
        found += [{field: value}, {field: {"$ne": value}}]
        if name not in ("guid", "owner", "owners"):
            found += [{field: {operator: value}} for operator in ("$gt", "$gte", "$lt", "$lte")]
            found += [{"NOT": {field: {operator: value}}} for operator in ("$gt", "$gte", "$lt", "$lte")]
    return found if PROFILE.runs_heavy else found[::9]


@contextmanager
def holding(table: Any, name: str) -> Any:
    """The records as they are; in MongoDB numbers are doubles and integers of BSON, and texts no values."""
    if isinstance(table, MongoTable):
        table.collection.insert_many([dict(record) for record in records(name)])
        try:
            yield
        finally:
            table.collection.delete_many({})
        return
    with table.holding(records(name)):
        yield


def expected(name: str, rows: list[dict[str, Any]], query: dict[str, Any]) -> list[int]:
    """The ids that the Python backend selects."""
    predicate = criteria.compile(criteria.parse(query, SCHEMA), "python", records="canonical")
    return [row["id"] for row in predicate.filter(rows)]


@pytest.mark.parametrize("name", HELD)
def test_every_engine_selects_the_same_values(name: str, engines: Engines) -> None:
    """A number is the decimal that it spells; a text in another spelling than the canonical one is no value."""
    rows = records(name)
    for engine in engines.all():
        table = engine.table(SCHEMA)
        of_engine = rows
        if isinstance(table, MemoryTable):
            continue
        if isinstance(table, MongoTable):
            if name not in IN_MONGODB:
                continue
            texts = [number for number, value in enumerate(HELD[name]) if isinstance(value, str)]
            of_engine = [row if row["id"] not in texts else {"id": row["id"], "p": {name: "no value"}} for row in rows]
            if name in LISTS:
                of_engine = [row if row["id"] not in texts else {"id": row["id"], "p": {name: ["?"]}} for row in rows]
        with holding(table, name):
            for query in queries(name):
                found = sorted(table.select(criteria.parse(query, SCHEMA)))
                assert found == expected(name, of_engine, query), (engine.name, query)


@pytest.mark.parametrize("name", [name for name in HELD if name not in LISTS])
def test_every_engine_orders_the_same_values(name: str, engines: Engines) -> None:
    """Numbers and texts of equal value are equal in an order: the next sort key decides. What is no value is empty."""
    rows = records(name)
    for order_by in (f"p.{name}", f"p.{name} desc", f"p.{name},id desc"):
        search = criteria.parse_search({"orderBy": order_by, "limit": 1000}, SCHEMA)
        page = criteria.compile(search, "python", records="canonical")(rows)
        for engine in engines.all():
            table = engine.table(SCHEMA)
            if not isinstance(table, SqlTable):
                continue  # MongoDB's order of types is its own
            with holding(table, name):
                assert list(table.search(search).data) == [row["id"] for row in page.data], (engine.name, order_by)


def test_total_conditions_have_numbers() -> None:
    """A condition that the host negates is true or false of numbers, too."""
    import sqlite3

    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (id INTEGER, p TEXT)")
    rows = records("cents")
    connection.executemany("INSERT INTO t VALUES (?, ?)", [(row["id"], json.dumps(row["p"])) for row in rows])
    for query in queries("cents"):
        condition = criteria.compile(criteria.parse(query, SCHEMA), "sql", dialect="sqlite", total=True)
        found = connection.execute(f"SELECT id FROM t WHERE NOT ({condition.text})", condition.params).fetchall()
        rest = {row["id"] for row in rows} - set(expected("cents", rows, query))
        assert {one for (one,) in found} == rest, query
    connection.close()


def test_json_records_have_any_spelling() -> None:
    """`records="json"` reads values inside objects in any spelling of an operand, as it does outside of them."""
    query = criteria.parse({"p.at": "2024-01-01T00:00:00Z"}, SCHEMA)
    counts = {
        records_are: len(criteria.compile(query, "python", records=records_are).filter(records("at")))
        for records_are in ("canonical", "json", "typed")
    }
    assert counts == {"canonical": 1, "json": 6, "typed": 0}


def test_an_object_with_an_object_id_is_a_reference_in_json_records() -> None:
    """Canonical records hold the id inside objects, as JSON columns do (docs/language.md#records)."""
    query = criteria.parse({"p.owner": 100}, SCHEMA)
    rows: list[dict[str, Any]] = [{"p": {"owner": 100}}, {"p": {"owner": {"objectId": 100}}}]
    found = {kind: len(criteria.compile(query, "python", records=kind).filter(rows)) for kind in ("canonical", "json")}
    assert found == {"canonical": 1, "json": 2}


def test_storages_read_numbers_as_decimals() -> None:
    """What is compared as a decimal is read as one; what has more digits than the field is refused."""
    storage = criteria.storage(SCHEMA, "sqlite")

    def read(price: str) -> Any:
        return storage.decode({"id": 1, "p": f'{{"cents": {price}}}'})["p"]["cents"]

    assert [str(read(price)) for price in ("19.99", "2e1", "7", '"19.99"')] == ["19.99", "20.00", "7.00", "19.99"]
    for price in ("19.995", "1e300", '"19.9"', "true"):
        with pytest.raises(criteria.CriteriaError, match="invalid_record"):
            read(price)
