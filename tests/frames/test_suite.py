"""The language-neutral suite, on frames: hand-written criteria select the records that they should."""

from __future__ import annotations

from typing import Any

import pytest

from criteria.backends import frame as backend
from criteria.conformance.suite_files import SuiteCase, cases
from tests.frames.kinds import QUICK, FrameKind

CONFORMING = [case for case in cases(refused=False) if not case.other_kinds]
"""Columns have one type: values of other kinds cannot lie in them."""

_HEAVY = [pytest.mark.heavy("the suite on more frames")]
_KINDS = [
    pytest.param(kind, id=kind.name, marks=[] if kind.name == "polars" else _HEAVY)
    for kind in QUICK
    if kind.name in ("polars", "duckdb-relation")
]
"""Two kinds of frames, one of them also in the quick profile. The conformance kit runs the suite on every kind."""


@pytest.mark.parametrize("kind", _KINDS, indirect=True)
@pytest.mark.parametrize("case", CONFORMING, ids=str)
def test_case_selects_the_same_records_from_the_frame(case: SuiteCase, kind: FrameKind) -> None:
    """Every test of a case selects the records that it names, in its order and on its page."""
    from tests.frames.tables import arrow_table

    if not kind.can_name(case.schema):
        pytest.skip("DuckDB before version 2 parses the names of columns")
    frame = kind.make(arrow_table(case.schema, case.records))
    for test in case.tests:
        search = case.search(test)
        page = backend.search(frame, search)
        found, selected = (list(kind.read(one)["id"]) for one in (page.data, backend.filter(frame, search.query)))
        expected: Any = test["matches"]
        if "orderBy" not in test:
            found, selected, expected = sorted(found), sorted(selected), sorted(expected)
            assert selected == expected, test["description"]
        assert found == expected, test["description"]
        assert page.has_more_records == test.get("hasMoreRecords", page.has_more_records), test["description"]
        assert page.total_count == test.get("totalCount"), test["description"]
