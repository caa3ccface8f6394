"""What frames answer wrongly, or not at all, if they are asked plainly."""

from __future__ import annotations

from typing import Any

import pytest

import criteria
from criteria.backends import frame as backend
from tests.frames.conftest import Frames
from tests.frames.kinds import DASK, QUICK, FrameKind
from tests.test_engine_faults import NUMBERS, ROWS, each_case

pytestmark = pytest.mark.heavy("every kind of frame")


@pytest.mark.parametrize("kind", [one for one in (*QUICK, DASK) if one.holds_everything], ids=lambda kind: kind.name)
@each_case
def test_frames(wanted: dict[str, Any], ids: list[int], kind: FrameKind, frames: Frames) -> None:
    """Every Polars 1 fails on lists of decimals and of instants in milliseconds, if it is asked plainly."""
    from tests.frames.tables import arrow_table

    frames.need(kind)
    found = backend.filter(kind.make(arrow_table(NUMBERS, ROWS)), criteria.parse(wanted, NUMBERS))
    assert sorted(kind.read(found)["id"]) == ids
