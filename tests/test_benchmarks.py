"""The benchmarks run and judge answers correctly. Nothing is timed here: sizes are tiny, no test checks a duration."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks import by_hand, people, table
from benchmarks.__main__ import JOBS, main, run, written
from benchmarks.harness import TINY, Contestant, Group, Ready, Timing, compete
from benchmarks.machine import GOAL_SECONDS, UNITS, Timed
from benchmarks.queries import known_shape, medium_by_hand, new_shapes, rows, selects, structure
from benchmarks.results import figures_of, save
from benchmarks.targets import TARGETS, Figure, Target


@pytest.mark.heavy("runs every measurement")
@pytest.mark.parametrize("job", [job for job in JOBS if written(job)])
def test_job_gives_its_figures_and_answers_by_rule(job: str) -> None:
    """Each job fills all of its rows of the table, those with a goal in seconds with durations, and this library's
    answer is right wherever answers are compared."""
    result = run(job, TINY)
    goals = [one.key for one in TARGETS if one.job == job and one.unit in UNITS and one.bound is not None]
    assert [result.figures[key] for key in goals if isinstance(result.figures[key], float)] == []
    assert set(result.figures) == {target.key for target in TARGETS if target.job == job}
    ours = [timing for group in result.groups for timing in group.timings if timing.name == "criteria"]
    assert [timing.remark for timing in ours] == [""] * len(ours)


def _answers(answer: object) -> Callable[[], Ready]:
    return lambda: Ready(lambda: None, answer)


def test_wrong_answer_is_marked_beside_the_time() -> None:
    """A peer that selects other records than the rule is timed, and says "wrong answer"; a right one says nothing."""
    contestants = [
        Contestant("mark", _answers([1])),
        Contestant("right", _answers([1])),
        Contestant("off", _answers([])),
    ]
    group = compete("", contestants, 1, [1])
    assert [(one.remark, one.best is not None) for one in group.timings] == [
        ("", True),
        ("", True),
        ("wrong answer", True),
    ]


def test_missing_peer_says_how_to_get_it() -> None:
    """A peer that is not installed has no time, and its remark names the package and the extra that brings it."""

    def missing() -> Ready:
        import a_package_that_is_not_there  # type: ignore[import-not-found]

        return Ready(a_package_that_is_not_there)

    peer = compete("", [Contestant("mark", _answers([])), Contestant("peer", missing)], 1, []).timings[1]
    assert (peer.best, peer.remark) == (None, 'a_package_that_is_not_there is not installed: pip install -e ".[bench]"')


def test_peer_that_raises_does_not_end_the_run() -> None:
    """A peer that raises has no time, and its remark says what it raised."""

    def raises() -> Ready:
        raise RecursionError("too deep")

    peer = compete("", [Contestant("mark", _answers([])), Contestant("peer", raises)], 1, []).timings[1]
    assert (peer.best, peer.remark) == (None, "raises RecursionError")


def test_mark_with_a_wrong_answer_is_an_error() -> None:
    """A baseline with a wrong answer stops the measurement."""
    with pytest.raises(AssertionError, match="wrong answer"):
        compete("", [Contestant("mark", _answers([2]))], 1, [1])


def test_our_wrong_answer_meets_no_target() -> None:
    """A wrong answer of this library meets no target, however fast it was."""
    timings = (Timing("by hand", 2.0, 2.0, 1.0), Timing("criteria", 1.0, 1.0, 0.5, "wrong answer"))
    assert Group("", timings).ratio("by hand", "criteria") == "criteria: wrong answer"


@pytest.mark.parametrize(
    ("target", "figure", "met"),
    [
        (Target("a.b", "", "x", 4), 4.0, True),
        (Target("a.b", "", "x", 4), 4.1, False),
        (Target("a.b", "", "x", 2.5, at_most=False), 2.5, True),
        (Target("a.b", "", "x", 2.5, at_most=False), 2.4, False),
        (Target("a.b", "", "x", 4), "not installed", None),
        (Target("a.b", "", "x"), 1.0, None),
    ],
)
def test_targets(target: Target, figure: Figure, met: bool | None) -> None:
    """A target is met at its bound and on its good side; without a figure or a bound there is nothing to meet."""
    assert target.met(figure) is met


def test_durations_are_those_of_the_machine_for_which_the_goals_were_set(tmp_path: Path) -> None:
    """A machine that takes twice as long for a line may take twice as long for all. The table shows both times."""
    target = next(target for target in TARGETS if target.key == "compile.known")
    figure = Timed(20e-6, 2 * GOAL_SECONDS)
    assert target.value(figure) == pytest.approx(10)
    assert target.met(figure)
    assert not target.met(Timed(20e-6, GOAL_SECONDS))
    row = next(line for line in table.targets({"compile.known": figure}, ["compile"]) if "new values" in line)
    assert row.split()[-8:] == ["10", "us", "<=", "15", "us", "yes", "20", "us"]
    save(tmp_path / "run.json", {"compile.known": figure}, [])
    assert figures_of(tmp_path / "run.json") == {"compile.known": pytest.approx(10)}


def test_every_target_belongs_to_a_job() -> None:
    """No row of the table is without a job, also where the job is not written yet."""
    assert {target.job for target in TARGETS} == set(JOBS)
    assert len({target.key for target in TARGETS}) == len(TARGETS)


def test_table_shows_what_was_not_measured_and_why() -> None:
    """A row without a figure says so, and its reason is below the table."""
    text = "\n".join(table.targets({"parse.decoded": 3.0, "parse.text": "no clock"}, ["parse"]))
    assert "3 x  <= 4 x  yes" in text
    assert "parse.text: no clock" in text


def test_results_can_be_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two written runs show, row by row, what got better or worse: by the side of the target that is good."""
    before: dict[str, Figure] = {"parse.decoded": 4.0, "filter.clean": 1.0, "order.top": "gone", "imports.time": 30.0}
    after: dict[str, Figure] = {"parse.decoded": 8.0, "filter.clean": 2.0, "order.top": 2.0, "imports.time": 30.5}
    files = [tmp_path / "before.json", tmp_path / "after.json"]
    save(files[0], before, [])
    save(files[1], after, [Group("g", (Timing("mark", 1.0, 1.0, 1.0),))])
    assert figures_of(files[0]) == before
    main(["compare", *map(str, files)])
    shown = {line.split(":")[0]: line.split() for line in capsys.readouterr().out.splitlines()[1:]}
    assert shown["parse.decoded"][-2:] == ["+100%", "WORSE"]
    assert shown["filter.clean"][-2:] == ["+100%", "better"]
    assert shown["imports.time"][-1] == "+2%"
    assert shown["order.top"][-3:] == ["-", "2", "x"]
    assert json.loads(files[1].read_text())["groups"][0]["timings"][0]["name"] == "mark"


def test_unknown_job_is_a_usage_error() -> None:
    """A job that does not exist ends the command before anything runs."""
    with pytest.raises(SystemExit, match="2"):
        main(["fliter"])


def test_known_shape_has_one_structure_and_new_values() -> None:
    """The queries of the known shape look alike to the grammar and differ in their values."""
    queries = known_shape(50)
    assert len({structure(one).replace("true", "false") for one in queries}) == 1
    assert len({json.dumps(one) for one in queries}) > 40


def test_new_shapes_differ_in_structure() -> None:
    """No two of the new shapes look alike to the grammar."""
    assert len({structure(one) for one in new_shapes(100)}) == 100


def test_marks_select_some_records_and_not_all() -> None:
    """No filter by hand is measured on nothing: each selects records, and leaves some out, of every kind of records."""
    for found, filters in [
        (people.clean(2_000), by_hand.UNSAFE),
        (people.clean(2_000), by_hand.NULL_SAFE),
        (people.as_json(2_000), by_hand.NULL_SAFE),
        (people.with_dirt(2_000), by_hand.TYPE_SAFE),
    ]:
        counts = {name: len(select(found)) for name, select in filters.items()}
        assert {name for name, count in counts.items() if not 0 < count < len(found)} == set()


def test_marks_agree_where_both_may_be_used() -> None:
    """The careful comprehensions, the null-safe ones and those without any care select the same clean records."""
    found = people.clean(2_000)
    for name in by_hand.QUERIES:
        assert by_hand.TYPE_SAFE[name](found) == by_hand.NULL_SAFE[name](found) == by_hand.UNSAFE[name](found)


def test_medium_by_hand_is_the_rule() -> None:
    """The medium query by hand selects what the rule selects, nulls among the values."""
    for query in known_shape(30):
        matches = medium_by_hand(query)
        assert [matches(row) for row in rows(40)] == [selects(query, row) for row in rows(40)]
