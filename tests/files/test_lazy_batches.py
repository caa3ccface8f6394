"""Frames of batches of records: their sources end with the output."""

from __future__ import annotations

import time
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import polars as pl
import pytest

from criteria.files import column_writers, lazy_batches
from criteria.files.formats import Format


class Closed(BytesIO):
    """A stream whose reader has gone after the first part, which may be a header."""

    parts = 0

    def write(self, data: Any) -> int:
        self.parts += 1
        if self.parts > 1:
            raise BrokenPipeError
        return len(data)


@pytest.mark.parametrize("target", [Format.NDJSON, Format.CSV, Format.JSON])
def test_a_source_is_released_when_its_output_ends(monkeypatch: pytest.MonkeyPatch, target: Format) -> None:
    """Polars is asked to, for otherwise it keeps a source that it will not read again."""
    looks = iter(range(500))
    monkeypatch.setattr(lazy_batches, "monotonic", lambda: 0.0 * next(looks))
    numbers = pl.LazyFrame().select(pl.int_range(200_000).alias("n"))

    def batches(names: list[str] | None) -> Iterator[pl.DataFrame]:
        for batch in numbers.collect_batches(chunk_size=10_000, lazy=True, engine="streaming"):
            time.sleep(0.02)
            yield batch

    frame = lazy_batches.as_frame(batches, {"n": pl.Int64()})
    with pytest.raises(BrokenPipeError):
        column_writers.write(frame, target, Closed())
    assert next(looks) < 500
