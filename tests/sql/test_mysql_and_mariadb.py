"""Statements of MySQL that are sent to MariaDB, and the other way round: an error, or the right rows."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

import criteria
from criteria import Schema, Search, SortKey
from criteria.conformance import schemas
from criteria.conformance.suite_files import SuiteCase, cases
from tests.conftest import Engines
from tests.engines.sql import SqlEngine, SqlTable

OTHER = {"mysql": "mariadb", "mariadb": "mysql"}


def of_other_server(search: Search, table: SqlTable) -> Any:
    """The statement of a search in the dialect of the other server."""
    order = tuple(SortKey(_field(table.schema, key), key.descending) for key in search.order_by)
    mine = replace(search, query=table.bound(search.query), order_by=order, cursor_query=None)
    dialect = OTHER[table.engine.dialect]
    return criteria.compile(mine, "sql", dialect=dialect, table=table.name, tables=table.tables).rows


def _field(schema: Schema, key: SortKey) -> criteria.Field:
    field = schema.find(key.field.name)
    assert field is not None
    return field


def answers(engine: SqlEngine, case: SuiteCase) -> tuple[list[str], int]:
    """The wrong answers to the statements of a case, and how many statements were errors."""
    wrong, errors = [], 0
    table = engine.table(case.schema)
    with table.holding(case.records):
        for test in case.tests:
            search = case.search(test)
            statement = of_other_server(search, table)
            if statement is None:
                continue
            try:
                keys = engine.keys(statement.text, statement.params, table.key)
            except Exception as error:  # each driver has its own classes
                assert "Unknown collation" in str(error), statement.text
                errors += 1
                continue
            found, expected = list(search.page(keys).data), list(test["matches"])
            if "orderBy" not in test:
                found, expected = sorted(found), sorted(expected)
            if found != expected:
                wrong.append(f"{test['description']}: {found}, expected {expected}")
    return wrong, errors


@pytest.mark.heavy("servers of both")
@pytest.mark.parametrize("name", ["mysql", "mysql-binary", "mariadb", "mariadb-binary"])
def test_the_suite_in_the_dialect_of_the_other_server(name: str, engines: Engines) -> None:
    """No statement selects wrong rows: a server knows the collation of the other one, or reports that it does not."""
    engine = engines.get(name)
    assert isinstance(engine, SqlEngine)
    found = [answers(engine, case) for case in cases(refused=False)]
    assert [one for wrong, _ in found for one in wrong] == []
    assert sum(errors for _, errors in found) > 200 or engine.version().startswith("11.")


@pytest.mark.heavy("servers of both")
@pytest.mark.parametrize("name", ["mysql", "mariadb"])
def test_what_asks_the_server_names_both(name: str, engines: Engines) -> None:
    """`reflect`, `verify`, and `compile` for a table of the one in the dialect of the other say which is which."""
    engine = engines.get(name)
    assert isinstance(engine, SqlEngine)
    table = engine.table(schemas.SCALARS)
    other = OTHER[engine.dialect]
    mine = criteria.tables.reflect(engine.connection, table.name, table.schema, time_zone="UTC")
    assert mine.dialect == engine.dialect
    theirs = criteria.tables.Table(mine.name, mine.schema, mine.columns, dialect=other, keys=mine.keys)
    query = criteria.parse({}, table.schema)
    for attempt, message in (
        (lambda: criteria.tables.reflect(engine.connection, table.name, table.schema, dialect=other),
         f'The connection is to {engine.dialect}, and the dialect is "{other}".'),
        (lambda: criteria.tables.verify(engine.connection, theirs),
         f"The connection is to {engine.dialect}, and the table is on {other}."),
        (lambda: criteria.compile(query, "sql", dialect=other, table=mine),
         f'The table is on {engine.dialect}, and the dialect is "{other}".'),
    ):  # fmt: skip
        with pytest.raises(criteria.CriteriaError, match=re.escape(message)):
            attempt()
