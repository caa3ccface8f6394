"""`--order-by` without a unique key: rows with equal sort keys keep the order of the file, so pages are parts of one
whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.cli.running import run

ROWS: list[dict[str, Any]] = [{"i": at, "k": at % 3, "s": None if at % 4 == 0 else "ab"[at % 2], "in": {"x": at % 2}}
        for at in range(40)]  # fmt: skip
ORDER = "s desc,k"
KEYLESS = [
    {"name": "k", "fieldType": "integer"},
    {"name": "s", "fieldType": "string"},
    {"name": "i", "fieldType": "integer"},
]


def expected(row: dict[str, Any]) -> tuple[bool, int, int]:
    """The place of a row in the order: no value comes last when descending."""
    return row["s"] is None, -ord(str(row["s"])[0]), int(str(row["k"]))


def written(folder: Path, ending: str) -> Path:
    """The rows in a file of a format."""
    path = folder / f"data.{ending}"
    frame = pl.DataFrame(ROWS)
    if ending == "parquet":
        frame.write_parquet(path, row_group_size=7)
    elif ending == "arrow":
        frame.write_ipc(path)
    elif ending == "csv":
        frame.drop("in").write_csv(path)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return path


@pytest.mark.parametrize("engine", ["polars", "duckdb", "python"])
@pytest.mark.parametrize("ending", ["parquet", "arrow"])
def test_pages_of_columns_without_a_key(tmp_path: Path, ending: str, engine: str) -> None:
    """The types are those of the file, and each row is on one page."""
    path = written(tmp_path, ending)
    check(path, "--engine", engine)
    options = ("--engine", engine, "--order-by", "in.x desc", "--limit", "3", "--to", "ndjson", "--select", "i")
    nested = run("filter", "{}", str(path), *options)
    assert [json.loads(line)["i"] for line in nested.text.splitlines()] == [1, 3, 5]


@pytest.mark.parametrize("ending", ["csv", "ndjson"])
def test_pages_of_rows_without_a_key(tmp_path: Path, ending: str) -> None:
    """The same of rows, with a schema that has no key, and of CSV without a schema."""
    path = written(tmp_path, ending)
    schema = tmp_path / "keyless.json"
    schema.write_text(json.dumps({"name": "k", "systemProperties": False, "fields": KEYLESS}))
    check(path, "--schema", str(schema))
    if ending == "csv":
        check(path)


def check(path: Path, *options: str) -> None:
    """The pages of selected rows are the parts of a stable order."""
    chosen = sorted((row for row in ROWS if int(str(row["i"])) > 5), key=expected)
    whole = [row["i"] for row in chosen]
    for limit, skip in ((5, 0), (5, 5), (7, 30), (None, 0), (None, 3), (0, 0)):
        page = ["--limit", str(limit)] if limit is not None else []
        page += ["--skip", str(skip)] if skip else []
        arguments = ("--order-by", ORDER, *page, "--to", "ndjson", "--select", "i", *options)
        outcome = run("filter", '{"i": {"$gt": 5}}', str(path), *arguments)
        found = [int(json.loads(line)["i"]) for line in outcome.text.splitlines()]
        assert (found, outcome.code, outcome.err) == (whole[skip : None if limit is None else skip + limit], 0, "")


@pytest.mark.parametrize(
    ("ending", "text"),
    [
        ("csv", "id,name\n{}\n"),
        ("ndjson", "{}\n"),
    ],
)
def test_an_order_by_a_schema_of_one_field(tmp_path: Path, ending: str, text: str) -> None:
    """Rows keep what the schema does not name, also where they are converted. The order takes fields of the schema."""
    rows = ["2,b", "1,a", "3,"] if ending == "csv" else ['{"id":2,"name":"b"}', '{"id":1,"name":"a"}', '{"id":3}']
    path, schema = tmp_path / f"t.{ending}", tmp_path / "schema.json"
    path.write_text(text.format("\n".join(rows)))
    fields = [{"name": "id", "fieldType": "integer"}]
    schema.write_text(json.dumps({"name": "t", "systemProperties": False, "fields": fields}))
    given = ("filter", "{}", str(path), "--schema", str(schema), "--order-by")
    assert run(*given, "id desc").text == text.format("\n".join([rows[2], rows[0], rows[1]]))
    converted = run(*given, "id", "--to", "csv" if ending == "ndjson" else "ndjson").text
    assert converted == (
        "id,name\n1,a\n2,b\n3,\n"
        if ending == "ndjson"
        else '{"id":1,"name":"a"}\n{"id":2,"name":"b"}\n{"id":3,"name":null}\n'
    )
    outcome = run(*given, "name")
    assert (outcome.code, 'There is no field "name"' in outcome.err) == (1, True)


def test_cursors_need_a_key(tmp_path: Path) -> None:
    """A cursor is a position in values, and the place in the file is not one."""
    path = written(tmp_path, "csv")
    outcome = run("filter", "{}", str(path), "--order-by", "s", "--limit", "2", "--cursors")
    assert outcome.code == 0  # the first column is unique
    schema = tmp_path / "keyless.json"
    schema.write_text(json.dumps({"name": "k", "systemProperties": False, "fields": KEYLESS}))
    outcome = run("filter", "{}", str(path), "--schema", str(schema), "--order-by", "s", "--limit", "2", "--cursors")
    assert (outcome.code, outcome.out) == (1, b"")
    assert "unsupported: Pages need a unique key to end their order, and the schema has none." in outcome.err


@pytest.mark.heavy("starts Spark")
def test_spark_keeps_no_order_of_files(tmp_path: Path) -> None:
    """Spark reads the parts of files in any order, so pages need a key there."""
    path = written(tmp_path, "parquet")
    outcome = run("filter", "{}", str(path), "--order-by", "s", "--limit", "2", "--engine", "spark")
    assert (outcome.code, "Pages need a unique key" in outcome.err) == (1, True)
