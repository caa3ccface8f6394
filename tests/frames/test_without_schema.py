"""Queries without a schema look into columns of lists, and compare numbers exactly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

import criteria
from criteria.backends import frame as backend
from criteria.conformance.suite_files import PlainCase, plain_cases
from tests.frames.conftest import Frames
from tests.frames.kinds import DASK, SPARK, FrameKind
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


def test_integers_beyond_64_signed_bits_are_found_in_a_list_of_values(kind: FrameKind) -> None:
    """Doubles reach to unsigned integers that no signed one is, in `$in` as well."""
    import pyarrow as pa

    if not kind.holds_everything:
        pytest.skip("NumPy's types do not hold the records")
    numbers = pa.array([0, 2**63, 9_300_000_000_000_000_000, None], pa.uint64())
    lists = pa.array([[0], [2**63, None], [1, 9_300_000_000_000_000_000], None], pa.list_(pa.uint64()))
    frame = kind.make(pa.table({"id": [1, 2, 3, 4], "u": numbers, "l": lists}))
    for name in ("u", "l"):
        for asked, expected in (
            ({"$in": [9.3e18, 0.0]}, [1, 3]),
            ({"$nin": [9.3e18, 0.0]}, [2, 4]),
            (9.3e18, [3]),
            (2**63 - 1, []),
            ({"$ne": 2**63 - 1}, [1, 2, 3, 4]),
            ({"$gt": 2**63 - 1}, [2, 3]),
            ({"$gte": 9.2e18}, [2, 3]),
        ):
            found = kind.read(backend.filter(frame, criteria.parse({name: asked})))["id"]
            assert sorted(found) == expected, (name, asked)


@pytest.mark.needs_spark
@pytest.mark.parametrize("case", COLUMNS, ids=str)
def test_case_selects_the_same_records_from_spark(case: PlainCase, frames: Frames) -> None:
    """Spark looks into lists, too."""
    spark = frames.spark()
    assert differences(spark.createDataFrame(as_table(case.records)), SPARK, case) == []


@pytest.mark.parametrize("case", COLUMNS, ids=str)
def test_case_selects_the_same_records_from_dask(case: PlainCase, frames: Frames) -> None:
    """So does Dask, partition by partition."""
    frames.need(DASK)
    assert differences(DASK.make(as_table(case.records)), DASK, case) == []
