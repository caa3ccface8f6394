"""The frames of a run: those kinds that `--engines` names, and Spark once for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.conftest import IN_CI, names_engines, require, selected_names
from tests.frames import spark
from tests.frames.kinds import DASK, QUICK, SPARK, FrameKind


class Frames:
    """The kinds of frames of a run. With `must_be_there` a missing one is a failure."""

    def __init__(self, selected: list[str], stack: ExitStack, *, must_be_there: bool) -> None:
        self.selected, self.stack, self.must_be_there = selected, stack, must_be_there or IN_CI
        self._session: Any = None

    def need(self, kind: FrameKind) -> FrameKind:
        """A kind of frame; the test is skipped if its engine is missing, and fails if it must be there."""
        if kind.name not in self.selected:
            pytest.skip(f"{kind.name} is not among --engines")
        require(kind.name, kind.missing(), is_named=self.must_be_there)
        return kind

    def quick(self) -> list[FrameKind]:
        """Every selected kind of an engine in this process that can be had; every one if they must be there."""
        kinds = [kind for kind in (*QUICK, DASK) if kind.name in self.selected]
        return [self.need(kind) for kind in kinds if self.must_be_there or kind.missing() is None]

    def spark(self) -> Any:
        """The Spark session of the run."""
        self.need(SPARK)
        if self._session is None:
            self._session = self.stack.enter_context(spark.spark_session())
        return self._session


@pytest.fixture(scope="session")
def frames(request: pytest.FixtureRequest) -> Iterator[Frames]:
    """The frames of this run."""
    with ExitStack() as stack:
        yield Frames(selected_names(request.config), stack, must_be_there=names_engines(request.config))


@pytest.fixture(params=QUICK, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest, frames: Frames) -> FrameKind:
    """Each kind of frame of an engine in this process in turn."""
    return frames.need(request.param)


@pytest.fixture(autouse=True)
def packages() -> None:
    """Every test here needs Polars, pandas and Arrow, and is skipped where they are not; in CI they have to be."""
    for kind in (QUICK[0], QUICK[2]):
        require(kind.name, kind.missing())
