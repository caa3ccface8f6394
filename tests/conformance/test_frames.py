"""Data frames through the conformance kit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any, ClassVar

import pytest

from criteria import Page, Schema, Search
from criteria.conformance import Adapter, Suite
from tests.conftest import CASES, names_engines, require, selected_names
from tests.frames.kinds import DASK, QUICK, FrameKind

KINDS = [kind for kind in (*QUICK, DASK) if kind.holds_everything]
"""pandas on NumPy's types is compared in `tests/frames`: they do not hold the kit's records."""


class FrameAdapter(Adapter):
    """A kind of frame, with a new frame for each set of records."""

    unsupported: ClassVar = {"other_kinds": "a column has one type"}

    def __init__(self, kind: FrameKind) -> None:
        self.kind, self.name, self.version = kind, kind.name, version(kind.package)  # type: ignore[misc]
        if kind.name == "duckdb-relation" and self.version.startswith("1."):
            names = {"names": "DuckDB before version 2 parses the names of columns"}
            self.unsupported = {**self.unsupported, **names}  # type: ignore[misc]

    def insert(self, schema: Schema, records: Sequence[Mapping[str, Any]]) -> None:
        from tests.frames.tables import arrow_table

        self.frame = self.kind.make(arrow_table(schema, records))

    def run(self, search: Search) -> Page:
        from criteria.backends import frame as backend

        page = backend.search(self.frame, search)
        return Page(tuple(self.kind.read(page.data)["id"]), page.has_more_records, page.total_count)


@pytest.fixture(scope="class", params=KINDS, ids=lambda kind: kind.name)
def conformance_adapter(request: pytest.FixtureRequest) -> Adapter:
    """Each kind of frame in turn."""
    kind = request.param
    if kind.name not in selected_names(request.config):
        pytest.skip(f"{kind.name} is not among --engines")
    require(kind.name, kind.missing(), is_named=names_engines(request.config))
    return FrameAdapter(kind)


@pytest.fixture(scope="session")
def conformance_examples() -> int:
    """Few: the tests of frames draw more, and some frames take a fifth of a second for a query."""
    return max(1, CASES // 400)


@pytest.mark.heavy("every check on every kind of frame")
class TestFrames(Suite):
    """Every check on every kind of frame."""
