"""The kit finds what is wrong with an engine, says which law it breaks, and counts what it leaves out."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import criteria
from criteria.conformance import Suite, schemas
from criteria.conformance.checks import not_ids
from criteria.conformance.suite import every_test

pytest_plugins = ["pytester"]

SUITE_VERSION = Path(__file__).parent.parent / "suite" / "VERSION"
EXAMPLE = (Path(__file__).parent.parent.parent / "examples" / "conformance" / "test_rows.py").read_text(
    encoding="utf-8"
)


def changed(text: str, *changes: tuple[str, str]) -> str:
    """A text with some parts in the place of others, each of which it has."""
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Runs tests in a process of their own, without the options of this run."""
    for name in ("PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER"):
        monkeypatch.delenv(name, raising=False)
    return pytester


def conformance(run: pytest.Pytester, text: str, *options: str) -> pytest.RunResult:
    """The result of the kit on an engine."""
    run.makepyfile(test_engine=text)
    plugin = ("-p", "criteria.conformance.plugin", "-p", "no:cacheprovider", "-p", "no:schemathesis")
    options = ("--hypothesis-seed=1", *options)  # the same draws each time
    return run.runpytest_subprocess(*plugin, "-q", *options)


THREE_VALUED = (
    (
        "return not found if operand is None else any(",
        "return not found if operand is None else None if not found else any(",
    ),
    ("return not matches(term, record)\n", "return {True: False, False: True, None: None}[matches(term, record)]\n"),
    ("return all(matches(term, record) for term in terms)", "return lowest([matches(term, record) for term in terms])"),
    (
        "return any(matches(term, record) for term in terms)",
        "return highest([matches(term, record) for term in terms])",
    ),
    (
        "def values(",
        """
def lowest(values):
    found = {*values}
    return False if False in found else None if None in found else True


def highest(values):
    found = {*values}
    return True if True in found else None if None in found else False


def values(""",
    ),
)
"""AND, OR and NOT as SQL has them, where a comparison with null is neither true nor false."""

REFUSING = (
    ("self.records =", "refuse(any(field.is_list for field in schema.fields))\n        self.records ="),
    ("found = [record for", "refuse('$contains' in str(search.query.to_json()))\n        found = [record for"),
    (
        "def values(",
        """
def refuse(beyond):
    if beyond:
        raise criteria.CriteriaError(criteria.Problem("unsupported", "It is too much."))


def values(""",
    ),
)
"""Refuses list fields and $contains."""


def declaring(text: str, **marks: str) -> str:
    """An engine that declares more marks."""
    return changed(text, ('"other_kinds":', f'**{marks!r}, "other_kinds":'))


@pytest.mark.heavy("starts pytest")
def test_three_valued_not_breaks_the_partition(run: pytest.Pytester) -> None:
    """An engine whose NOT leaves out records without a value fails, and the message names the law."""
    result = conformance(
        run, changed(EXAMPLE, *THREE_VALUED), "--conformance-examples=500", "-k", "test_laws and scalars"
    )
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*partition: NOT p selects the records that p does not (docs/language.md#laws)*"])
    result.stdout.fnmatch_lines(["rows: does not conform, 1 tests failed, * queries"])


NO_PAGES: tuple[tuple[Any, str], ...] = (
    (None, "null"),
    (criteria.Page((None, 1), False), "null of class NoneType as an id"),
    (criteria.Page(([1],), False), "[1] of class list as an id"),
    (criteria.Page(("a", "b"), False), '"a" of class str as an id'),
    (criteria.Page((1.0, 2.0), False), "1.0 of class float as an id"),
    (criteria.Page((True,), False), "true of class bool as an id"),
    (criteria.Page((1,), 1), "has_more_records is 1 of class int"),  # type: ignore[arg-type]
    (criteria.Page((1,), False, 1.0), "total_count is 1.0 of class float"),  # type: ignore[arg-type]
    (criteria.Page((1,), False, True), "total_count is true of class bool"),
    (criteria.Page(None, False), "data of the page are null"),  # type: ignore[arg-type]
    (criteria.Page("12", False), 'data of the page are "12"'),  # type: ignore[arg-type]
    ([1, 2], "[1, 2]"),
)


@pytest.mark.parametrize(("answer", "told"), NO_PAGES)
def test_what_is_no_page_of_ids_is_told(answer: Any, told: str) -> None:
    """An answer of another class, or with ids that are no integers, is named rather than an error of the kit."""
    assert told in str(not_ids(answer))


@pytest.mark.parametrize("ids", [(), (3, 1, 2), [5], (np.int64(2), np.int64(1))])
def test_pages_of_ids_are_pages(ids: Any) -> None:
    """So are ids of other classes of integers, and pages whose data are a list."""
    assert not_ids(criteria.Page(ids, False)) is None


@pytest.mark.heavy("starts pytest")
def test_an_engine_that_gives_no_page_of_ids_does_not_conform(run: pytest.Pytester) -> None:
    """A test that asks it something fails with what it gave."""
    text = """
import criteria
from criteria.conformance import Adapter, Suite


class Engine(Adapter):
    name = "engine"

    def insert(self, schema, records):
        self.found = [record["id"] for record in records]

    def run(self, search):
        return criteria.Page((None, *self.found), False)


class TestEngine(Suite):
    adapter = Engine
"""
    result = conformance(run, text, "-k", "not_equals")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*AssertionError: engine does not conform:*"])
    result.stdout.fnmatch_lines(["*The page has null of class NoneType as an id, expected an integer.*"])
    result.stdout.no_fnmatch_line("*TypeError*")


@pytest.mark.heavy("starts pytest")
def test_a_misreading_is_named(run: pytest.Pytester) -> None:
    """A wrong answer to a hand-written case says which misreading gives it."""
    result = conformance(run, changed(EXAMPLE, *THREE_VALUED), "-k", "not_equals")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*That is what you get if *"])


@pytest.mark.heavy("starts pytest")
def test_an_order_that_is_not_total_is_found(run: pytest.Pytester) -> None:
    """An engine that pages without the key in its order gives records twice, or in another order."""
    wrong = changed(EXAMPLE, ("reversed(search.sort_keys)", "reversed(search.order_by)"),
                    ("for record in self.records if", "for record in reversed(self.records) if"))  # fmt: skip
    # Few drawn searches sort records that are alike. The hand-written cases of pages always do.
    result = conformance(run, wrong, "-k", "test_suite_case and paging")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["rows: does not conform, 2 tests failed, * queries"])


@pytest.mark.heavy("starts pytest")
def test_the_wrong_order_of_a_generated_search_is_named(run: pytest.Pytester) -> None:
    """An engine that sorts in the opposite direction fails, and the message says that it is the order."""
    wrong = changed(EXAMPLE, ("reverse=key.descending", "reverse=not key.descending"))
    result = conformance(run, wrong, "--conformance-examples=500", "-k", "test_generated_searches and scalars")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*The order is wrong.*"])


@pytest.mark.heavy("starts pytest")
def test_what_is_wrong_of_large_tables_alone_is_found(run: pytest.Pytester) -> None:
    """An engine whose first record decides for all, once there are many, fails with a single generated case."""
    selects = "found = [record for record in self.records if matches(normal, record)]"
    decides = "matches(normal, self.records[0] if len(self.records) > 1000 else record)"
    wrong = changed(EXAMPLE, (selects, selects.replace("matches(normal, record)", decides)))
    single = ("--conformance-examples=1", "-k")
    assert conformance(run, wrong, *single, "test_laws and scalars").ret == 0
    # A table whose first record answers as all others do shows nothing: one draw of each schema is enough.
    assert conformance(run, wrong, *single, "test_large_table").ret == 1


@pytest.mark.heavy("starts pytest")
def test_what_is_unsupported_is_left_out_and_counted(run: pytest.Pytester) -> None:
    """Cases beyond an engine are counted by mark, printed with the reason, and are in both reports."""
    refusing = declaring(
        changed(EXAMPLE, *REFUSING), lists="there are no arrays", **{"$contains": "no search in texts"}
    )
    result = conformance(
        run, refusing, "--conformance-examples=5", "-k", "suite_case or lists or refused",
        "--conformance-report=report.json", "--conformance-report=report.md",
    )  # fmt: skip
    result.stdout.fnmatch_lines(
        ["rows: not proved, * of * checks, * queries", "    unsupported lists: there are no arrays; * cases left out"]
    )
    assert result.ret == 0
    report = json.loads((run.path / "report.json").read_text(encoding="utf-8"))
    engine = report["engines"]["rows"]
    assert report["suite"] == SUITE_VERSION.read_text(encoding="utf-8").strip()
    assert (engine["conforms"], engine["verdict"]) == (False, "not proved")
    assert 0 < engine["provedTests"] < engine["allTests"]
    assert engine["unsupported"]["lists"]["reason"] == "there are no arrays"
    assert engine["unsupported"]["lists"]["casesLeftOut"] > 20
    assert engine["unsupported"]["$contains"]["casesLeftOut"] > 5
    assert engine["checks"]["suite_case"]["queries"] > 200
    assert engine["checks"]["suite_case"]["skipped"] > 0
    text = (run.path / "report.md").read_text(encoding="utf-8")
    assert "## rows: not proved, " in text
    assert "| lists | there are no arrays |" in text


@pytest.mark.heavy("starts pytest")
def test_what_is_declared_and_yet_answered_fails(run: pytest.Pytester) -> None:
    """A mark is a promise to refuse: an answer would be one that nobody has checked."""
    declared = declaring(EXAMPLE, lists="there are no arrays")
    result = conformance(run, declared, "-k", "refused")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*rows answers what it declares as unsupported: lists.*"])


@pytest.mark.heavy("starts pytest")
def test_a_mark_that_does_not_exist_is_an_error(run: pytest.Pytester) -> None:
    """A misspelled mark would leave nothing out; the message has the nearest."""
    result = conformance(
        run, changed(EXAMPLE, ('"other_kinds":', '"list": "no arrays", "other_kinds":')), "-k", "refused"
    )
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*unsupported has no mark 'list'. Did you mean 'lists'?*"])


def lines_of_code(statement: ast.stmt) -> int:
    """The lines of a statement, without blank ones, comments and docstrings."""
    texts = [one for one in ast.walk(statement) if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)]
    left_out = {line for one in texts for line in range(one.lineno, (one.end_lineno or 0) + 1)}
    lines = EXAMPLE.splitlines()
    written = range(statement.lineno, (statement.end_lineno or 0) + 1)
    return sum(line not in left_out and lines[line - 1].strip()[:1] not in ("", "#") for line in written)


def test_the_example_is_as_short_as_it_says() -> None:
    """The docstring says how many lines of code the backend and the adapter have, beside imports."""
    statements = [one for one in ast.parse(EXAMPLE).body if not isinstance(one, (ast.Import, ast.ImportFrom, ast.Expr))]
    adapter = [one for one in statements if isinstance(one, ast.ClassDef)]
    backend = [one for one in statements if one not in adapter]
    said = re.match(r'"""A backend of (\d+) lines, an adapter of (\d+),', EXAMPLE)
    assert said is not None
    assert (sum(map(lines_of_code, backend)), sum(map(lines_of_code, adapter))) == (int(said[1]), int(said[2]))


@pytest.mark.heavy("runs the whole kit")
def test_the_example_conforms(run: pytest.Pytester) -> None:
    """The backend of the example passes every check, also in several processes."""
    result = conformance(run, EXAMPLE, "--conformance-examples=2", "-n", "2")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["rows: conforms, * queries"])


@pytest.mark.heavy("starts pytest")
def test_a_report_that_cannot_be_written_is_told(run: pytest.Pytester) -> None:
    """A folder that does not exist is told before the checks, and what cannot be written after them fails the run."""
    missing = conformance(run, EXAMPLE, "-k", "refused", "--conformance-report=missing/report.md")
    assert missing.ret == pytest.ExitCode.USAGE_ERROR
    missing.stderr.fnmatch_lines(["*--conformance-report: there is no folder for missing/report.md."])
    (run.path / "taken.md").mkdir()
    taken = conformance(run, EXAMPLE, "--conformance-examples=1", "-k", "refused", "--conformance-report=taken.md")
    taken.stdout.fnmatch_lines(["not written: taken.md: Is a directory"])
    taken.stdout.no_fnmatch_line("*INTERNALERROR*")
    assert taken.ret == pytest.ExitCode.TESTS_FAILED


@pytest.mark.heavy("starts pytest")
def test_no_examples_are_no_check(run: pytest.Pytester) -> None:
    """An engine does not conform by checks that draw nothing."""
    result = conformance(run, EXAMPLE, "-k", "refused", "--conformance-examples=0")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*expected a whole number of 1 or more*"])


@pytest.mark.heavy("starts pytest")
@pytest.mark.parametrize("change", [
    (("found = [record for", "__import__('pytest').xfail('later')\n        found = [record for"),),
    (
        ("found = [record for", "found = [] and [record for"),
        ("\nclass TestRows(", "\n@__import__('pytest').mark.xfail\nclass TestRows("),
    ),
], ids=["inside", "marked"])  # fmt: skip
def test_a_failure_that_was_expected_is_a_failure(run: pytest.Pytester, change: tuple[tuple[str, str], ...]) -> None:
    """An engine whose tests are expected to fail does not conform, and the run fails."""
    result = conformance(run, changed(EXAMPLE, *change), "-k", "test_suite_case and not_equals")
    result.stdout.fnmatch_lines(["rows: does not conform, * tests failed, * queries"])
    assert result.ret == pytest.ExitCode.TESTS_FAILED


@pytest.mark.heavy("starts pytest")
def test_skips_of_an_engine_prove_nothing(run: pytest.Pytester) -> None:
    """Skips that are not the kit's own leave an engine unproved, in every form of the report."""
    skips = changed(EXAMPLE, ("found = [record for", "__import__('pytest').skip('later')\n        found = [record for"))
    result = conformance(run, skips, "--conformance-examples=1", "--conformance-report=report.json")
    result.stdout.fnmatch_lines(["rows: not proved, * of * checks, * queries"])
    engine = json.loads((run.path / "report.json").read_text(encoding="utf-8"))["engines"]["rows"]
    assert (engine["conforms"], engine["verdict"]) == (False, "not proved")
    assert engine["provedTests"] < engine["allTests"] == len([*every_test()])


@pytest.mark.heavy("starts pytest")
def test_a_part_of_the_checks_proves_nothing(run: pytest.Pytester) -> None:
    """One test that passes is one of all."""
    result = conformance(run, EXAMPLE, "-k", "refused")
    result.stdout.fnmatch_lines([f"rows: not proved, 1 of {len([*every_test()])} checks, * queries"])
    assert result.ret == 0


def test_the_tests_of_the_suite_are_counted() -> None:
    """Each check with what it is parametrised with, once."""
    found = [*every_test()]
    assert len(found) == len({*found})
    assert ("unsupported_is_refused", "") in found
    assert {("laws", name) for name in schemas.ALL} < {*found}
    assert {check for check, _ in found} == {name.removeprefix("test_") for name in vars(Suite) if "test_" in name}
