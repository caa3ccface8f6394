"""How far an engine of columns is, while it works."""

from __future__ import annotations

from pathlib import Path
from threading import Event, Thread

import polars as pl
import pytest

import criteria
from criteria.files.inputs import found
from criteria.files.scans import selected
from criteria.files.share import TELLING, Share


@pytest.mark.heavy("a million rows")
@pytest.mark.parametrize("engine", ["python", "duckdb"])
def test_the_share_of_an_engine_grows(tmp_path: Path, engine: str) -> None:
    """It is read by another thread, grows, and is never more than all. Afterwards it can be read still."""
    path = tmp_path / "x.parquet"
    numbers = pl.DataFrame({"n": range(1_000_000)})
    numbers.with_columns(s=pl.col("n").hash().cast(pl.String)).write_parquet(path, row_group_size=50_000)
    share, ended = Share(), Event()
    seen: list[float] = []

    def watch() -> None:
        while not ended.wait(0.005):
            seen.append(share.done)

    thread = Thread(target=watch)
    thread.start()
    query = criteria.parse({"s": {"$contains": "123"}})
    try:
        with selected(found([str(path)], None), criteria.Search(query), engine, share) as frame:
            assert frame.collect().height > 0
    finally:
        ended.set()
        thread.join()
    assert seen == sorted(seen)
    assert any(0 < one < 1 for one in seen)
    assert 0 < share.done <= 1
    assert engine in TELLING
