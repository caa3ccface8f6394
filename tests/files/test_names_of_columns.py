"""Engines read the file of the given name, also where its name looks like a pattern or an address."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl
import pytest

from tests.cli.running import run

NAMES = ["[ab]", "*", "?", "x{a,b}", "~", "c'", "d\\", "x=1", "q%20", "b\n", "hf:/x/z"]
RECORD = '{"a":"this"}\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "hf:/x").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: str, value: object) -> None:
    with open(path, "wb") as file:
        frame = pl.DataFrame({"a": [value]})
        (frame.write_ipc if path.endswith(".arrow") else frame.write_parquet)(file)


@pytest.mark.skipif(os.name == "nt", reason="these are no names of files on Windows: run it on Linux or macOS")
@pytest.mark.parametrize("suffix", [".parquet", ".arrow"])
@pytest.mark.parametrize("engine", ["python", "polars", "duckdb"])
def test_a_name_is_neither_a_pattern_nor_an_address(folder: Path, engine: str, suffix: str) -> None:
    write(f"a{suffix}", "another")
    for name in NAMES:
        write(name + suffix, "this")
    given = [name.replace(":/", "://") + suffix for name in NAMES]  # a name of the same file, to the system
    printed = {name: run("filter", "{}", name, "--engine", engine, "--to", "ndjson") for name in given}
    found = {name: (result.code, result.text) for name, result in printed.items()}
    assert found == dict.fromkeys(given, (0, RECORD))


@pytest.mark.skipif(os.name == "nt", reason="these are no names of files on Windows: run it on Linux or macOS")
@pytest.mark.parametrize("suffix", [".parquet", ".arrow"])
@pytest.mark.parametrize("name", NAMES[:4])
def test_the_columns_of_a_file_are_its_own(folder: Path, name: str, suffix: str) -> None:
    """A file that the name is a pattern of does not hide that the types differ, which DuckDB would cast."""
    for other in ("a", "xa", "y"):
        write(other + suffix, 1)
    write(name + suffix, 2.4)
    result = run("filter", '{"a":{"$gte":2}}', f"y{suffix}", name + suffix, "--engine", "duckdb", "--to", "ndjson")
    assert (result.code, result.text) == (1, "")
    assert "is Float64, and in" in result.err


@pytest.mark.parametrize("name", ["[ab]", "x{a,b}", "*", "a:b", "_a", ".a"])
def test_spark_is_given_no_name_that_it_takes_for_others(folder: Path, name: str) -> None:
    write(f"{name}.parquet", "this")
    result = run("filter", "{}", f"{name}.parquet", "--engine", "spark")
    assert result.code == 2
    assert "Use --engine polars" in result.err


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode on Windows: run it on Linux")
@pytest.mark.parametrize("engine", ["python", "polars", "duckdb", "spark"])
@pytest.mark.parametrize("suffix", [".parquet", ".arrow"])
def test_a_name_that_is_not_utf_8_is_refused(folder: Path, engine: str, suffix: str) -> None:
    name = os.fsdecode(b"a\xff" + suffix.encode())
    try:
        write(name, "this")
    except OSError:
        pytest.skip("this system takes UTF-8 names only: run it on Linux")
    result = run("filter", "{}", name, "--engine", engine)
    assert result.code == 2
    assert "must be UTF-8" in result.err
    assert "a\\udcff" in result.err
    explained = run("explain", '{"a": 1}', "--record", name, "--line", "1")
    assert (explained.code, "must be UTF-8" in explained.err) == (2, True)
