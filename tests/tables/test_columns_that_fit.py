"""Columns that fit: on a table that another program created, generated queries select the rows that they should."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import criteria
from criteria import CriteriaError, Field, FieldType, Schema, Search
from criteria.conformance.reference import is_true, ordered
from criteria.conformance.strategies import criteria_objects, order_by_texts, records
from tests.conftest import CASES, Engines, capped
from tests.engines.sql import SqlEngine
from tests.tables.pairs import PAIRS
from tests.tables.pairs.pair import Pair

ALL = [pytest.param(engine, pair, id=f"{engine}: {pair.name}") for engine, pairs in PAIRS.items() for pair in pairs]

SAMPLE = [
    one if at % 4 == 0 else pytest.param(*one.values, id=one.id, marks=pytest.mark.heavy("the rest of the pairs"))
    for at, one in enumerate(ALL)
]
"""All pairs, of which the quick profile runs every fourth."""


class ForeignTable:
    """A table with a key and a column of the pair's type, in the connection of an engine."""

    def __init__(self, engine: SqlEngine, pair: Pair) -> None:
        self.engine, self.pair, self.schema = engine, pair, pair.schema()
        for statement in (*pair.before, f"CREATE TABLE foreign_rows (id INTEGER PRIMARY KEY, written {pair.column})"):
            engine.execute(statement)
        engine.commit()
        self.table = criteria.tables.reflect(engine.connection, "foreign_rows", self.schema)

    @contextmanager
    def holding(self, rows: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
        """Writes the rows as another program would. Gives them back as typed records."""
        typed = [self.fitting(self.schema.decode(row)) for row in rows]
        mark = "?" if self.table.dialect in ("sqlite", "duckdb") else "%s"
        insert = f"INSERT INTO foreign_rows VALUES ({mark}, {self.pair.placeholder.replace('?', mark)})"
        self.engine.begin()
        try:
            self.engine.insert(insert, [(row["id"], self.written(row.get("value"))) for row in typed])
            yield typed
        finally:
            self.engine.rollback()

    def fitting(self, record: dict[str, Any]) -> dict[str, Any]:
        """The record, with null in the place of values that the column cannot hold."""
        value = record.get("value")
        if isinstance(value, list):
            return record | {"value": [one for one in value if one is None or self.pair.holds(one)]}
        return record if value is None or self.pair.holds(value) else record | {"value": None}

    def written(self, value: Any) -> Any:
        if isinstance(value, list):
            return self.pair.write(list(value))
        return None if value is None else self.pair.write(value)

    def keys(self, condition: criteria.backends.sql.Sql, around: str = "{}") -> list[int]:
        text = f"SELECT id FROM foreign_rows WHERE {around.format(condition.text)} ORDER BY id"
        return self.engine.keys(text, condition.params, 0)


@contextmanager
def foreign_table(engines: Engines, name: str, pair: Pair) -> Iterator[ForeignTable]:
    engine = engines.get(name)
    assert isinstance(engine, SqlEngine)
    try:
        yield ForeignTable(engine, pair)
    finally:
        with suppress(Exception):  # DuckDB has nothing to roll back
            engine.rollback()
        engine.execute("DROP TABLE IF EXISTS foreign_rows")
        engine.commit()


@pytest.mark.parametrize(("name", "pair"), SAMPLE)
def test_rows_and_their_order_are_those_of_the_reference(name: str, pair: Pair, engines: Engines) -> None:
    """Conditions, total conditions and searches on a column of each type that fits a field."""
    schema = pair.schema()
    with foreign_table(engines, name, pair) as foreign:

        @settings(max_examples=capped(min(1000, max(5, CASES // 20))))
        @given(
            rows=records(schema),
            criteria_json=criteria_objects(schema, 4),
            order_by=order_by_texts(schema),
            limit=st.one_of(st.none(), st.integers(1, 4)),
            skip=st.integers(0, 3),
        )
        def agree(
            rows: list[dict[str, Any]], criteria_json: dict[str, Any], order_by: str, limit: int | None, skip: int
        ) -> None:
            with foreign.holding(rows) as typed:
                check(foreign, typed, criteria_json, order_by, limit, skip)

        agree()


def check(
    foreign: ForeignTable, typed: list[dict[str, Any]], criteria_json: dict[str, Any], order_by: str,
    limit: int | None, skip: int,
) -> None:  # fmt: skip
    """The rows of a query, of its total condition, of NOT of that, and of a page, beside those of the reference."""
    schema, table = foreign.schema, foreign.table
    query = criteria.parse(criteria_json, schema)
    selected = [record for record in typed if is_true(query.expression, record)]
    keys = [record["id"] for record in selected]
    condition = criteria.compile(query, "sql", table=table)
    assert foreign.keys(condition) == keys, condition
    total = criteria.compile(query, "sql", table=table, total=True)
    assert foreign.keys(total) == keys, total
    assert foreign.keys(total, "NOT {}") == [record["id"] for record in typed if record not in selected], total
    search = Search(query, criteria.parse_order_by(order_by, schema), limit, skip, get_total_count=True)
    in_order = [record["id"] for record in ordered(selected, search.sort_keys)]
    statements = criteria.compile(search, "sql", table=table)
    found = foreign.engine.keys(statements.rows.text, statements.rows.params, 0)
    expected = in_order[skip : None if limit is None else skip + limit + 1]
    assert found == expected, statements.rows
    assert statements.count is not None
    assert foreign.engine.execute(statements.count.text, statements.count.params)[0][0] == len(keys)
    if limit is not None:
        request = {"query": criteria_json, "orderBy": order_by, "limit": limit}
        check_cursors(foreign, search, request, in_order)


def check_cursors(foreign: ForeignTable, search: Search, request: dict[str, Any], in_order: list[int]) -> None:
    """The page after a page, and the page before that one, by cursors made of the driver's rows."""
    page, end = page_of(foreign, search), search.skip + request["limit"]
    if page.next_cursor is None:
        return
    following = page_of(foreign, criteria.parse_search(request | {"after": page.next_cursor}, foreign.schema))
    assert [row[0] for row in following.data] == in_order[end : end + request["limit"]], request
    before = criteria.parse_search(request | {"before": following.previous_cursor}, foreign.schema)
    assert [row[0] for row in page_of(foreign, before).data] == in_order[max(0, end - request["limit"]) : end], request


def page_of(foreign: ForeignTable, search: Search) -> criteria.Page:
    statement = criteria.compile(search, "sql", table=foreign.table).rows
    with foreign.engine.readable_instants():
        return search.page(foreign.engine.execute(statement.text, statement.params))


COLUMNS = [
    pytest.param(engine, pair, id=f"{engine}: {pair.column}")
    for engine, pairs in PAIRS.items()
    for pair in {pair.column: pair for pair in pairs}.values()
]


@pytest.mark.parametrize(("name", "pair"), COLUMNS)
@pytest.mark.heavy("every type of column with every type of field")
def test_every_other_type_of_field_is_refused(name: str, pair: Pair, engines: Engines) -> None:
    """A pair that is not among those that are proven is refused, before anything runs."""
    proven = {other.field_type for other in PAIRS[name] if other.column == pair.column}
    with foreign_table(engines, name, pair) as foreign:
        for field_type in FieldType:
            if field_type in proven:
                continue
            entity = "other" if field_type is FieldType.OBJECT_REF else None
            value = Field("value", field_type, object_entity_type=entity, column="written")
            schema = Schema("foreign", [value], system_properties=False)
            with pytest.raises(CriteriaError) as refused:
                criteria.tables.reflect(foreign.engine.connection, "foreign_rows", schema)
            assert [problem.code for problem in refused.value.problems] == ["unfit_column"], field_type
            assert all(problem.hint for problem in refused.value.problems), field_type
