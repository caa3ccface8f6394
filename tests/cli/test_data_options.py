"""Options that say what data are: the same in `schema --from`, `init --from` and `filter`, and hints to their names."""

from __future__ import annotations

import json
import math
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

from tests.cli.running import program, run

NAIVE = {"id": [1, 2], "at": ["2024-01-02 10:00:00", "2024-01-03 00:00:00.5"]}
LATE = '{"at": {"$gt": "2024-01-02T12:00:00+01:00"}}'


def naive(folder: Path, ending: str) -> str:
    """A file with times without a zone."""
    path = folder / f"times.{ending}"
    table = pa.table({"id": NAIVE["id"], "at": pa.array(NAIVE["at"]).cast(pa.timestamp("us"))})
    if ending == "csv":
        path.write_text("id,at\n" + "".join(f"{key},{at}\n" for key, at in zip(*NAIVE.values(), strict=True)))
    elif ending == "parquet":
        pq.write_table(table, path)
    else:
        feather.write_feather(table, str(path), compression="uncompressed")
    return str(path)


@pytest.mark.parametrize("ending", ["csv", "parquet", "arrow"])
def test_times_without_a_zone_are_in_utc(tmp_path: Path, ending: str) -> None:
    """With --time-zone UTC they are instants: in the schema, in a query without one, and in an order."""
    path, schema = naive(tmp_path, ending), str(tmp_path / "schema.json")
    outcome = run("schema", "--from", path, "--time-zone", "UTC", "-o", schema)
    assert (outcome.code, outcome.err) == (0, "")
    fields = json.loads(Path(schema).read_text("utf-8"))["fields"]
    assert (fields[1]["fieldType"], fields[1]["timeZone"]) == ("dateTime", "UTC")
    assert run("filter", LATE, path, "--schema", schema, "--count").text == "1\n"
    outcome = run("filter", LATE, path, "--time-zone", "UTC", "--count")
    assert (outcome.code, outcome.text, outcome.err) == (0, "1\n", "")
    ordered = run("filter", "{}", path, "--time-zone", "UTC", "--order-by", "at desc", "--to", "csv", "--select", "id")
    assert ordered.text.splitlines() == ["id", "2", "1"]
    for command in (("schema", "--from", path), ("filter", LATE, path)):
        assert "--time-zone UTC" in run(*command).err
    assert run("filter", '{"at": {"$ne": null}}', path, "--count").text == "2\n"
    assert run("filter", LATE, path, "--time-zone", "UTC", "--schema", schema).code == 2
    assert "UTC is the only time zone that can be named." in run("schema", "--from", path, "--time-zone", "CET").err


def test_json_has_offsets() -> None:
    """A time in JSON without an offset is a string."""
    outcome = run("filter", "{}", "--time-zone", "UTC", data=b"{}")
    assert (outcome.code, "only with an offset" in outcome.err) == (2, True)


def test_init_takes_the_options_of_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command that it prints has the same options, and runs."""
    (tmp_path / "orders.csv").write_text("id;total\n1;2.5\n2;NA\n")
    options = ("--delimiter", ";", "--null", "NA")
    outcome = run("init", str(tmp_path / "filters"), "--from", str(tmp_path / "orders.csv"), *options)
    assert outcome.code == 0
    assert "criteria filter queries/first.json ../orders.csv --delimiter ';' --null NA --limit 3" in outcome.err
    schema = json.loads((tmp_path / "filters" / "orders.schema.json").read_text("utf-8"))
    assert [(one["name"], one["fieldType"]) for one in schema["fields"]] == [("id", "integer"), ("total", "double")]
    monkeypatch.chdir(tmp_path / "filters")
    assert run("filter", "queries/first.json", "../orders.csv", *options, "--limit", "3", "--count").code == 2
    assert (
        run("filter", "queries/first.json", "../orders.csv", *options, "--limit", "3").text == "id;total\n1;2.5\n2;NA\n"
    )
    (tmp_path / "answer.json").write_text('{"data": {"items": [{"id": 1}, {"id": 2}]}}')
    outcome = run("init", str(tmp_path / "inside"), "--from", str(tmp_path / "answer.json"), "--at", "/data/items")
    assert (outcome.code, "--at /data/items --limit 3" in outcome.err) == (0, True)
    assert run("init", str(tmp_path / "none"), "--null", "NA").code == 2


def test_what_other_programs_call_options(tmp_path: Path) -> None:
    """The name here is told, but only if the command has it."""
    path = naive(tmp_path, "csv")
    assert 'There is no option "--sort". Use --order-by.' in run("filter", "{}", path, "--sort", "id").err
    assert 'There is no option "--sep". Use --delimiter.' in run("schema", "--from", path, "--sep", ";").err
    assert "Use " not in run("check", "--sort", "id").err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--limit", "1_0"), "Expected an integer from 0 to 2147483647, found '1_0'."),
        (("--limit", "\u0663"), "Expected an integer from 0 to 2147483647, found '\u0663'."),
        (("--limit", "x"), "Expected an integer from 0 to 2147483647, found 'x'."),
        (("--limit", "-1"), "Expected an integer from 0 to 2147483647, found '-1'."),
        (("--skip-lines", "1.5"), "Expected an integer of at least 0, found '1.5'."),
        (("--engine", "pandas"), "Expected python, polars, duckdb or spark, found 'pandas'."),
        (("--on-error", "skp"), "Expected stop, skip or report, found 'skp'. Did you mean \"skip\"?"),
    ],
)
def test_values_that_an_option_does_not_have(options: tuple[str, ...], said: str) -> None:
    """The message says what is expected, and names the nearest value."""
    outcome = run("filter", "{}", *options)
    assert (outcome.code, outcome.out) == (2, b"")
    assert outcome.err.endswith(f"Error: Invalid value for '{options[0]}': {said}\n")


@pytest.mark.parametrize("swapped", [("times.csv", '{"id": 1}'), ("times.csv", "times.csv"), ("times.csv",)])
def test_the_query_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, swapped: tuple[str, ...]) -> None:
    """Data where the query is expected are told as such."""
    naive(tmp_path, "csv")
    monkeypatch.chdir(tmp_path)
    outcome = run("filter", *swapped)
    assert (outcome.code, outcome.out) == (2, b"")
    assert "times.csv: expected a query, which comes before the data: criteria filter QUERY DATA." in outcome.err


def test_a_column_of_doubles_with_nan(tmp_path: Path) -> None:
    """NaN is a value, and does not leave its column out of the schema."""
    path, schema = str(tmp_path / "data.parquet"), str(tmp_path / "schema.json")
    columns = {"x": [1.5, math.nan, math.inf], "xs": [[1.5, math.nan], None, []], "in": [{"x": math.nan}, None, None]}
    pq.write_table(pa.table(columns), path)
    outcome = run("schema", "--from", path, "-o", schema)
    assert (outcome.code, outcome.err) == (0, "")
    assert [one["fieldType"] for one in json.loads(Path(schema).read_text("utf-8"))["fields"]] == ["double"] * 3
    for engine in ("polars", "duckdb", "python"):
        for query, count in (('{"x": {"$gt": 1}}', 2), ('{"NOT": {"x": {"$gt": 1}}}', 1), ('{"xs": {"$lt": 2}}', 1)):
            outcome = run("filter", query, path, "--schema", schema, "--engine", engine, "--count")
            assert (outcome.code, outcome.text) == (0, f"{count}\n"), (engine, query)


def test_unsigned_integers_beyond_64_signed_bits(tmp_path: Path) -> None:
    """A column of them is one of decimals, in the schema and in a query without one."""
    path, schema = str(tmp_path / "data.parquet"), str(tmp_path / "schema.json")
    pq.write_table(pa.table({"big": pa.array([2**64 - 1, 2**63, 5, None], pa.uint64()),
                             "small": pa.array([1, 2, 3, None], pa.uint64())}), path)  # fmt: skip
    outcome = run("schema", "--from", path, "-o", schema)
    assert (outcome.code, outcome.err) == (0, "")
    fields = json.loads(Path(schema).read_text("utf-8"))["fields"]
    assert [(one["fieldType"], one.get("precision")) for one in fields] == [("decimal", 20), ("integer", None)]
    queries = {f'{{"big": {2**64 - 1}}}': 1, f'{{"big": {{"$gte": {2**63}}}}}': 2, f'{{"big": {{"$ne": {2**63}}}}}': 3}
    for engine in ("polars", "duckdb", "python"):
        for options in (("--schema", schema), ()):
            for query, count in queries.items():
                outcome = run("filter", query, path, *options, "--engine", engine, "--count")
                assert (outcome.code, outcome.text, outcome.err) == (0, f"{count}\n", ""), (engine, options, query)
    assert "out_of_range" in run("filter", f'{{"small": {2**70}}}', path, "--count").err


INTERVALS = ("INTERVAL 3 DAYS", "[INTERVAL 3 DAYS]", "{'in': INTERVAL 3 DAYS}", "[{'in': INTERVAL 3 DAYS}, NULL]",
             "map {'in': INTERVAL 3 DAYS}")  # fmt: skip
"""Everywhere that a value may stand."""


def write_interval(path: str, value: str) -> None:
    """Writes Parquet data with a value that DuckDB reads, and a null."""
    duckdb.sql(f"COPY (SELECT 1 AS id, {value} AS took UNION ALL SELECT 1, NULL) TO '{path}' (FORMAT parquet)")


@pytest.mark.heavy("processes of their own: Polars reads its settings when it is imported")
@pytest.mark.parametrize("engine", ["polars", "duckdb", "python"])
def test_intervals(tmp_path: Path, engine: str) -> None:
    """What DuckDB writes for an INTERVAL does not keep other columns from being read."""
    path = str(tmp_path / "data.parquet")
    duckdb.sql(f"COPY (SELECT 1 AS id, INTERVAL 3 DAYS AS took) TO '{path}' (FORMAT parquet)")
    counted = program("filter", '{"id": 1}', path, "--engine", engine, "--count")
    assert (counted.code, counted.text, counted.err) == (0, "1\n", "")
    selected = program("filter", '{"id": 1}', path, "--engine", engine, "--select", "id", "--to", "ndjson")
    assert (selected.code, selected.text, selected.err) == (0, '{"id":1}\n', "")
    for number, value in enumerate(INTERVALS if engine == "polars" else INTERVALS[:1]):
        one = str(tmp_path / f"{number}.parquet")
        write_interval(one, value)
        whole = program("filter", '{"id": 1}', one, "--engine", engine, "--to", "ndjson")
        assert (whole.code, whole.out) == (1, b"")
        assert whole.err.startswith(f"{one}: unsupported: Polars does not read the intervals of the Parquet data.\n")


@pytest.mark.heavy("processes of their own, as above")
def test_intervals_without_an_engine(tmp_path: Path) -> None:
    """A schema has no field for them, and a record that has one is explained."""
    for number, value in enumerate(INTERVALS):
        one = str(tmp_path / f"{number}.parquet")
        write_interval(one, value)
        explained = program("explain", '{"id": 1}', "--record", one, "--line", "1")
        assert (explained.code, explained.err) == (0, "")
    inferred = program("schema", "--from", str(tmp_path / "0.parquet"))
    assert (inferred.code, '"took": No field type holds' in inferred.err) == (1, True)
