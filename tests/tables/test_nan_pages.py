"""Pages by cursor through NaN and infinities: the same rows in the same order as one walk without a limit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from math import inf, nan
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, Page, Schema, Search
from criteria.backends.sql.dialects import STORED
from tests.conftest import Engines
from tests.engines.sql import SqlEngine
from tests.search.walks import walk
from tests.tables.foreign import KEY, Foreign, created

DOUBLE = Field("value", "double")
NUMERIC = Field("value", "decimal", precision=12, scale=2)
ALL = ("'NaN'", "2", "NULL", "'Infinity'", "'NaN'", "-1", "NULL", "'-Infinity'", "2", "'NaN'", "0")
"""Values as SQL spells them, those of rows 1, 2, ..."""

COLUMNS = [
    pytest.param("postgres-natural", "value double precision", DOUBLE, ALL, id="postgres: double precision"),
    pytest.param("postgres-natural", "value numeric", NUMERIC, ALL, id="postgres: numeric"),
    pytest.param("postgres-natural", "value numeric(12, 2)", NUMERIC, [one for one in ALL if "Inf" not in one],
                 id="postgres: numeric(12, 2)"),
    pytest.param("duckdb", "value DOUBLE", DOUBLE, ALL, id="duckdb: DOUBLE"),
    pytest.param("duckdb", "value FLOAT", DOUBLE, ALL, id="duckdb: FLOAT"),
    pytest.param("sqlite", "value REAL", DOUBLE, ("2", "9e999", "NULL", "-9e999", "-1", "9e999", "NULL"),
                 id="sqlite: REAL, which has no NaN"),
]  # fmt: skip
"""The engine, the column, the field and the values."""

ORDERS = ("value", "value desc", "value, id desc", "value desc, id")


@contextmanager
def table_with(
    engines: Engines, name: str, column: str, field: Field, values: Sequence[str], more: str = ""
) -> Iterator[Foreign]:
    """A table with the values, read without looking at them: infinite decimals are no values of a field."""
    rows = ", ".join(f"({number}, {value}{', 3' if more else ''})" for number, value in enumerate(values, 1))
    with created(engines, name, column + more, f"INSERT INTO foreign_rows VALUES {rows}") as engine:
        yield Foreign(engine, [field, Field("same", "integer")] if more else [field], verify=False)


def page_of(engine: SqlEngine, search: Search, in_parts: bool, **options: Any) -> Page:
    """A page of rows, by its statements for an index or by the single one."""
    compiled = criteria.compile(search, "sql", **options)
    rows: list[Any] = []
    for statement in compiled.pages if in_parts else [compiled.rows]:
        rows += engine.execute(statement.text, statement.params)
        if search.fetch is not None and len(rows) >= search.fetch:
            break
    return search.page(rows[: search.fetch])


def typed_rows(engine: SqlEngine) -> dict[int, dict[str, Any]]:
    """The rows as records, by their keys."""
    return {row[0]: {"id": row[0], "value": row[1], "same": 3} for row in engine.execute("SELECT * FROM foreign_rows")}


def faults(foreign: Foreign, order: str, limit: int, in_parts: bool) -> list[str]:
    """What is wrong with the pages of a walk, in both directions."""

    def run(search: Search) -> Page:
        page = page_of(foreign.engine, search, in_parts, table=foreign.table)
        return Page(tuple(row[0] for row in page.data), page.has_more_records)

    search = criteria.parse_search({"orderBy": order, "limit": limit}, foreign.schema)
    return walk(search, typed_rows(foreign.engine), run)


@pytest.mark.heavy("walks on three engines")
@pytest.mark.parametrize("in_parts", [True, False], ids=["pages", "rows"])
@pytest.mark.parametrize(("name", "column", "field", "values"), COLUMNS)
def test_a_walk_by_cursor_loses_no_row(
    name: str, column: str, field: Field, values: Sequence[str], in_parts: bool, engines: Engines
) -> None:
    """Each row comes once, also where the cursor is the position of a NaN, of an infinity or of a null."""
    with table_with(engines, name, column, field, values) as foreign:
        for order in ORDERS:
            for limit in (1, 2, 3):
                assert faults(foreign, order, limit, in_parts) == [], (order, limit)


@pytest.mark.heavy("walks on three engines")
@pytest.mark.parametrize(("name", "column", "field", "values"), COLUMNS[:1] + COLUMNS[3:4])
def test_nan_in_the_second_key(name: str, column: str, field: Field, values: Sequence[str], engines: Engines) -> None:
    """PostgreSQL compares the first keys and this one as rows."""
    with table_with(engines, name, column, field, values, more=", same INTEGER") as foreign:
        for order in ("same, value", "same desc, value desc", "same, value desc"):
            assert faults(foreign, order, 2, in_parts=True) == [], order


@pytest.mark.heavy("walks on three engines")
def test_numbers_and_nulls_are_in_the_order_of_python(engines: Engines) -> None:
    """NaN is largest on PostgreSQL and DuckDB, and empty in Python. Every other row is in one order."""
    for name, column in (("postgres-natural", "value double precision"), ("duckdb", "value DOUBLE")):
        with table_with(engines, name, column, DOUBLE, ALL) as foreign:
            typed = typed_rows(foreign.engine)
            is_number = {
                number for number, row in typed.items() if row["value"] is None or row["value"] == row["value"]
            }
            for order in ORDERS:
                search = criteria.parse_search({"orderBy": order, "limit": 100}, foreign.schema)
                in_python = [record["id"] for record in criteria.compile(search, "python")(list(typed.values())).data]
                found = foreign.in_order(order)
                assert [one for one in found if one in is_number] == [one for one in in_python if one in is_number]
                of_nan = [one for one in found if one not in is_number]
                assert of_nan == (found[:3] if order.startswith("value desc") else found[-3:])


def test_python_goes_on_from_its_own_infinities() -> None:
    """Pages of records in memory, in which NaN is empty."""
    schema = Schema("foreign", [KEY, DOUBLE], system_properties=False)
    values = (nan, 2.0, None, inf, nan, -1.0, None, -inf)
    records = [{"id": number, "value": value} for number, value in enumerate(values, 1)]
    by_id = {record["id"]: record for record in records}
    for order in ORDERS:
        search = criteria.parse_search({"orderBy": order, "limit": 2}, schema)
        whole = criteria.compile(criteria.parse_search({"orderBy": order}, schema), "python")(records).data
        found: list[Any] = []
        page = criteria.compile(search, "python")(records)
        while page.next_cursor is not None:
            found += page.data
            following = criteria.parse_search({"orderBy": order, "limit": 2, "after": page.next_cursor}, schema)
            page = criteria.compile(following, "python")(records)
        assert [one["id"] for one in [*found, *page.data]] == [one["id"] for one in whole]
        nan_cursor = search.cursor(by_id[1])  # of a driver's row
        after_nan = criteria.parse_search({"orderBy": order, "limit": 8, "after": nan_cursor}, schema)
        after_null = criteria.parse_search(
            {"orderBy": order, "limit": 8, "after": search.cursor({"id": 1, "value": None})}, schema
        )
        in_both = [
            [one["id"] for one in criteria.compile(one, "python")(records).data] for one in (after_nan, after_null)
        ]
        assert in_both[0] == in_both[1]


NONE_SUCH = [
    pytest.param("sql", {"dialect": "mysql", "table": "t"}, inf, id="MySQL has no infinity"),
    pytest.param("sql", {"dialect": "sqlite", "table": "t"}, nan, id="SQLite has no NaN"),
    pytest.param("sql", {"dialect": "mariadb", "table": "t"}, nan, id="MariaDB has no NaN"),
]


@pytest.mark.parametrize(("backend", "options", "value"), NONE_SUCH)
@pytest.mark.parametrize("is_cached", [False, True])
def test_a_cursor_of_a_value_that_the_engine_does_not_have_is_refused(
    backend: Any, options: dict[str, Any], value: float, is_cached: bool
) -> None:
    """Clients can make such a cursor. It is refused before anything runs, also after one of a number was compiled."""
    schema = Schema("foreign", [KEY, DOUBLE], system_properties=False)
    search = criteria.parse_search({"orderBy": "value"}, schema)

    def following(one: float) -> Search:
        cursor = search.cursor({"id": 1, "value": one})
        return criteria.parse_search({"orderBy": "value", "after": cursor}, schema)

    if is_cached:
        criteria.compile(following(2.0), backend, **options)
    with pytest.raises(CriteriaError) as refused:
        criteria.compile(following(value), backend, **options)
    assert [problem.code for problem in refused.value.problems] == ["unsupported"]
    assert all(problem.hint for problem in refused.value.problems)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_other_fields_have_no_such_position(text: str) -> None:
    """A string may have the same text; a whole number is never infinite."""
    schema = Schema("foreign", [KEY, Field("name", "string"), Field("age", "integer")], system_properties=False)
    by_name = criteria.parse_search({"orderBy": "name"}, schema)
    cursor = by_name.cursor({"id": 1, "name": text, "age": 1})
    assert criteria.parse_search({"orderBy": "name", "after": cursor}, schema).after == (text, 1)
    with pytest.raises(CriteriaError, match="invalid_record"):
        criteria.parse_search({"orderBy": "age"}, schema).cursor({"id": 1, "name": text, "age": float(text)})


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("dialect", sorted(STORED))
def test_made_up_cursors_at_what_json_does_not_hold_are_refused(dialect: str, value: str) -> None:
    """Clients can make up a cursor that is not signed. None raises another exception, whatever its values are."""
    schema = Schema("thing", [Field("inside.number", "decimal", precision=12, scale=2)])
    position = (Decimal(value), 3)
    for name in ("after", "before"):
        for order in ("inside.number", "inside.number desc"):
            first = criteria.parse_search({"orderBy": order, "limit": 5}, schema)
            asked = replace(first, after=position) if name == "after" else replace(first, before=position)
            with pytest.raises(CriteriaError) as refused:
                criteria.compile(asked, "sql", dialect=dialect, table="things")
            assert [problem.code for problem in refused.value.problems] == ["unsupported"]
