"""Pages by cursor through NaN and infinities in frames, which are sorted as Python sorts records: NaN is empty."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import pytest

import criteria
from criteria import Field, Schema
from criteria.backends import frame as backend
from tests.frames.conftest import Frames
from tests.frames.kinds import DASK, QUICK, FrameKind
from tests.frames.test_agreement import keys

KEY = Field("id", "integer", is_unique=True, nullable=False)
DOUBLE = Field("value", "double")
VALUES = (nan, 2.0, None, inf, nan, -1.0, None, -inf, 2.0, nan, 0.0)
"""The values of rows 1, 2, ..."""

ORDERS = ("value", "value desc, id", "same desc, value desc")
SIZES = {"after": 1, "before": 2}
REQUIRED = Field("value", "double", nullable=False)
WALKS = [
    *(pytest.param(kind, DOUBLE, "double", id=kind.name) for kind in (*QUICK, DASK)),
    *(pytest.param(kind, DOUBLE, "float", id=f"{kind.name}: 32 bits")
      for kind in QUICK if kind.name in ("polars", "pyarrow", "duckdb-relation")),
    *(pytest.param(kind, REQUIRED, "double", id=f"{kind.name}: never null")
      for kind in QUICK if kind.name != "pandas-nullable"),  # which makes null of NaN
]  # fmt: skip
"""The kind of frame, the field, and the type of the column."""


def schema_of(field: Field) -> Schema:
    return Schema("frame", [KEY, field, Field("same", "integer")], system_properties=False)


def rows_of(field: Field) -> list[dict[str, Any]]:
    """Typed records of the rows of a frame."""
    values = [one for one in VALUES if field.nullable or one is not None]
    return [{"id": number, "value": value, "same": 3} for number, value in enumerate(values, 1)]


def frame_of(kind: FrameKind, field: Field, arrow_type: str) -> Any:
    import pyarrow as pa

    types = [("id", pa.int64()), ("value", pa.type_for_alias(arrow_type)), ("same", pa.int64())]
    return kind.make(pa.Table.from_pylist(rows_of(field), pa.schema(types)))


def walked(kind: FrameKind, frame: Any, field: Field, order: str, limit: int, way: str) -> list[Any]:
    """The ids of the pages of a walk by the cursors that they offer, from the first page on or from the last one."""
    schema, records = schema_of(field), rows_of(field)
    found: list[Any] = []
    request: dict[str, Any] = {"orderBy": order, "limit": limit}
    if way == "before":
        first = backend.search(frame, criteria.parse_search({**request, "limit": 100}, schema))
        found.append(keys(kind, first.data)[-1])
        request["before"] = criteria.parse_search(request, schema).cursor(records[found[0] - 1])
    while len(found) < 50:
        page = backend.search(frame, criteria.parse_search(request, schema))
        ids = keys(kind, page.data)
        found = ids + found if way == "before" else found + ids
        cursor = page.previous_cursor if way == "before" else page.next_cursor
        if cursor is None:
            return found
        request[way] = cursor
    raise AssertionError(f"The walk does not end: {found}")


@pytest.mark.heavy("walks on every kind of frame")
@pytest.mark.parametrize(("kind", "field", "arrow_type"), WALKS)
def test_a_walk_by_cursor_loses_no_row(kind: FrameKind, field: Field, arrow_type: str, frames: Frames) -> None:
    """Each row comes once, in the order of Python, also where the cursor is the position of a NaN or an infinity."""
    schema = schema_of(field)
    frame = frame_of(frames.need(kind), field, arrow_type)
    for order in ORDERS if kind is not DASK else ORDERS[1:2]:  # Dask takes as long as all others
        whole = keys(kind, backend.search(frame, criteria.parse_search({"orderBy": order, "limit": 100}, schema)).data)
        in_python = criteria.compile(criteria.parse_search({"orderBy": order, "limit": 100}, schema), "python")
        assert whole == [one["id"] for one in in_python(rows_of(field)).data], order
        for way in ("after", "before"):
            assert walked(kind, frame, field, order, SIZES[way] if kind is not DASK else 3, way) == whole, order
