"""The measurement of run times says the truth about indexes. It runs on SQLite here, and nothing is timed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.harness import Group
from benchmarks.run_time.by_hand import Statement
from benchmarks.run_time.cases import Case, cases
from benchmarks.run_time.measure import Measured, Run, measure
from benchmarks.run_time.page import page
from benchmarks.run_time.sqlite import Sqlite, sqlite
from benchmarks.sql_run_time import result

COUNT = 10_000


@pytest.mark.heavy("thousands of rows")
def test_conditions_by_hand_select_what_ours_do() -> None:
    """Every condition selects the same rows by hand and by this library: some of them, and not all."""
    with sqlite() as engine:
        engine.load(COUNT)
        for case in cases():
            selected = engine.select(engine.ours(case))
            assert selected == engine.select(engine.by_hand(case)), case.name
            assert 0 < selected[0] < COUNT, case.name


def test_only_a_look_up_counts_as_use_of_an_index() -> None:
    """To read an index from end to end, because it holds all that is asked for, is not to look up in it."""
    with sqlite() as engine:
        engine.load(COUNT)
        engine.execute("CREATE INDEX everything ON item (extra, id)")
        assert engine.indexes(Statement("age = ?", (5,))) == {"by_age"}
        assert "COVERING INDEX everything" in engine.plan(Statement("extra % 2 = ?", (1,)))
        assert engine.indexes(Statement("extra % 2 = ?", (1,))) == frozenset()


class OffByHand(Sqlite):
    """With conditions by hand that mean something else."""

    def by_hand(self, case: Case) -> Statement:
        return Statement("age <> 5")


def test_conditions_that_select_other_rows_are_an_error() -> None:
    """Nothing is timed beside a condition that means something else."""
    with sqlite3.connect(":memory:") as connection, pytest.raises(AssertionError, match=r"string: \$eq: .* selects"):
        measure(OffByHand(connection, ""), COUNT, 1, 0)
    connection.close()


def _measured(ours: float, by_hand: float, our_indexes: set[str], indexes_by_hand: set[str]) -> Measured:
    case = Case("age", "$eq", 5)
    return Measured(case, 1, ours, by_hand, frozenset(our_indexes), frozenset(indexes_by_hand))


@pytest.mark.parametrize(
    ("one", "misses"),
    [
        (_measured(2, 1, {"by_age"}, {"by_age"}), False),
        (_measured(2, 1, set(), {"by_age"}), True),
        (_measured(2, 1, {"by_name"}, {"by_age"}), True),
        (_measured(2, 1, {"by_city"}, {"by_city_hand"}), False),
        (_measured(1, 2, set(), {"by_age"}), False),
    ],
)
def test_missed_indexes(one: Measured, misses: bool) -> None:
    """An index is missed where a condition by hand is faster with it; two spellings of an expression are one place."""
    assert one.misses is misses


def test_figures_are_over_all_engines() -> None:
    """The mean of the ratios is geometric; an engine that is not there adds nothing but its reason."""
    run = Run("An engine", "1", 10, (), "", (_measured(2, 1, set(), {"by_age"}), _measured(1, 2, set(), set())))
    found = result([run, Group("another", ())])
    assert found.figures == {"sql.time": 1, "sql.worst": 2, "sql.slower": 1, "sql.index": 1}
    assert [group.title for group in found.groups] == ["sql: An engine 1, 10 records, 2 conditions", "another"]


def test_page_shows_each_kind_of_field_and_the_missed_indexes() -> None:
    """The page has a column for each kind of field measured, and marks where by hand an index would be found."""
    text = page([Run("An engine", "1", 10, ("CREATE INDEX by_age",), "", (_measured(2, 1, set(), {"by_age"}),))])
    assert "## An engine 1\n\n```\nCREATE INDEX by_age\n```" in text
    assert "|  | integer |" in text
    assert "| `$eq` | no! |" in text


def test_page_is_written_by_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--page` writes the page of the job sql, and is a usage error without that job."""
    main(["sql", "--tiny", "--page", str(tmp_path / "indexes.md")])
    assert "## SQLite" in (tmp_path / "indexes.md").read_text(encoding="utf-8")
    with pytest.raises(SystemExit, match="2"):
        main(["imports", "--page", str(tmp_path / "other.md")])
