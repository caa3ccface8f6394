"""Frames that hold NaN and infinity, and integers beyond 2^53 in columns that are compared with doubles."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import criteria
from criteria import Field, Schema
from criteria.backends import frame as backend
from tests.backends.test_nan import COMPARISONS, SCHEMA, STORED
from tests.conftest import capped
from tests.frames.conftest import Frames
from tests.frames.kinds import DASK, QUICK, FrameKind


def table_of(kind: FrameKind) -> Any:
    """An Arrow table of what the engines store; without lists where NumPy's types hold the rest."""
    import pyarrow as pa

    table = pa.table({
        "id": list(STORED),
        "d": pa.array(STORED.values(), pa.float64()),
        "required": pa.array([1.0 if value is None else value for value in STORED.values()], pa.float64()),
        "ds": pa.array([[value, None] for value in STORED.values()], pa.list_(pa.float64())),
    })  # fmt: skip
    return table if kind.holds_everything else table.drop_columns("ds")


@pytest.mark.parametrize("kind", [*QUICK, DASK], ids=lambda kind: kind.name)
def test_nan_fulfils_no_comparison(kind: FrameKind, frames: Frames) -> None:
    """NaN is neither above nor below a number, infinity is beyond all others; nothing positive is true of null."""
    frame = frames.need(kind).make(table_of(kind))
    for field in ("d", "required", "ds") if kind.holds_everything else ("d", "required"):
        for comparison, keys in COMPARISONS:
            selected = [key for key in STORED if (4 if field == "required" and key == 5 else key) in keys]
            others = [key for key in STORED if key not in selected]
            for asked, expected in (({field: comparison}, selected), ({"NOT": {field: comparison}}, others)):
                found = backend.filter(frame, criteria.parse(asked, SCHEMA))
                assert sorted(kind.read(found)["id"]) == expected, asked


@pytest.mark.parametrize(
    "kind",
    [kind for kind in QUICK if kind.name != "pandas-nullable"],  # whose nulls and Arrow's do not mix in one expression
    ids=lambda kind: kind.name,
)
def test_nan_fulfils_no_comparison_of_a_compiled_expression(kind: FrameKind, frames: Frames) -> None:
    """An expression that is compiled before there is a frame keeps NaN out as well."""
    import narwhals as nw

    frame = nw.from_native(frames.need(kind).make(table_of(kind)))
    for comparison, keys in COMPARISONS:
        others = [key for key in STORED if key not in keys]
        for asked, expected in (({"d": comparison}, keys), ({"NOT": {"d": comparison}}, others)):
            found = frame.filter(criteria.compile(criteria.parse(asked, SCHEMA), "frame"))
            assert sorted(kind.read(found.to_native())["id"]) == expected, asked


def beyond_doubles(limit: int = 2**63) -> st.SearchStrategy[int]:
    """Integers of which not every one is a double, near to doubles and half the way between two of them."""
    doubles = st.integers(2**53, limit).map(float).map(int)
    near = st.tuples(doubles, st.sampled_from((0, 1, -1, 2, -2, 256, -256, 512, -512, 511, 513))).map(sum)
    return st.one_of(near, near.map(lambda number: -number)).filter(lambda number: -limit <= number < limit)


SCHEMA_OF_WHOLE = Schema(
    "whole",
    [Field("id", "integer", is_unique=True, nullable=False), Field("n", "double"), Field("ns", "double", is_list=True)],
    system_properties=False,
)

COMPARE = {"$gt": float.__gt__, "$gte": float.__ge__, "$lt": float.__lt__, "$lte": float.__le__, "$eq": float.__eq__}


@pytest.mark.heavy("generated numbers on every kind of frame")
@pytest.mark.parametrize("dtype", ["int64", "uint64", "decimal128(25, 3)"])
def test_integers_beyond_2_53_compare_with_doubles(dtype: str, frames: Frames) -> None:
    """A column of integers under a field of type double: each is compared as the double that it becomes. Half the way
    between two doubles that is the even one."""
    import pyarrow as pa

    from tests.frames.test_types import arrow_type

    kinds = [kind for kind in frames.quick() if kind.holds_everything and kind is not DASK]

    @settings(max_examples=capped(15))
    @given(numbers=st.lists(beyond_doubles(), min_size=1, max_size=12), data=st.data())
    def agree(numbers: list[int], data: st.DataObject) -> None:
        stored = [abs(number) for number in numbers] if dtype == "uint64" else numbers
        operand = float(data.draw(st.one_of(st.sampled_from(stored), beyond_doubles())))
        near = [int(operand) + step for step in (0, 1, -1)]
        near += [(int(operand) + int(math.nextafter(operand, towards))) // 2 for towards in (math.inf, -math.inf)]
        stored += [number for number in near if 0 <= number < 2**63]
        held = [Decimal(number) for number in stored] if dtype.startswith("decimal") else stored
        table = pa.table({
            "id": list(range(len(held))),
            "n": pa.array(held, arrow_type(dtype)),
            "ns": pa.array([[one, None] for one in held], pa.list_(arrow_type(dtype))),
        })  # fmt: skip
        for operator, compare in COMPARE.items():
            expected = [key for key, number in enumerate(stored) if compare(float(number), operand)]
            for field in ("n", "ns"):
                asked = operand if operator == "$eq" else {operator: operand}
                query = criteria.parse({field: asked}, SCHEMA_OF_WHOLE)
                for kind in kinds:
                    found = backend.filter(kind.make(table), query)
                    assert sorted(kind.read(found)["id"]) == expected, (kind.name, query)

    agree()
