"""Sort keys that are equal and stored in several ways: rows with them keep the order of the next key."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

import criteria
from criteria import Field, Schema
from criteria.backends import frame as backend
from criteria.backends.frame.searching import ordered_stably
from tests.frames.conftest import Frames
from tests.frames.kinds import DASK, QUICK, SPARK, FrameKind
from tests.frames.test_agreement import keys

KEY = Field("id", "integer", is_unique=True, nullable=False)
ZEROS = (0.0, -0.0, 1.5, None, -0.0, 0.0, -1.0)
"""The values of rows 1, 2, ..."""

EVERY_KIND = pytest.mark.parametrize("kind", [*QUICK, DASK], ids=lambda kind: kind.name)


def schema_of(*fields: Field) -> Schema:
    return Schema("keys", [KEY, *fields], system_properties=False)


def in_python(rows: list[dict[str, Any]], order: str, schema: Schema) -> list[int]:
    """The ids of the rows in the order of the rules."""
    run = criteria.compile(criteria.parse_search({"orderBy": order}, schema), "python")
    return [one["id"] for one in run(rows).data]


def zeros(*names: str) -> Any:
    """A table of both zeros as 64-bit floats, as 32-bit floats and in structs: the columns of some names."""
    import pyarrow as pa

    columns = {
        "wide": pa.array(ZEROS, pa.float64()),
        "short": pa.array(ZEROS, pa.float32()),
        "inside": pa.array([{"value": one} for one in ZEROS], pa.struct([("value", pa.float64())])),
    }
    ids = {"id": pa.array(range(1, len(ZEROS) + 1), pa.int64())}
    return pa.table({**ids, **{name: columns[name] for name in names}})


@EVERY_KIND
def test_both_zeros_are_one_sort_key(kind: FrameKind, frames: Frames) -> None:
    """pandas refused a page of Arrow's floats, and Dask with it, if the sort key held 0.0 and -0.0."""
    frames.need(kind)
    fields = {
        "wide": Field("wide", "double"),
        "short": Field("short", "double"),
        "inside": Field("inside.value", "double"),
    }
    for name, field in fields.items() if kind.holds_everything else [("wide", fields["wide"])]:
        schema, rows = schema_of(field), zeros(name).to_pylist()
        frame = kind.make(zeros(name))
        for order in ("{}", "{} desc", "{}, id desc", "{} desc, id"):
            asked = order.format(field.name)
            page = backend.search(frame, criteria.parse_search({"orderBy": asked}, schema)).data
            assert keys(kind, page) == in_python(rows, asked, schema), asked


@EVERY_KIND
def test_a_page_shows_the_zero_that_is_stored(kind: FrameKind, frames: Frames) -> None:
    """Only the sort key has one zero."""
    schema = schema_of(Field("wide", "double"))
    frame = frames.need(kind).make(zeros("wide"))
    page = backend.search(frame, criteria.parse_search({"orderBy": "wide, id", "limit": 6, "skip": 2}, schema)).data
    assert list(map(str, kind.read(page)["wide"])) == ["0.0", "-0.0", "-0.0", "0.0", "1.5"]


@EVERY_KIND
def test_a_walk_by_cursor_passes_both_zeros(kind: FrameKind, frames: Frames) -> None:
    """The cursor of a row with one zero is the position of a row with the other."""
    schema, frame = schema_of(Field("wide", "double")), frames.need(kind).make(zeros("wide"))
    found: list[int] = []
    request: dict[str, Any] = {"orderBy": "wide desc, id", "limit": 2}
    for _ in range(4):
        page = backend.search(frame, criteria.parse_search(request, schema))
        found += keys(kind, page.data)
        request["after"] = page.next_cursor
    assert found == [3, 1, 2, 5, 6, 7, 4]
    assert request["after"] is None


@pytest.mark.heavy("starts Spark")
def test_both_zeros_are_one_sort_key_of_spark(frames: Frames) -> None:
    frame = frames.spark().createDataFrame(zeros("wide", "short"))
    for name in ("wide", "short"):
        schema = schema_of(Field(name, "double"))
        for order in (name, f"{name} desc, id"):
            page = backend.search(frame, criteria.parse_search({"orderBy": order}, schema)).data
            assert keys(SPARK, page) == in_python(zeros(name).to_pylist(), order, schema), order


def test_rows_with_either_zero_keep_their_order_without_a_unique_key() -> None:
    import polars as pl

    schema = Schema("keys", [Field("wide", "double")], system_properties=False)
    frame: Any = pl.from_arrow(zeros("wide"))
    for order, expected in (("wide", [4, 7, 1, 2, 5, 6, 3]), ("wide desc", [3, 1, 2, 5, 6, 7, 4])):
        found = ordered_stably(frame.lazy(), criteria.parse_search({"orderBy": order}, schema)).collect()
        assert found["id"].to_list() == expected


def stored() -> dict[str, tuple[Field, Any]]:
    """Fields and Arrow arrays of values that are equal, or nearly so, and that a library could take for others."""
    import numpy as np
    import pyarrow as pa

    bits = [0x7FF8000000000000, 0xFFF8000000000000, 0x7FF8000000000001, 0x3FF0000000000000, 0xFFF0000000000001]
    nan = np.array(bits, dtype=np.uint64).view(np.float64)
    decimals = [*map(Decimal, ("0.00", "-0.00", "1.0", "1.00")), None]
    seconds = pa.array([1729989000, 1729992600, None, 1729985400, 1729989000], pa.int64())  # an hour that comes twice
    whole = [2**53, 2**53 + 1, None, 2**53, 2**62 + 1]
    texts = ["e\u0301", "\u00e9", None, "\u00c5", "\u212b"]
    return {
        "NaN of several payloads": (Field("value", "double"), pa.array(nan, pa.float64(), from_pandas=False)),
        "decimals of several scales": (Field("value", "decimal"), pa.array(decimals, pa.decimal128(20, 2))),
        "integers beyond doubles": (Field("value", "integer"), pa.array(whole, pa.int64())),
        "texts that look alike": (Field("value", "string"), pa.array(texts)),
        **{
            f"instants of {zone} in {unit}": (
                Field("value", "dateTime"),
                seconds.cast(pa.timestamp("s", "UTC")).cast(pa.timestamp(unit, zone)),
            )
            for zone in ("UTC", "Europe/Berlin")
            for unit in ("s", "ms", "us")
        },
    }


@EVERY_KIND
def test_equal_values_of_other_types_are_one_sort_key(kind: FrameKind, frames: Frames) -> None:
    """A decimal column has one scale and a column of instants one zone; NaN is empty, whatever its payload."""
    import pyarrow as pa

    frames.need(kind)
    for name, (field, values) in stored().items():
        if not (kind.holds_everything or field.field_type.value in ("double", "string")):
            continue  # NumPy's types do not hold it, or not with nulls
        schema = schema_of(field)
        table = pa.table({"id": pa.array(range(1, len(values) + 1), pa.int64()), "value": values})
        for order in ("value", "value desc, id"):
            page = backend.search(kind.make(table), criteria.parse_search({"orderBy": order}, schema)).data
            assert keys(kind, page) == in_python(table.to_pylist(), order, schema), f"{name}: {order}"
