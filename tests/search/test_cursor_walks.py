"""Pages by cursor, put together, are the ordered list: on every engine, forwards and backwards."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import criteria
from criteria import Field, Schema, Search
from criteria.conformance import schemas
from criteria.conformance.strategies import criteria_objects, order_by_texts, records
from criteria.limits import MAX_SORT_KEYS
from tests.conftest import CASES, Engines, capped
from tests.engines.table import rebuilt
from tests.search.walks import walk
from tests.test_agreement import tables

RENAMED = Schema(
    "renamed",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("name", "string", column="full_name"),
        Field("nick", "string", column="name"),
        Field("addr.city", "string", column="address"),
    ],
    system_properties=False,
)
"""Columns with other names than their fields, and one with the name of another field."""
WALKED = {**schemas.ALL, RENAMED.name: RENAMED}


@pytest.mark.heavy("walks of pages on every engine")
@pytest.mark.parametrize("name", WALKED)
def test_walks_on_every_engine(name: str, engines: Engines) -> None:
    """No record is lost and none comes twice, whatever is null and whatever is equal."""
    schema = WALKED[name]

    @settings(max_examples=capped(max(5, CASES // 400)))
    @given(
        rows=records(schema, max_size=9),
        criteria_json=st.one_of(st.just({}), criteria_objects(schema, 2)),
        order_by=order_by_texts(schema),
        size=st.integers(1, 3),
        counts=st.booleans(),
    )
    def whole(
        rows: list[dict[str, Any]], criteria_json: dict[str, Any], order_by: str, size: int, counts: bool
    ) -> None:
        query, order = criteria.parse(criteria_json, schema), criteria.parse_order_by(order_by, schema)
        search = Search(query, order, size, get_total_count=counts)
        typed = {row["id"]: rebuilt(schema, row) for row in rows}
        for engine, table in tables(engines, schema):
            with table.holding(rows):
                assert walk(search, typed, table.search) == [], engine.name

    whole()


DEEP = Schema(
    "deep",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        *(Field(f"p.a{number}", "decimal", precision=20, scale=4) for number in range(8)),
        *(Field(f"n{number}", "integer") for number in range(15)),
        *(Field(f"s{number}", "string") for number in range(6)),
        *(Field(f"b{number}", "boolean") for number in range(2)),
    ],
    system_properties=False,
)
"""With its key as many fields as a search has sort keys."""


def deep_rows() -> list[dict[str, Any]]:
    """Records that are equal in most sort keys, so that the first, a middle or the last one decides; some are null."""
    common: dict[str, Any] = {f"n{number}": number for number in range(15)}
    common |= {"s0": "", "s1": "a", "s2": None, "s3": "B", "s4": "", "s5": None, "b0": True, "b1": None}
    inside: dict[str, Any] = {f"a{number}": None if number % 5 == 3 else f"{number}.5000" for number in range(8)}
    changes: list[dict[str, Any]] = [
        {},
        {},
        {"n9": None},
        {"s3": "b"},
        {"b0": False},
        {"b1": True},
        {"s2": "\U0001f600"},
    ]
    changes += [
        {"p": {**inside, **one}}
        for one in ({"a0": None}, {"a7": "-7.0000"}, {"a3": "9.0000"}, {"a5": None}, {"a5": "10.0000"})
    ]
    return [{"id": number, **common, "p": inside, **change} for number, change in enumerate(changes)]


@pytest.mark.heavy("pages by 32 keys on every engine")
def test_walks_by_as_many_keys_as_there_may_be(engines: Engines) -> None:
    """32 sort keys, those of JSON decimals among them: each engine has the order that Python has, and its pages are
    that order, whichever key decides and whatever is null."""
    names = [field.name for field in DEEP.fields if field.name != "id"]
    order = criteria.parse_order_by(
        ",".join(f"{name} {'desc' if number % 3 else 'asc'}" for number, name in enumerate(names)), DEEP
    )
    search = Search(criteria.parse({}, DEEP), order, 3)
    assert len(search.sort_keys) == MAX_SORT_KEYS == 32
    rows = deep_rows()
    typed = {row["id"]: rebuilt(DEEP, row) for row in rows}
    expected = criteria.compile(replace(search, limit=None), "python")(list(typed.values()))
    for engine, table in tables(engines, DEEP):
        with table.holding(rows):
            assert list(table.search(replace(search, limit=None)).data) == [one["id"] for one in expected.data]
            assert walk(search, typed, table.search) == [], engine.name


@pytest.mark.parametrize("dialect", ["sqlite", "postgres", "mariadb", "mysql", "duckdb"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_a_page_by_many_keys_is_little_text(dialect: str, direction: str) -> None:
    """After a cursor with 32 sort keys: each key is compared a few times, where each range by itself compares all keys
    before its own, and a page is at most seven statements."""
    fields = [DEEP.fields[0], *(Field(f"n{number}", "integer") for number in range(31))]
    schema = Schema("plain", fields, system_properties=False)
    order = criteria.parse_order_by(",".join(f"{one.name} {direction}" for one in fields[1:]), schema)
    search = Search(criteria.parse({}, schema), order, 2, after=(5,) * MAX_SORT_KEYS)
    found = criteria.compile(search, "sql", dialect=dialect, table="t")
    assert len(found.rows.params) < 8 * MAX_SORT_KEYS
    assert len(found.pages) <= 7


def test_the_statements_of_many_keys_are_the_pages_in_their_order(engines: Engines) -> None:
    """The first statement has the rows that are equal in the first three keys, the others those that differ there."""
    engines.check("sqlite")
    schema = Schema("abcde", [DEEP.fields[0], *(Field(name, "integer") for name in "abcde")], system_properties=False)
    search = Search(criteria.parse({}, schema), criteria.parse_order_by("a desc,b desc,c desc,d desc,e", schema), 99)
    values = (None, 1, 2)
    rows = [
        {"id": number, **dict(zip("abcde", some, strict=True))}
        for number, some in enumerate(product(values, values, values, values, values))
    ]
    after = replace(search, after=(1, 1, 2, 2, 1, rows[0]["id"]))
    whole = [row["id"] for row in criteria.compile(replace(after, limit=None), "python")(rows).data]
    storage = criteria.storage(schema, "sqlite", table="t")
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(storage.create_table)
        connection.executemany(storage.insert, map(storage.encode, rows))
        statements = criteria.compile(replace(after, limit=None), "sql", dialect="sqlite", table="t").pages
        parts = [[row[0] for row in connection.execute(one.text, one.params)] for one in statements]
    assert len(parts) == 7
    assert [one for part in parts for one in part] == whole
    first = {(row["a"], row["b"], row["c"]) for row in rows if row["id"] in parts[0]}
    assert first == {(1, 1, 2)}
