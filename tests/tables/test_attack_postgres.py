"""Hostile values in columns of PostgreSQL."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation, localcontext

import pytest

import criteria
from criteria import CriteriaError, Field, Schema
from tests.conftest import Engines
from tests.engines.sql import SqlEngine
from tests.tables.hostile import KEY, ON_TEXT, hostile_table

POSTGRES = "postgres-natural"


def test_a_domain_over_an_enumerated_type_is_compared_as_that(engines: Engines) -> None:
    """A domain has no operators of its own for enumerated types. The type's name needs quotes and a schema."""
    before = (
        'DROP SCHEMA IF EXISTS "a.b" CASCADE',
        'CREATE SCHEMA "a.b"',
        "CREATE TYPE \"a.b\".\"My.mood\" AS ENUM ('', 'a', 'A', 'b ')",
        'CREATE DOMAIN "a.b".feeling AS "a.b"."My.mood"',
    )
    cells = [("'a'", "a"), ("'A'", "A"), ("''", ""), ("'b '", "b "), ("NULL", None)]
    for column in ('"a.b"."My.mood"', '"a.b".feeling'):
        with hostile_table(engines, POSTGRES, column, Field("value", "string"), cells, before) as hostile:
            hostile.check(["a", "A", "", "b ", "b"], ON_TEXT)
            hostile.check_order()


def test_arrays_of_several_dimensions_hold_all_their_elements(engines: Engines) -> None:
    """PostgreSQL does not tell an array of one dimension from others by its type."""
    cells = [("'{{a,b},{c,NULL}}'", ["a", "b", "c", None]), ("'{{NULL}}'", [None]), ("'{}'", []), ("NULL", None)]
    with hostile_table(engines, POSTGRES, "text[]", Field("value", "string", is_list=True), cells) as hostile:
        hostile.check(["a", "c", "z"], ON_TEXT)


def test_numeric_nan_fulfils_no_ordering(engines: Engines) -> None:
    """As NaN in a column of doubles; PostgreSQL sorts it above all numbers."""
    cells = [("'NaN'", Decimal("NaN")), ("0", Decimal(0)), ("12.5", Decimal("12.5")), ("NULL", None)]
    value = Field("value", "decimal")
    for column in ("numeric", "numeric(12, 2)"):
        with hostile_table(engines, POSTGRES, column, value, cells) as hostile, localcontext() as context:
            context.traps[InvalidOperation] = False  # raised for orderings of NaN, which are false
            hostile.check([0, 12.5, 13])


def test_a_key_of_a_table_with_heirs_is_no_key_of_its_rows(engines: Engines) -> None:
    """The unique index of a table does not cover the rows of the tables that inherit from it."""
    engine = engines.get(POSTGRES)
    assert isinstance(engine, SqlEngine)
    engine.execute("CREATE TABLE parents (id integer PRIMARY KEY)")
    engine.execute("CREATE TABLE heirs () INHERITS (parents)")
    try:
        with pytest.raises(CriteriaError, match="has no unique index"):
            criteria.tables.reflect(engine.connection, "parents", Schema("one", [KEY], system_properties=False))
    finally:
        engine.rollback()
