"""Only what is asked for matters: files whose columns differ, columns of types that no field has, names that nobody
has, and output of some columns."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.cli.running import run

ENGINES = ("python", "polars", "duckdb")


@pytest.fixture
def differing(tmp_path: Path) -> str:
    """A folder with two files: one column is wider in the second, one is in the first alone, one in the second."""
    folder = tmp_path / "in"
    folder.mkdir()
    first = {"a": pa.array([1, 2], pa.int32()), "b": ["x", "y"], "d": pa.array([Decimal("1.5"), None])}
    second = {"a": pa.array([2**40], pa.int64()), "c": [1.5], "d": pa.array([Decimal("1.25")], pa.decimal128(9, 4))}
    pq.write_table(pa.table(first), folder / "1.parquet")
    pq.write_table(pa.table(second), folder / "2.parquet")
    return str(folder)


@pytest.mark.parametrize("engine", ENGINES)
def test_files_with_different_columns_are_refused(differing: str, engine: str) -> None:
    """The message names the column, both files and what to do, and has no hint of an engine."""
    outcome = run("filter", '{"a": 1}', differing, "--engine", engine)
    assert (outcome.code, outcome.out) == (1, b"")
    assert 'Column "a" is Int64, and in ' in outcome.err
    assert "--union" in outcome.err
    assert "cast_options" not in outcome.err


@pytest.mark.parametrize("engine", ENGINES)
def test_files_with_different_columns_are_united_by_name(differing: str, tmp_path: Path, engine: str) -> None:
    """With --union a column that a file lacks is null there, and types are as wide as they have to be."""
    check_union(differing, tmp_path, engine)


@pytest.mark.heavy("Spark takes half a minute to start")
def test_spark_unites_files(differing: str, tmp_path: Path) -> None:
    """The same on Spark."""
    check_union(differing, tmp_path, "spark")


def check_union(differing: str, tmp_path: Path, engine: str) -> None:
    """With --union a column that a file lacks is null, and types are as wide as they have to be."""
    out = tmp_path / "out.parquet"
    for query, count in [
        ('{"a": {"$gt": 1}}', 2),
        ('{"b": null}', 1),
        ('{"c": {"$ne": 1.5}}', 2),
        ('{"d": "1.25"}', 1),
    ]:
        outcome = run("filter", query, differing, "--union", "--engine", engine, "--count")
        assert (outcome.text, outcome.err) == (f"{count}\n", ""), query
    assert run("filter", "{}", differing, "--union", "--engine", engine, "-o", str(out)).code == 0
    assert pl.read_parquet(out).sort("a").to_dict(as_series=False) == {
        "a": [1, 2, 2**40], "b": ["x", "y", None], "d": [Decimal("1.5"), None, Decimal("1.25")], "c": [None, None, 1.5],
    }  # fmt: skip


def test_columns_with_nothing_in_common_are_not_united(tmp_path: Path) -> None:
    """Strings are no integers; a count does not care for a column that it does not read."""
    for number, values in enumerate(([1], ["1"])):
        pq.write_table(pa.table({"a": values, "id": [number]}), tmp_path / f"{number}.parquet")
    outcome = run("filter", '{"id": 1}', str(tmp_path), "--union")
    assert (outcome.code, 'Column "a" is String' in outcome.err) == (1, True)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_columns_that_nobody_names_may_differ(tmp_path: Path, kind: str, engine: str) -> None:
    """A column that is of another type, missing or in another place is not read for a count or for other columns."""
    check_that_others_may_differ(tmp_path, kind, engine)


def check_that_others_may_differ(tmp_path: Path, kind: str, engine: str) -> None:
    """Filters two files that have one column alike."""
    files: list[dict[str, list[Any]]] = [
        {"a": [1, 2], "id": [0, 5], "x": [1, 1]},
        {"y": ["q"], "id": [1], "a": ["1"]},
    ]
    for number, columns in enumerate(files):
        frame = pl.DataFrame(columns)
        path = tmp_path / f"{number}.{kind}"
        frame.write_parquet(path) if kind == "parquet" else frame.write_ipc(path)
    for query, count, ids in [('{"id": 1}', "1", "id\n1\n"), ("{}", "3", "id\n0\n5\n1\n")]:
        outcome = run("filter", query, str(tmp_path), "--engine", engine, "--count")
        assert (outcome.code, outcome.text, outcome.err) == (0, f"{count}\n", "")
        outcome = run("filter", query, str(tmp_path), "--engine", engine, "--select", "id", "--to", "csv")
        assert (outcome.code, sorted(outcome.text), outcome.err) == (0, sorted(ids), "")
    outcome = run("filter", '{"a": 1}', str(tmp_path), "--engine", engine, "--count")
    assert (outcome.code, 'Column "a" is String' in outcome.err) == (1, True)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_all_records_of_several_files_are_counted(tmp_path: Path, kind: str, engine: str) -> None:
    """A count of everything reads no column, and the rows are there all the same."""
    for number in range(2):
        frame = pl.DataFrame({"a": [1, 2]})
        path = tmp_path / f"{number}.{kind}"
        frame.write_parquet(path) if kind == "parquet" else frame.write_ipc(path)
    for options in ((), ("--union",)):
        outcome = run("filter", "{}", str(tmp_path), "--engine", engine, "--count", "-e", *options)
        assert (outcome.code, outcome.text, outcome.err) == (0, "4\n", "")


@pytest.mark.parametrize("engine", ENGINES)
def test_folders_and_arrow_files_are_united(tmp_path: Path, engine: str) -> None:
    """The values of folders are columns of all files, and Arrow files are united, too. Dictionaries become strings."""
    files = [pl.DataFrame({"a": [1], "s": ["x"]}), pl.DataFrame({"b": [True]}),
             pl.DataFrame({"s": pl.Series(["y"], dtype=pl.Categorical)})]  # fmt: skip
    for number, frame in enumerate(files):
        folder = tmp_path / "parts" / f"n={number}"
        folder.mkdir(parents=True)
        frame.write_parquet(folder / "part.parquet")
        frame.write_ipc(tmp_path / f"{number}.arrow")
    for query, count in (('{"a": null}', 2), ('{"s": {"$in": ["x", "y"]}}', 2), ('{"NOT": {"b": true}}', 2)):
        for data in (str(tmp_path / "parts"), str(tmp_path / "*.arrow")):
            outcome = run("filter", query, data, "--union", "--engine", engine, "--count")
            assert (outcome.text, outcome.err) == (f"{count}\n", ""), (query, data)
    outcome = run("filter", '{"n": {"$gte": 1}}', str(tmp_path / "parts"), "--union", "--engine", engine, "--count")
    assert (outcome.text, outcome.err) == ("2\n", "")


@pytest.fixture
def odd(tmp_path: Path) -> str:
    """A file with columns of types that no field has."""
    path = tmp_path / "odd.parquet"
    table = pa.table({
        "id": [1, 2], "big": pa.array([2**63 + 5, 1], pa.uint64()), "raw": [b"\xff", None],
        "took": pa.array([1, None], pa.duration("us")), "time": [dt.time(1, 2), None],
        "map": pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int32())), "none": pa.nulls(2),
        "day": [dt.date(2024, 1, 2), None], "in": [{"raw": b"x", "n": 1}, None],
        "at": pa.array([dt.datetime(2024, 1, 2), None], pa.timestamp("us", "UTC")),
    })  # fmt: skip
    pq.write_table(table, path)
    return str(path)


@pytest.mark.parametrize("engine", ENGINES)
def test_columns_that_nobody_asks_for(odd: str, engine: str) -> None:
    """Binary, durations, times and maps do not get in the way of other columns."""
    for query in ('{"id": 1}', '{"big": {"$gt": 9223372036854775807}}', '{"in.n": 1}'):
        outcome = run("filter", query, odd, "--engine", engine, "--select", "id,big,in.n", "--to", "csv")
        assert (outcome.text, outcome.err) == ("id,big,in.n\n1,9223372036854775813,1\n", ""), query


@pytest.mark.parametrize("engine", ENGINES)
def test_the_file_says_the_types(odd: str, engine: str) -> None:
    """Without a schema, days and instants compare as what the file says they are, and a number is no day. A string is
    no integer, and refused as such."""
    for query in ('{"day": "2024-01-02"}', '{"at": {"$gt": "2024-01-01T00:00:00Z"}}', '{"day": {"$lt": "2024-02-01"}}'):
        outcome = run("filter", query, odd, "--engine", engine, "--count")
        assert (outcome.text, outcome.err) == ("1\n", ""), query
    outcome = run("filter", '{"id": "1"}', odd, "--engine", engine, "--count")
    assert (outcome.code, outcome.out) == (1, b"")
    assert 'Column "id" is Int64, which does not compare with a string.\n  Write a number: 1.' in outcome.err
    outcome = run("filter", '{"day": "soon"}', odd, "--engine", engine, "--count")
    assert (outcome.code, "invalid_value" in outcome.err or "type_mismatch" in outcome.err) == (1, True)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_misspelled_column(odd: str, engine: str) -> None:
    """It is refused with the nearest name, in the query and among the columns of the output."""
    outcome = run("filter", '{"idd": 1}', odd, "--engine", engine)
    assert (outcome.code, 'Did you mean "id"?' in outcome.err) == (1, True)
    outcome = run("filter", "{}", odd, "--engine", engine, "--select", "idd", "--to", "csv")
    assert (outcome.code, outcome.out, 'Did you mean "id"?' in outcome.err) == (2, b"", True)


ROWS = b'{"year": 1999, "in": {"n": [1, 2.50]}, "name": "a"}\n{"name": "b", "year": 2000}\n'


@pytest.mark.parametrize("kind", ["ndjson", "json"])
def test_a_name_that_no_record_has(kind: str) -> None:
    """Without a schema nothing declares a name: one that no record has is told with the nearest, and exit code 1."""
    data = ROWS if kind == "ndjson" else b"[" + ROWS.strip().replace(b"\n", b",") + b"]"
    outcome = run("filter", '{"yaer": 1999}', "--format", kind, "--count", data=data)
    assert (outcome.code, outcome.text) == (1, "0\n")
    assert outcome.err == '<query>: unknown_field: No record has "yaer". (at /yaer)\n  Did you mean "year"?\n'
    outcome = run("filter", '{"OR": [{"in.m": 1}, {"year": 2000}]}', "--format", kind, "--count", data=data)
    assert (outcome.code, outcome.text, '"in.m"' in outcome.err) == (1, "1\n", True)
    for query in ('{"in.n": 1}', '{"name": null}', '{"NOT": {"in": null}}'):
        assert run("filter", query, "--format", kind, "--count", data=data).code == 0, query


def test_a_member_that_no_record_has() -> None:
    """The same of the names in --select."""
    outcome = run("filter", "{}", "--select", "name,yaer", data=ROWS)
    assert (outcome.code, outcome.text) == (1, '{"name": "a"}\n{"name": "b"}\n')
    assert outcome.err == (
        '<query>: unknown_field: No record has "yaer", which the output names.\n  Did you mean "year"?\n'
    )
    assert run("filter", "{}", "--select", "name,in.n,year", data=ROWS).code == 0
    assert run("filter", "{}", "--select", "yaer", "--limit", "1", data=ROWS).code == 0


@pytest.mark.parametrize("kind", ["ndjson", "json"])
@pytest.mark.parametrize("target", ["ndjson", "json", "table"])
def test_members_that_no_record_has_are_not_written_as_empty_records(tmp_path: Path, kind: str, target: str) -> None:
    """If no record has any of the names in --select, nothing but the problem is printed, and an output file stays."""
    data = ROWS if kind == "ndjson" else b"[" + ROWS.strip().replace(b"\n", b",") + b"]"
    said = '<query>: unknown_field: No record has "yaer", which the output names.\n  Did you mean "year"?\n'
    for query in ("{}", '{"year": 1999}', '{"year": 1}'):
        outcome = run("filter", query, "--select", "yaer", "--format", kind, "--to", target, data=data)
        assert (outcome.code, outcome.text, outcome.err) == (1, "", said), query
    if target != "table":
        path = tmp_path / f"out.{target}"
        path.write_text("before", encoding="utf-8")
        outcome = run("filter", "{}", "--select", "yaer", "--format", kind, "-o", str(path), data=data)
        assert (outcome.code, outcome.err, path.read_text(encoding="utf-8")) == (1, said, "before")


def test_empty_records_come_out_once_a_record_has_the_member(tmp_path: Path) -> None:
    """Records without the members that are asked for are empty ones, however late the first that has one comes."""
    path = tmp_path / "late.ndjson"
    path.write_text('{"a": 1}\n' * 20_500 + '{"b": 5}\n{"a": 1}\n', encoding="utf-8")
    outcome = run("filter", "{}", str(path), "--select", "b")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.text == "{}\n" * 20_500 + '{"b": 5}\n{}\n'
    outcome = run("filter", '{"a": 1}', str(path), "--select", "b")  # a record that is not selected has it
    assert (outcome.code, outcome.text) == (0, "{}\n" * 20_501)
    assert run("filter", "{}", "--select", "b", data=b"{}\n{}\n").text == "{}\n{}\n"  # nothing is known of names


def test_a_member_that_the_records_within_a_limit_lack() -> None:
    """If --limit ends the reading early, later records may have the member: a note tells the nearest name."""
    outcome = run("filter", "{}", "--select", "yaer", "--limit", "1", data=ROWS)
    assert (outcome.code, outcome.text) == (0, "{}\n")
    assert outcome.err == ('criteria: note: Each of the 2 records read so far lacks "yaer". Did you mean "year"?\n')
    assert run("filter", "{}", "--select", "yaer,name", "--limit", "1", data=ROWS).err == ""


@pytest.mark.parametrize("order", [(), ("--order-by", "n")])
def test_a_member_that_neither_the_schema_nor_a_record_has(tmp_path: Path, order: tuple[str, ...]) -> None:
    """A schema declares some names. Others are known by the records, and told if no record has them."""
    schema = tmp_path / "s.json"
    fields = [{"name": "n", "fieldType": "integer"}, {"name": "in.m", "fieldType": "integer"},
              {"name": "late", "fieldType": "integer"}]  # fmt: skip
    schema.write_text(json.dumps({"name": "r", "systemProperties": False, "fields": fields}), encoding="utf-8")
    data = b'{"n": 1, "other": {"x": 2}, "in": {"m": 3}}\n'
    asked = ("filter", "{}", "--schema", str(schema), *order, "--select")
    outcome = run(*asked, "ohter", data=data)
    assert (outcome.code, outcome.text, 'Did you mean "other"?' in outcome.err) == (1, "", True)
    outcome = run(*asked, "n,ohter", data=data)
    assert (outcome.code, outcome.text, 'Did you mean "other"?' in outcome.err) == (1, '{"n": 1}\n', True)
    for names, text in (
        ("other.x", '{"other": {"x": 2}}'),
        ("late", "{}"),
        ("in", '{"in": {"m": 3}}'),
        ("in.m,late", '{"in": {"m": 3}}'),
    ):
        outcome = run(*asked, names, data=data)
        assert (outcome.code, outcome.text, outcome.err) == (0, f"{text}\n", ""), names


def test_names_are_not_told_where_nothing_can_be_known() -> None:
    """Of no records, or when not all were read, nothing is said."""
    assert run("filter", '{"a": 1}', data=b"").code == 0
    assert run("filter", '{"OR": [{"year": 1999}, {"b": 1}]}', "--limit", "1", data=ROWS).code == 0


def test_members_of_rows_keep_their_texts() -> None:
    """With --select the members of a record are written as they were, in the order in which they are named."""
    outcome = run("filter", "{}", "--select", "name,in.n,year", data=ROWS)
    assert outcome.text == '{"name": "a", "in": {"n": [1, 2.50]}, "year": 1999}\n{"name": "b", "year": 2000}\n'
    table = run("filter", "{}", "--select", "name", "--to", "table", data=ROWS).text
    assert [line.strip() for line in table.splitlines()][:4] == ["name", "string", "a", "b"]
    assert run("filter", "{}", "--select", "name", "--to", "csv", data=ROWS).text == "name\na\nb\n"
    mixed = b'{"id": 1, "v": 5}\n{"id": 2, "v": "x"}\n'
    assert run("filter", "{}", "--select", "id", "--to", "csv", data=mixed).text == "id\n1\n2\n"
    outcome = run("filter", "{}", "--select", "idd", "--to", "csv", data=mixed)
    assert (outcome.code, 'Did you mean "id"?' in outcome.err) == (2, True)
    hostile = b'{"a" : "x\\"}," , "b":{"a":[{"a":1e400}],"c":"\\ud800"},"c":12345678901234567890.10}'
    outcome = run("filter", "{}", "--select", "c,b.a,b.c,a", data=hostile)
    assert outcome.out == (
        b'{"c": 12345678901234567890.10, "b": {"a": [{"a":1e400}], "c": "\\ud800"}, "a": "x\\"},"}\n'
    )


@pytest.mark.parametrize("form", ["rows", "columns"])
def test_an_exit_code_for_nothing(tmp_path: Path, form: str) -> None:
    """With -e the exit code is 4 when no record matches, as that of jq, and 0 when one does."""
    path = tmp_path / ("data.ndjson" if form == "rows" else "data.parquet")
    if form == "rows":
        path.write_text(json.dumps({"id": 1}) + "\n", encoding="utf-8")
    else:
        pq.write_table(pa.table({"id": [1]}), path)
    for query, code in (('{"id": 1}', 0), ('{"id": 2}', 4)):
        for options in ((), ("--count",), ("-o", str(tmp_path / "out.ndjson")), ("--to", "table")):
            assert run("filter", query, str(path), "-e", *options).code == code
    assert run("filter", '{"id": 2}', str(path)).code == 0


@pytest.mark.parametrize("engine", ENGINES)
def test_an_order_without_a_schema(odd: str, engine: str) -> None:
    """The file says the types of its columns, so that they can be ordered. A misspelled one is told."""
    outcome = run("filter", "{}", odd, "--engine", engine, "--order-by", "day desc,id", "--select", "id", "--to", "csv")
    assert (outcome.code, outcome.text, outcome.err) == (0, "id\n1\n2\n", "")
    outcome = run("filter", "{}", odd, "--engine", engine, "--order-by", "dya", "--select", "id", "--to", "csv")
    assert (outcome.code, 'Did you mean "day"?' in outcome.err) == (1, True)
