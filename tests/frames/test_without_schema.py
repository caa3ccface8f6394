"""Queries without a schema look into columns of lists, and compare numbers exactly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from criteria.backends import frame as backend
from tests.frames.kinds import FrameKind
from tests.suite_files import PlainCase, plain_cases
from tests.test_without_schema import query_of

COLUMNS = [case for case in plain_cases() if case.columns]


def as_table(records: Sequence[dict[str, Any]]) -> Any:
    """An Arrow table with the types that the values have."""
    import pyarrow as pa

    names = {name: None for record in records for name in record}
    return pa.Table.from_pylist([names | record for record in records])


def differences(frame: Any, kind: FrameKind, case: PlainCase) -> list[Any]:
    """The tests of a case that select other records from the frame."""
    found = [(test, list(kind.read(backend.filter(frame, query_of(test)))["id"])) for test in case.tests]
    return [(test["description"], ids) for test, ids in found if sorted(ids) != test["matches"]]


@pytest.mark.parametrize("case", COLUMNS, ids=str)
def test_case_selects_the_same_records_from_the_frame(case: PlainCase, kind: FrameKind) -> None:
    """Columns of lists are looked into, and so are lists of objects."""
    if not kind.holds_everything:
        pytest.skip("NumPy's types do not hold the records")
    assert differences(kind.make(as_table(case.records)), kind, case) == []
