"""Columns of integers some of which have more than 64 bits: what the refusal says to declare answers every query."""

from __future__ import annotations

import re
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field
from tests.conftest import Engines
from tests.tables.foreign import KEY, Foreign, created

COLUMNS = [
    ("duckdb", "UBIGINT", [2**64 - 1, 2**63, 2**63 - 1, 0]),
    ("duckdb", "HUGEINT", [10**34 - 1, 2**63, 2**63 - 1, -(10**34) + 1]),
    ("duckdb", "UHUGEINT", [10**34 - 1, 2**63, 2**63 - 1, 0]),
    ("mysql", "bigint unsigned", [2**64 - 1, 2**63, 2**63 - 1, 0]),
    ("mariadb", "bigint unsigned", [2**64 - 1, 2**63, 2**63 - 1, 0]),
]


@pytest.mark.parametrize(("name", "column", "values"), COLUMNS)
def test_what_the_refusal_says_to_declare_is_right(name: str, column: str, values: list[int], engines: Engines) -> None:
    """From the integer that is refused to conditions, pages, records in Python, and a first schema."""
    rows = [f"INSERT INTO foreign_rows VALUES ({at}, {value})" for at, value in enumerate(values)]
    with created(engines, name, f"v {column}", *rows) as engine:
        with pytest.raises(CriteriaError, match="other than whole numbers of 64 bits") as refused:
            Foreign(engine, [Field("v", "integer")])
        declared = re.search(r'"decimal", with "precision": (\d+), "scale": 0', refused.value.problems[0].hint or "")
        assert declared is not None
        table = Foreign(engine, [Field("v", "decimal", precision=int(declared[1]), scale=0)])
        for at, value in enumerate(values):
            assert table.keys({"v": str(value)}) == [at]
            assert table.keys({"v": {"$gt": str(value)}}) == list(range(at))
            assert table.keys({"v": {"$in": [str(value), "5"]}}) == [at]
        assert pages(table) == [0, 1, 2, 3]
        matches = criteria.compile(
            criteria.parse({"v": {"$gte": str(2**63)}}, table.schema), "python", table=table.table
        )
        found = engine.execute("SELECT id, v FROM foreign_rows ORDER BY id")
        assert [matches({"id": key, "v": value}) for key, value in found] == [True, True, False, False]
        first = criteria.tables.schema(engine.connection, "foreign_rows")
        assert first.fields[1] == table.schema.fields[1]


def pages(table: Foreign) -> list[int]:
    """The keys of all pages of one record, the greatest first."""
    after, found = None, []
    while True:
        given: dict[str, Any] = {"orderBy": "v desc, id", "limit": 1} | ({"after": after} if after else {})
        search = criteria.parse_search(given, table.schema)
        statement = criteria.compile(search, "sql", table=table.table).rows
        rows = table.engine.execute(statement.text, statement.params)
        page = search.page([dict(zip(("id", "v"), row, strict=True)) for row in rows])
        found += [record["id"] for record in page.data]
        after = page.next_cursor
        if after is None:
            return found


def test_numbers_that_were_not_looked_for_leave_a_total_condition_total(engines: Engines) -> None:
    """Of a column that is never NULL, too: no signed integer has the value 2^127, which is read as NULL."""
    field = Field("v", "integer", nullable=False)
    row = f"INSERT INTO foreign_rows VALUES (1, 5), (2, {2**127}), (3, 7)"
    with created(engines, "duckdb", "v UHUGEINT NOT NULL", row) as engine:
        schema = criteria.Schema("foreign_rows", [KEY, field], system_properties=False)
        table = criteria.tables.reflect(engine.connection, "foreign_rows", schema, verify=False)
        cases: list[tuple[dict[str, Any], list[int]]] = [
            ({"v": 5}, [1]),
            ({"v": {"$gt": 5}}, [3]),
            ({"v": {"$ne": 5}}, [2, 3]),
        ]
        for query, matching in cases:
            where = criteria.compile(criteria.parse(query, schema), "sql", table=table, total=True)
            for text, keys in [(where.text, matching), (f"NOT {where.text}", sorted({1, 2, 3} - set(matching)))]:
                found = engine.execute(f"SELECT id FROM foreign_rows WHERE {text} ORDER BY id", where.params)
                assert [key for (key,) in found] == keys


def test_a_first_schema_says_where_no_number_has_enough_digits(engines: Engines) -> None:
    """It does not say to declare a decimal, which would be refused too."""
    row = f"INSERT INTO foreign_rows VALUES (1, {2**127 - 1})"
    with created(engines, "duckdb", "v HUGEINT", row) as engine:
        first = criteria.tables.schema(engine.connection, "foreign_rows")
        assert first.fields == (KEY,)
        [problem] = criteria.tables.left_out(engine.connection, "foreign_rows", first)
        assert problem.hint is not None
        assert "query a view that casts it: CAST(column AS TEXT)" in problem.hint
        engine.execute("CREATE OR REPLACE VIEW as_text AS SELECT id, CAST(v AS TEXT) AS v FROM foreign_rows")
        table = criteria.tables.schema(engine.connection, "as_text")
        engine.execute("DROP VIEW as_text")
        assert table.fields[1] == Field("v", "string")
