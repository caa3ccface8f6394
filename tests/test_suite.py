"""The language-neutral suite on every engine: hand-written criteria select the records that the files name."""

from __future__ import annotations

from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Search
from criteria.conformance.suite_files import SuiteCase, cases
from tests.engines import Engine

SELECTING = list(cases(refused=False))
REFUSING = [(case, test) for case in cases(refused=True) for test in case.tests]

LEFT_OUT = {("mongodb", "date_time-2")}
"""Engines with the cases that they refuse to hold: MongoDB has no instants of six digits."""


@pytest.mark.parametrize("case", SELECTING, ids=str)
def test_case_selects_the_same_records_on_the_engine(case: SuiteCase, engine: Engine) -> None:
    """Every test of a case selects the records that it names, in its order and on its page."""
    try:
        table = engine.table(case.schema)
    except CriteriaError as error:
        assert {problem.code for problem in error.problems} == {"unsupported"}
        assert (engine.name, case.name) in LEFT_OUT, error
        pytest.skip(str(error.problems[0]))
    assert (engine.name, case.name) not in LEFT_OUT
    wrong: list[Any] = []
    with table.holding(case.records):
        for test in case.tests:
            search = search_of(case, test)
            page = table.search(search)
            found: Any = list(page.data)
            selected = table.select(search.query)
            expected: Any = test["matches"]
            if "orderBy" not in test:
                found, selected, expected = sorted(found), sorted(selected), sorted(expected)
                if selected != expected:
                    wrong.append((test["description"], expected, selected))
            if found != expected or not page_fits(test, page):
                wrong.append((test["description"], expected, found, page))
    assert wrong == []


@pytest.mark.parametrize("case", SELECTING, ids=str)
def test_case_tells_its_misreadings_apart(case: SuiteCase) -> None:
    """Each test is paired with a misreading that selects other records: as sets, or as lists in an order."""
    for test in case.tests:
        right, wrong = test["matches"], test["misreading"]["selects"]
        if "orderBy" in test:
            assert wrong != right, test["description"]
        else:
            assert set(wrong) != set(right), test["description"]


@pytest.mark.parametrize("case", SELECTING, ids=str)
def test_case_selects_neither_all_nor_nothing(case: SuiteCase) -> None:
    """Without an order a test selects some records and leaves out some, unless its criteria are {}."""
    for test in case.tests:
        if "orderBy" not in test and test.get("criteria") != {}:
            assert 0 < len(test["matches"]) < len(case.records), test["description"]


@pytest.mark.parametrize(
    ("case", "test"), REFUSING, ids=lambda value: value.get("description", "") if isinstance(value, dict) else ""
)
def test_refused_input_names_code_and_place(case: SuiteCase, test: dict[str, Any]) -> None:
    """Input that the language refuses is refused with the code and the pointer of every fault."""
    with pytest.raises(CriteriaError) as caught:
        read(case, test)
    problems = caught.value.problems
    assert sorted(problem.code for problem in problems) == sorted(expected["code"] for expected in test["refused"])
    for expected in test["refused"]:
        if "pointer" in expected:
            assert (expected["code"], expected["pointer"]) in [(one.code, one.pointer) for one in problems]
    assert all(problem.message for problem in problems)


def read(case: SuiteCase, test: dict[str, Any]) -> None:
    """Parses the input of a test of `refused.json`."""
    if "orderBy" in test:
        criteria.parse_order_by(test["orderBy"], case.schema)
    criteria.parse(test["text"] if "text" in test else test["criteria"], case.schema)


def search_of(case: SuiteCase, test: dict[str, Any]) -> Search:
    """The search of a test: all records, unless it has a limit or a skip."""
    query = criteria.parse(test["text"] if "text" in test else test["criteria"], case.schema)
    order = criteria.parse_order_by(test["orderBy"], case.schema) if "orderBy" in test else ()
    is_paged = "limit" in test or "skip" in test
    limit = test.get("limit", 10) if is_paged else None
    return Search(query, order, limit, test.get("skip", 0), test.get("getTotalCount", False))


def page_fits(test: dict[str, Any], page: criteria.Page) -> bool:
    """Whether a page is the page that a test names."""
    return (
        test.get("hasMoreRecords", page.has_more_records) == page.has_more_records
        and test.get("totalCount") == page.total_count
    )
