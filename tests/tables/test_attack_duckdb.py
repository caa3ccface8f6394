"""Hostile values in columns of DuckDB."""

from __future__ import annotations

import pytest

from criteria import Field
from tests.conftest import Engines
from tests.tables.hostile import ON_TEXT, hostile_table


@pytest.mark.heavy("many tables")
def test_labels_that_differ_in_case_are_different(engines: Engines) -> None:
    """In a session whose default collation ignores case."""
    labels = ("a", "A", "", "B ", "it's", "x, y")
    cells = [*(("'" + one.replace("'", "''") + "'", one) for one in labels), ("NULL", None)]
    column = "ENUM('a', 'A', '', 'B ', 'it''s', 'x, y')"
    with hostile_table(engines, "duckdb", column, Field("value", "string"), cells) as hostile:
        hostile.check([*labels, "b", "B"], ON_TEXT)
        hostile.check_order()


def test_labels_in_lists_that_differ_in_case_are_different(engines: Engines) -> None:
    """Also for elements of a list."""
    cells = [("['a', NULL]", ["a", None]), ("['A']", ["A"]), ("[NULL]", [None]), ("['']", [""]), ("NULL", None)]
    with hostile_table(
        engines, "duckdb", "ENUM('a', 'A', '')[]", Field("value", "string", is_list=True), cells
    ) as hostile:
        hostile.check(["a", "A", "", "b"], ON_TEXT)
