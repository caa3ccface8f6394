"""`compile(..., table=criteria.storage(...))`: the library's own layout is a table like others."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given, settings

import criteria
from criteria import Search
from criteria.conformance.reference import is_true, ordered
from criteria.conformance.schemas import SCALARS
from criteria.conformance.strategies import criteria_objects, order_by_texts, records
from tests.conftest import CASES, Engines, capped
from tests.engines.sql import SqlEngine
from tests.tables.pairs import PAIRS


@pytest.mark.parametrize("name", PAIRS)
def test_a_query_for_a_storage_selects_the_right_rows(name: str, engines: Engines) -> None:
    """The storage names the dialect and the table."""
    engine = engines.get(name)
    assert isinstance(engine, SqlEngine)
    held = engine.table(SCALARS)
    schema, storage, key = held.schema, held.storage, held.key

    @settings(max_examples=capped(min(200, max(3, CASES // 100))))
    @given(rows=records(schema), query=criteria_objects(schema, 4), order_by=order_by_texts(schema))
    def agree(rows: list[dict[str, Any]], query: dict[str, Any], order_by: str) -> None:
        parsed = criteria.parse(query, schema)
        typed = [schema.decode(row) for row in rows]
        selected = [record for record in typed if is_true(parsed.expression, record)]
        name = schema.fields[0].name
        with held.holding(rows):
            for total in (False, True):
                sql = criteria.compile(parsed, "sql", table=storage, total=total)
                text = f"SELECT * FROM {storage.table} WHERE {sql.text}"
                assert sorted(engine.keys(text, sql.params, key)) == sorted(one[name] for one in selected)
            search = Search(parsed, criteria.parse_order_by(order_by, schema), None, 0)
            found = criteria.compile(search, "sql", table=storage).rows
            expected = [one[name] for one in ordered(selected, search.sort_keys)]
            assert engine.keys(found.text, found.params, key) == expected

    agree()


@pytest.mark.parametrize("dialect", ["sqlite", "postgres", "mysql", "mariadb", "duckdb"])
def test_queries_of_one_form_share_a_template(dialect: str) -> None:
    """A storage is hashable as a table is, so that compiling for it costs what compiling for its name does."""
    storage = criteria.storage(SCALARS, dialect)
    assert hash(storage) == hash(criteria.storage(SCALARS, dialect))
    assert pickle.loads(pickle.dumps(storage)) == storage  # noqa: S301
    name = SCALARS.fields[0].name
    for table in (storage, criteria.storage(SCALARS, dialect)):
        statements = [
            criteria.compile(
                criteria.parse_search({"query": {name: {"$gte": number}}}, SCALARS), "sql", table=table
            ).rows
            for number in (1, 2)
        ]
        assert statements[0].text is statements[1].text
