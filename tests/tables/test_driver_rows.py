"""Rows of drivers, compared in Python: the rows and the order of SQL, or a refusal before any row is seen."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import criteria
from criteria import CriteriaError, Field, FieldType, Search
from criteria.conformance.strategies import criteria_objects, order_by_texts, records
from tests.conftest import Engines, capped
from tests.engines.duckdb_version import is_duckdb_before_2
from tests.tables.foreign import Foreign, created
from tests.tables.pairs.pair import Pair
from tests.tables.test_columns_that_fit import ALL, ForeignTable, foreign_table

REFUSED = {
    "mariadb": ["float as double", "timestamp(6) NULL as dateTime"],
    "mysql": ["float as double", "timestamp(6) NULL as dateTime"],
    "postgres-natural": [
        '"My mood"[] as string[]',
        "json as integer[]",
        "json as string[]",
        "jsonb as decimal[]",
        "jsonb as string[]",
    ],
}
"""The pairs of which drivers do not tell the value, by engine."""

SOME = [
    one if at % 16 == 0 else pytest.param(*one.values, id=one.id, marks=pytest.mark.heavy("the rest of the pairs"))
    for at, one in enumerate(ALL)
]
"""All pairs, of which the quick profile runs every sixteenth."""


@pytest.mark.parametrize(("name", "pair"), SOME)
def test_python_selects_and_sorts_the_rows_of_the_driver_as_sql(name: str, pair: Pair, engines: Engines) -> None:
    schema = pair.schema()
    with foreign_table(engines, name, pair) as foreign:
        if pair.name in REFUSED.get(name, ()):
            refuses(foreign)
            return

        @settings(max_examples=capped(3))
        @given(
            rows=records(schema),
            conditions=st.lists(criteria_objects(schema, 4), min_size=2, max_size=2),
            order_by=order_by_texts(schema),
        )
        def agree(rows: list[dict[str, Any]], conditions: list[dict[str, Any]], order_by: str) -> None:
            with foreign.holding(rows):
                found = foreign.engine.execute("SELECT id, written FROM foreign_rows ORDER BY id")
                fetched = [dict(zip(("id", "written"), row, strict=True)) for row in found]
                for condition in conditions:
                    check(foreign, fetched, condition, order_by)

        agree()


def check(foreign: ForeignTable, fetched: list[dict[str, Any]], condition: Any, order_by: str) -> None:
    """The rows and the page of Python beside those of SQL."""
    query = criteria.parse(condition, foreign.schema)
    keys = foreign.keys(criteria.compile(query, "sql", table=foreign.table))
    matches = criteria.compile(query, "python", table=foreign.table)
    assert [row["id"] for row in fetched if matches(row)] == keys, (condition, fetched)
    assert [row["id"] for row in matches.filter(fetched)] == keys, (condition, fetched)
    search = Search(query, criteria.parse_order_by(order_by, foreign.schema), 3, 0)
    statement = criteria.compile(search, "sql", table=foreign.table).rows
    page = criteria.compile(search, "python", table=foreign.table)(fetched)
    in_order = foreign.engine.keys(statement.text, statement.params, 0)[:3]
    assert [row["id"] for row in page.data] == in_order, (condition, order_by, fetched)


def refuses(foreign: ForeignTable) -> None:
    """Every comparison of the field is refused, at its place."""
    operand = {FieldType.DATE_TIME: "2026-06-01T12:00:00Z", FieldType.STRING: "a"}.get(foreign.pair.field_type, 1)
    query = criteria.parse({"AND": [{"id": 1}, {"value": {"$ne": operand}}]}, foreign.schema)
    with pytest.raises(CriteriaError, match="cannot be compared in Python") as refused:
        criteria.compile(query, "python", table=foreign.table)
    [problem] = refused.value.problems
    assert problem.code == "unsupported"
    assert problem.pointer.startswith("/AND/1/value")


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata", "UTC"])
@pytest.mark.parametrize("name", ["duckdb", "postgres-natural"])
def test_instants_outside_the_years_of_python_are_read(name: str, zone: str, engines: Engines) -> None:
    """In the session's time zone, in which drivers return instants, the first and the last ones have other years."""
    if name == "duckdb" and is_duckdb_before_2():
        pytest.skip("The driver of DuckDB before version 2 does not return such instants: it raises OverflowError")
    instants = ("0001-01-01T00:00:00Z", "0001-03-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2026-06-01T12:00:00Z")
    values = ", ".join(f"({at}, '{one.replace('Z', '+00')}')" for at, one in enumerate(instants))
    with created(engines, name, "value timestamptz", f"INSERT INTO foreign_rows VALUES {values}") as engine:
        table = Foreign(engine, [Field("value", "dateTime", precision=6)])
        [[before]] = engine.execute("SELECT CURRENT_SETTING('TimeZone')")
        engine.execute(f"SET TimeZone = '{zone}'")
        try:
            found = engine.execute("SELECT id, value FROM foreign_rows ORDER BY id")
        finally:
            engine.execute(f"SET TimeZone = '{before}'")
        rows = [dict(zip(("id", "value"), row, strict=True)) for row in found]
        for at, one in enumerate(instants):
            query = criteria.parse({"value": one}, table.schema)
            matches = criteria.compile(query, "python", table=table.table)
            assert [row["id"] for row in matches.filter(rows)] == [at]


DOCUMENTS = (
    '{"price": 19.99, "city": "Rome", "n": 5, "ok": true, "tags": ["x", null], "x": 0.5}',
    '{"price": "19.9900000000", "city": null, "n": 5.0, "ok": "t", "tags": [], "day": "2026-06-01"}',
    '{"price": "-3.5000000000", "city": "", "uid": "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "tags": "x", "x": 2}',
    '{"price": true, "city": 5, "n": "5", "ok": false, "tags": ["", 1], "at": 5, "day": 5, "uid": 5, "x": "0.5"}',
    '{"at": "2026-06-01T12:00:00.000Z"}',
    "{}",
    "[1]",
    "5",
    "null",
    None,
)
"""Documents with values of the fields, of other types, and without objects."""

INSIDE = {
    "price": ("decimal", (19.99, -3.5)),
    "city": ("string", ("Rome", "", "5")),
    "n": ("integer", (5, 4)),
    "ok": ("boolean", (True, False)),
    "tags": ("string", ("x", "")),
    "at": ("dateTime", ("2026-06-01T12:00:00Z",)),
    "day": ("date", ("2026-06-01",)),
    "uid": ("guid", ("6ba7b810-9dad-11d1-80b4-00c04fd430c8",)),
    "x": ("double", (0.5, 2)),
}
"""The fields inside the documents, with operands."""


@pytest.mark.parametrize("name", ["sqlite", "duckdb", "postgres-natural", "mariadb", "mysql"])
@pytest.mark.heavy("documents on every engine")
def test_fields_inside_documents_select_the_rows_of_sql(name: str, engines: Engines) -> None:
    fields = [Field(f"meta.{key}", kind, column="meta", is_list=key == "tags") for key, (kind, _) in INSIDE.items()]
    literals = ["NULL" if one is None else f"'{one}'" for one in DOCUMENTS]
    values = ", ".join(f"({at}, {literal})" for at, literal in enumerate(literals))
    with created(engines, name, "meta json", f"INSERT INTO foreign_rows VALUES {values}") as engine:
        table = Foreign(engine, fields)
        found = engine.execute("SELECT id, meta FROM foreign_rows ORDER BY id")
        rows = [dict(zip(("id", "meta"), row, strict=True)) for row in found]
        refused = []
        for key, (_, operands) in INSIDE.items():
            for operand in (*operands, None):
                for asked in ({f"meta.{key}": operand}, {f"meta.{key}": {"$ne": operand}}):
                    query = criteria.parse(asked, table.schema)
                    try:
                        matches = criteria.compile(query, "python", table=table.table)
                    except CriteriaError as error:
                        assert all(problem.pointer for problem in error.problems)
                        refused.append(key)
                        continue
                    assert [row["id"] for row in matches.filter(rows)] == table.keys(asked), asked
        assert set(refused) == ({"price"} if name == "postgres-natural" else set())
