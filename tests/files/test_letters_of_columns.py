"""Columns whose names differ in the case of a letter: each engine has its own rule, and none reads another column."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from tests.cli.running import run

PAIRS = [("k", "\u212a"), ("\u00e9", "\u00c9"), ("s", "\u017f"), ("\u0131", "I"), ("k", "K")]


@pytest.mark.parametrize("suffix", [".parquet", ".arrow"])
@pytest.mark.parametrize("engine", ["python", "polars", "duckdb"])
@pytest.mark.parametrize("pair", PAIRS, ids=ascii)
def test_two_columns_are_told_apart_or_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pair: tuple[str, str], engine: str, suffix: str
) -> None:
    """DuckDB folds A to Z alone, so only k and K are one column to it; the others are filtered each by its own."""
    monkeypatch.chdir(tmp_path)
    frame = pl.DataFrame({"id": [1, 2], pair[0]: ["a", "b"], pair[1]: ["b", "a"]})
    (frame.write_parquet if suffix == ".parquet" else frame.write_ipc)(f"rows{suffix}")
    for name, expected in zip(pair, (1, 2), strict=True):
        ran = run("filter", json.dumps({name: "a"}), f"rows{suffix}", "--engine", engine, "--to", "ndjson")
        if engine == "duckdb" and pair == ("k", "K"):
            assert (ran.code, ran.out) == (2, b"")
            assert 'columns "k" and "K", which duckdb treats as one' in ran.err
        else:
            assert ran.code == 0, ran.err
            assert json.loads(ran.text)["id"] == expected
