"""Names are joined with those of the objects around them only up to the length of a field's name, so that short data
stay short."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import polars as pl
import pytest

from criteria.files.formats import Format
from tests.cli.running import run

_MEMORY = 100_000_000
_RECORD = {"k" * 100_000: {f"{number:x}": 1 for number in range(10_000)}}
"""Names that together have a gigabyte."""

_COLUMNS = "A name with those of the objects around it is longer than 1,000 characters"
_NO_FIELD = "This cannot be a field name. A field name has at most 1000 characters."

RUNS: dict[str, tuple[tuple[str, ...], int, str]] = {
    "filter": (("filter", '{"zzz":1}', "long.ndjson"), 1, 'No record has "zzz".'),
    "select": (("filter", "{}", "long.ndjson", "--select", "zz"), 1, 'No record has "zz"'),
    "select inside": (
        ("filter", "{}", "long.ndjson", "--to", "csv", "--select", f"{'k' * 100_000}.zz"),
        2,
        "have no column",
    ),
    "explain": (("explain", '{"zzz":1}', "--record", "long.ndjson"), 0, ""),
    "schema": (("schema", "--from", "long.ndjson"), 1, _NO_FIELD),
    "init": (("init", "new", "--from", "long.ndjson"), 1, _NO_FIELD),
    "table": (("filter", "{}", "long.ndjson", "--to", "table"), 1, _COLUMNS),
    "csv": (("filter", "{}", "long.ndjson", "--to", "csv"), 1, _COLUMNS),
    "parquet": (("filter", "{}", "long.ndjson", "--to", "parquet"), 1, _COLUMNS),
    "arrow": (("filter", "{}", "long.ndjson", "--to", "arrow"), 1, _COLUMNS),
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the record, as the current one."""
    (tmp_path / "long.ndjson").write_text(json.dumps(_RECORD) + "\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", RUNS)
def test_long_names_of_objects_are_not_repeated(folder: Path, name: str) -> None:
    """They are left out, or refused with a hint, where they would be the names of columns."""
    arguments, code, said = RUNS[name]
    tracemalloc.start()
    try:
        result = run(*arguments)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert result.code == code, result.err
    assert said in result.err
    assert len(result.out) + len(result.err) < 5_000
    assert peak < _MEMORY
    if said is _COLUMNS:
        assert "Write ndjson or json" in result.err


@pytest.mark.parametrize("target", ["csv", "json"])
def test_long_names_of_columns_are_refused_where_they_are_joined(folder: Path, target: str) -> None:
    """A struct of Arrow has its own long names, which a file of rows has not to repeat."""

    pl.DataFrame({"k" * 2_000: [{"a": 1, "b": 2}]}).write_ipc("long.arrow")
    result = run("filter", "{}", "long.arrow", "--to", target)
    assert (result.code, _COLUMNS in result.err) == ((1, True) if target == "csv" else (0, False))
    inferred = run("schema", "--from", "long.arrow")
    assert (inferred.code, _NO_FIELD in inferred.err) == (1, True)


def test_a_long_name_of_a_column_stays(folder: Path) -> None:
    """Only names that are joined are refused."""
    name = "k" * 1_500
    Path("one.ndjson").write_text(json.dumps({name: 1, "a": {"b" * 998: 2}}) + "\n")
    result = run("filter", "{}", "one.ndjson", "--to", "csv")
    assert (result.code, result.text) == (0, f"{name},a.{'b' * 998}\n1,2\n")


def test_a_record_with_a_name_too_long_is_left_out(folder: Path) -> None:
    """It is a bad record, and has no columns in the output."""
    Path("two.ndjson").write_text(json.dumps({"a": {"b": 1, "c" * 1_000: 2}, "d": 3}) + '\n{"a":{"b":4}}\n')
    result = run("filter", "{}", "two.ndjson", "--to", "csv", "--on-error", "skip")
    assert result.text == "a.b\n4\n"


def test_names_that_are_known_are_bounded(folder: Path) -> None:
    """A record may have a million names, of which hints need some."""
    many = {"k" * 900: {f"{number}": number for number in range(100_000)}, "title": 1}
    Path("many.ndjson").write_text(json.dumps(many) + "\n")
    tracemalloc.start()
    try:
        result = run("filter", '{"zzz":1}', "many.ndjson")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert result.code == 1
    assert peak < _MEMORY


def test_a_record_without_names_of_fields_lacks_what_is_asked_for(folder: Path) -> None:
    """Without a hint: none of its names could be in a query."""
    result = run("explain", '{"zzz":1}', "--record", json.dumps({"k" * 1_001: 1}))
    assert result.code == 0
    Path("one.ndjson").write_text(json.dumps({"k" * 1_001: 1}) + "\n")
    result = run("filter", '{"zzz":1}', "one.ndjson")
    assert (result.code, result.err.count("\n")) == (1, 1)


DEEP = [32, 100, 101, 196, 200, 300, 511]


@pytest.mark.parametrize("to", ["csv", "parquet", "arrow", "ndjson"])
@pytest.mark.parametrize("levels", DEEP)
def test_deep_records_are_columns_or_refused(folder: Path, levels: int, to: str) -> None:
    """Up to a depth at which every engine passes them on."""
    record = '{"a":' * levels + "1" + "}" * levels
    Path("deep.ndjson").write_text(f"{record}\n")
    result = run("filter", "{}", "deep.ndjson", "--to", to, "-o", f"out.{to}")
    deepest = {"ndjson": DEEP[-1], "csv": 32}.get(to, 100)
    is_refused = levels > deepest
    said = "CSV takes at most 32 levels" if to == "csv" and levels <= 100 else "nested more than 100 levels deep"
    assert (result.code, said in result.err) == (int(is_refused), is_refused), result.err
    if to == Format.CSV.value and not is_refused:
        assert Path("out.csv").read_text() == f"{'.'.join('a' * levels)}\n1\n"


@pytest.mark.parametrize("policy", ["skip", "report"])
@pytest.mark.parametrize("to", ["csv", "parquet"])
def test_a_deep_record_that_is_left_out_has_no_columns(folder: Path, policy: str, to: str) -> None:
    """What is refused of a record does not change the types of the others."""
    deep = '{"a":' * 200 + "1" + "}" * 200
    Path("deep.ndjson").write_text(f'{deep}\n{{"b":[{deep}],"c":"x"}}\n{{"a":1,"c":2}}\n')
    result = run("filter", "{}", "deep.ndjson", "--to", to, "-o", f"out.{to}", "--on-error", policy)
    assert "Traceback" not in result.err
    shown = run("filter", "{}", f"out.{to}", "--to", "ndjson") if to == "parquet" else None
    assert shown is None or shown.text == '{"a":1,"c":2}\n'
    assert to != "csv" or Path("out.csv").read_text() == "a,c\n1,2\n"
