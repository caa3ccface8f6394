"""The language-neutral suite: its misreadings select something else, and what it refuses is refused.

That every engine selects the records that it names is a check of the conformance kit, in tests/conformance.
"""

from __future__ import annotations

from typing import Any

import pytest

import criteria
from criteria import CriteriaError
from criteria.conformance.suite_files import SuiteCase, cases

SELECTING = list(cases(refused=False))
REFUSING = [(case, test) for case in cases(refused=True) for test in case.tests]


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
