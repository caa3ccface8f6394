"""Several files, folders, patterns and compression; records that cannot be read."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import subprocess
import sys
import zlib
from collections.abc import Callable, Mapping
from datetime import date
from operator import itemgetter
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from tests.cli.running import ENVIRONMENT, PROGRAM, SCHEMA, program, run
from tests.cli.test_filter import FILMS, LINES

SPARK = pytest.param("spark", marks=pytest.mark.needs_spark)
BAD = b'{"n": 1}\n{"n": \n[2]\n{"n": 3}\n\xff\n{"n": 4}'
GOOD = b'{"n": 1}\n{"n": 3}\n{"n": 4}\n'


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    """The films in four parts, in a folder and its folders."""
    for at, name in enumerate(("b/1.ndjson", "a/2.ndjson", "a/deep/3.NDJSON", "4.jsonl")):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(LINES[100 * at : 100 * at + 100]))
    (tmp_path / "a" / "notes.txt").write_text("no data")
    (tmp_path / "a" / ".5.ndjson.tmp").write_text("half a fi")
    (tmp_path / "a" / "_SUCCESS").write_text("")
    return tmp_path


def test_several_files_are_read_one_after_the_other(parts: Path) -> None:
    """The records of several files come in the order in which the files are named."""
    outcome = run("filter", "{}", str(parts / "4.jsonl"), str(parts / "b/1.ndjson"))
    assert outcome.out == b"".join(LINES[300:] + LINES[:100])


def test_the_program_expands_patterns_itself(parts: Path) -> None:
    """A quoted pattern names the files that it matches, sorted; ** goes into all folders."""
    for pattern, films in [("*/*.ndjson", LINES[100:200] + LINES[:100]), ("[b]/1.*", LINES[:100])]:
        assert run("filter", "{}", str(parts / pattern)).out == b"".join(films)
    assert run("filter", "{}", str(parts / "**" / "*.[nN]*"), "--count").text == "300\n"


def test_a_folder_names_all_data_files_in_it(parts: Path) -> None:
    """A folder means the data files in it and in its folders, without hidden ones and markers of writers."""
    assert run("filter", "{}", str(parts), "--count").text == "400\n"


def test_a_page_goes_over_the_ends_of_files(parts: Path) -> None:
    """Skip and limit count the records of all files together, and so does an order."""
    files = [str(parts / "b/1.ndjson"), str(parts / "a/2.ndjson")]
    assert run("filter", "{}", *files, "--skip", "95", "--limit", "10").out == b"".join(LINES[95:105])
    years = [
        json.loads(line)["year"] for line in run("filter", "{}", *files, *SCHEMA, "--order-by", "year").out.splitlines()
    ]
    assert years == sorted(film["year"] for film in FILMS[:200])


@pytest.mark.parametrize(
    "name", ["*.parquet", "nosuch/*", "no[a-b]such.ndjson", "nosuch.ndjson", "nosuch.parquet", "empty"]
)
def test_what_names_no_file_is_an_error(tmp_path: Path, name: str) -> None:
    """A pattern that matches nothing, a file that is not there and a folder without data are exit code 2."""
    (tmp_path / "empty").mkdir()
    outcome = program("filter", "{}", str(tmp_path / name))
    assert (outcome.code, outcome.out, name in outcome.err) == (2, b"", True)


@pytest.mark.parametrize("name", ["out.ndjson", "out.parquet", "out.csv.gz"])
def test_a_missing_output_folder_is_blamed_on_the_output(name: str) -> None:
    """The message names the option and the folder."""
    for command in (("filter", "{}", "films.ndjson", *SCHEMA), ("schema", "--from", "films.ndjson")):
        outcome = run(*command, "-o", f"nosuch/{name}")
        assert (outcome.code, outcome.out) == (2, b"")
        assert "--output" in outcome.err
        assert "There is no folder nosuch." in " ".join(outcome.err.split())


def test_a_missing_input_folder_is_not_blamed_on_its_ending() -> None:
    """A name that is no file and no folder is told as such."""
    for command in (("filter", "{}", "nosuch/"), ("schema", "--from", "nosuch/")):
        outcome = run(*command)
        assert (outcome.code, "nosuch/: No such file or directory." in " ".join(outcome.err.split())) == (2, True)


def test_jsonl_is_a_name_of_ndjson() -> None:
    """Formats may be named as the ends of names are."""
    assert run("filter", "{}", "-", "--format", "jsonl", data=LINES[0]).out == LINES[0]
    assert run("filter", "{}", "-", "--to", "jsonl", data=LINES[0]).out == LINES[0]
    outcome = run("filter", "{}", "-", "--format", "tsv", data=LINES[0])
    assert (outcome.code, "--delimiter tab" in " ".join(outcome.err.split())) == (2, True)


@pytest.mark.parametrize("name", ["x.parquet.gzip", "x.parquet.snappy", "x.PQ", "x.csv.gzip"])
def test_names_that_pandas_gives(tmp_path: Path, name: str) -> None:
    """`df.parquet.gzip` is a Parquet file that compresses its columns, and `.gzip` another end of compressed rows."""
    path = tmp_path / name
    if name.startswith("x.csv"):
        path.write_bytes(gzip.compress(b"objectId\n1\n"))
    else:
        pl.DataFrame({"objectId": [1]}).write_parquet(path, compression="gzip")
    assert run("filter", '{"objectId": 1}', str(path), *SCHEMA, "--count").text == "1\n"


def test_files_of_one_format_at_a_time(parts: Path) -> None:
    """Files of two formats are refused, and so is a policy for bad records where there can be none."""
    (parts / "x.csv").write_text("objectId\n1\n")
    assert "more than one format" in run("filter", "{}", str(parts / "x.csv"), "films.ndjson", *SCHEMA).err
    pl.DataFrame({"n": [1]}).write_parquet(parts / "x.parquet")
    assert run("filter", "{}", str(parts / "x.parquet"), "--on-error", "skip").code == 2


def test_csv_files_share_their_header(tmp_path: Path) -> None:
    """The header of several CSV files is written once; a file with another one is refused."""
    for name, text in [
        ("a.csv", "objectId,title\n1,x\n"),
        ("b.csv", "objectId,title\r\n2,y\r\n"),
        ("c.csv", "title\nz\n"),
    ]:
        (tmp_path / name).write_text(text, newline="")
    outcome = run("filter", "{}", str(tmp_path / "[ab].csv"), *SCHEMA)
    assert outcome.out == b"objectId,title\n1,x\n2,y\r\n"
    outcome = run("filter", "{}", str(tmp_path / "*.csv"), *SCHEMA)
    assert (outcome.code, "c.csv:1: invalid_record" in outcome.err) == (1, True)


def _from_zstd(content: bytes) -> bytes:
    if sys.version_info >= (3, 14):
        from compression import zstd

        return zstd.decompress(content)
    import zstandard

    return zstandard.ZstdDecompressor().stream_reader(content).read()


_UNPACK: Mapping[str, Callable[[bytes], bytes]] = {
    "gz": gzip.decompress,
    "zst": _from_zstd,
    "bz2": bz2.decompress,
    "xz": lzma.decompress,
}


@pytest.mark.parametrize("suffix", _UNPACK)
@pytest.mark.parametrize("kind", ["ndjson", "json", "csv"])
def test_compression_round_trips(tmp_path: Path, kind: str, suffix: str) -> None:
    """Rows that are written compressed hold the same bytes as others, and are read again as those are."""
    plain, packed = tmp_path / f"films.{kind}", tmp_path / f"films.{kind}.{suffix}"
    for path in (plain, packed):
        assert run("filter", "{}", "films.ndjson", *SCHEMA, "-o", str(path)).code == 0
    content = packed.read_bytes()
    assert _UNPACK[suffix](content) == plain.read_bytes()
    assert run("filter", "{}", str(packed), *SCHEMA).out == plain.read_bytes()
    assert run("filter", "{}", "-", "--format", kind, *SCHEMA, data=content).out == plain.read_bytes()


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def _zstd(data: bytes) -> bytes:
    if sys.version_info >= (3, 14):
        from compression import zstd

        return zstd.compress(data, options={zstd.CompressionParameter.checksum_flag: 1})
    import zstandard

    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


_PACK: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": _gzip,
    "zstd": _zstd,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
}


@pytest.mark.parametrize("name", _PACK)
def test_compressed_data_in_several_parts(name: str) -> None:
    """Compressed files that were put one behind the other are one; gzip and xz may be padded with zeros."""
    pack = _PACK[name]
    data = pack(LINES[0]) + pack(LINES[1]) + (b"\0" * 512 if name in ("gzip", "xz") else b"")
    assert run("filter", "{}", data=data).out == LINES[0] + LINES[1]


@pytest.mark.parametrize("name", _PACK)
def test_damaged_compressed_data_are_never_taken_for_whole(name: str) -> None:
    """Data that end inside their compressed form, or do not decompress, are exit code 1, never an early end."""
    data = _PACK[name](b"".join(LINES))
    damaged = data[:200] + bytes(byte ^ 255 for byte in data[200:300]) + data[300:]
    assert run("filter", '{"year": 1066}', data=damaged).code == 1
    for cut in (data[: len(data) // 2], data[:-1], data[:-5]):
        outcome = run("filter", '{"year": 1066}', data=cut)
        assert (outcome.code, outcome.err.startswith("<stdin>: unreadable_file: ")) == (1, True), outcome.err


@pytest.mark.heavy("a process for each file")
def test_files_that_are_not_columns_are_named(tmp_path: Path) -> None:
    """A Parquet or Arrow file that is none, or that was cut, is exit code 1 with its name."""
    for kind in ("parquet", "arrow"):
        path = tmp_path / f"data.{kind}"
        for content in (b"", b"no data at all", b"PAR1" + b"x" * 100):
            path.write_bytes(content)
            outcome = program("filter", '{"n": 1}', str(path), "--count")
            assert (outcome.code, f"{path}: unreadable_file: " in outcome.err) == (1, True), outcome.err


@pytest.mark.parametrize("engine", ["python", "polars", "duckdb"])
def test_arrow_streams(tmp_path: Path, engine: str) -> None:
    """A stream is read as a file is, from standard input, too. One that was cut is refused with its name."""
    table = pl.DataFrame({"n": [1, 2, 3], "day": [None, date(2024, 1, 31), None]}).to_arrow()
    packed = io.BytesIO()
    with pa.ipc.new_stream(packed, table.schema) as stream:
        stream.write_table(table)
    path = tmp_path / "data.arrows"
    path.write_bytes(packed.getvalue())
    asked = ("filter", '{"day": {"$gt": "2024-01-01"}}')
    for outcome in (
        run(*asked, str(path), "--engine", engine, "--to", "csv"),
        run(*asked, "-", "--format", "arrow", "--engine", engine, "--to", "csv", data=packed.getvalue()),
    ):
        assert (outcome.code, outcome.text, outcome.err) == (0, "n,day\n2,2024-01-31\n", "")
    path.write_bytes(packed.getvalue()[:200])
    outcome = run("filter", "{}", str(path), "--engine", engine, "--to", "csv")
    assert (outcome.code, f"{path}: unreadable_file: The Arrow stream cannot be read" in outcome.err) == (1, True)


def test_schemas_of_arrow_streams(tmp_path: Path) -> None:
    """`schema --from` takes them. Feather of version 1 is told."""
    table = pa.table({"n": [1, 2]})
    path = tmp_path / "data.arrow"
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as stream:
        stream.write_table(table)
    inferred = run("schema", "--from", str(path))
    assert (inferred.code, '"name": "n", "fieldType": "integer"' in inferred.text) == (0, True)
    path.write_bytes(b"FEA1" + bytes(100) + b"FEA1")
    assert "version 1 of Feather" in run("filter", "{}", str(path)).err


@pytest.mark.heavy("large files, each in a process of its own")
@pytest.mark.parametrize("engine", ["polars", "duckdb"])
@pytest.mark.parametrize("target", [("--count",), ("--to", "ndjson"), ("-o", "{}/out.parquet")], ids=str)
def test_data_damaged_in_the_middle_are_a_fault_of_the_file(tmp_path: Path, engine: str, target: Any) -> None:
    """A page that cannot be decompressed is found while records come out: exit code 1, the file's name, no output."""
    path = tmp_path / "data.parquet"
    pl.DataFrame({"n": range(100_000), "s": [f"{at * 7919:08x}" for at in range(100_000)]}).write_parquet(path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 9000] = b"\x5a" * 9000
    path.write_bytes(data)
    options = [one.format(tmp_path) for one in target]
    outcome = program("filter", '{"s": {"$contains": "ab"}, "n": {"$gt": 7}}', str(path), "--engine", engine, *options)
    assert (outcome.code, f"{path}: unreadable_file: " in outcome.err) == (1, True), outcome.err
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.heavy("hundreds of damaged files")
@pytest.mark.parametrize("engine", ["python", "polars", "duckdb"])
@pytest.mark.parametrize("target", [("--to", "ndjson"), ("-o", "{}/out.ndjson")], ids=str)
def test_arrow_data_damaged_anywhere_are_whole_or_a_fault(tmp_path: Path, engine: str, target: Any) -> None:
    """Arrow IPC has no check sums: engines panic, or trust what they read. Records never get lost quietly for that."""
    path, written = tmp_path / "data.arrow", tmp_path / "out.ndjson"
    texts = [None if at % 3 == 0 else f"{at * 7919:012x} is more than twelve" for at in range(50)]
    pl.DataFrame({"n": range(50), "s": texts}).write_ipc(path, compression="uncompressed")
    data = path.read_bytes()
    options = [one.format(tmp_path) for one in target]
    footer = len(data) - 256
    places = [*range(8, footer, 48), *range(footer, len(data) - 8, 4)]
    codes = set()
    for at in places:
        path.write_bytes(data[:at] + b"\xff" * 4 + data[at + 4 :])
        outcome = run("filter", "{}", str(path), "--engine", engine, *options)
        if outcome.code == 0:
            assert (outcome.out or written.read_bytes()).count(b"\n") == 50, at
            written.unlink(missing_ok=True)
        else:
            assert (outcome.code, f"{path}: unreadable_file: " in outcome.err) == (1, True), (at, outcome.err)
            assert not written.exists()
        codes.add(outcome.code)
    assert codes == {0, 1}


@pytest.mark.parametrize(
    ("policy", "code", "out", "said"),
    [
        ((), 1, GOOD[:9], ["<stdin>:2:6: invalid_json"]),
        (("--on-error", "stop"), 1, GOOD[:9], ["<stdin>:2:6: invalid_json"]),
        (("--on-error", "skip"), 0, GOOD, ["criteria: 3 bad records were left out"]),
        (("--on-error", "report"), 1, GOOD, ["<stdin>:2:6: invalid_json", "<stdin>:3:1: invalid_record",
                                             "<stdin>:5:1: invalid_json", "criteria: 3 bad records were left out"]),
    ],
)  # fmt: skip
def test_bad_records_are_stopped_at_skipped_or_reported(
    policy: tuple[str, ...], code: int, out: bytes, said: list[str]
) -> None:
    """Each policy, with its exit code; the number of those that were left out is always said."""
    outcome = run("filter", "{}", *policy, data=BAD)
    assert (outcome.code, outcome.out) == (code, out)
    lines = [line for line in outcome.err.splitlines() if line.startswith(("<stdin>", "criteria"))]
    assert [
        ":".join(line.split(":")[: expected.count(":") + 1]) for line, expected in zip(lines, said, strict=True)
    ] == said


def test_bad_records_of_other_formats() -> None:
    """Elements of an array that are no objects, and rows of CSV that do not fit, can be left out; what is not JSON at
    all, and a header that is wrong, cannot."""
    skip = ("--on-error", "skip")
    outcome = run("filter", "{}", "-", "--format", "json", *skip, data=b'[{"n": 1}, 2, {"n": 3}]')
    assert (outcome.code, json.loads(outcome.out), outcome.err) == (
        0, [{"n": 1}, {"n": 3}], "criteria: 1 bad record was left out\n")  # fmt: skip
    assert run("filter", "{}", "-", "--format", "json", *skip, data=b'[{"n": 1}, x]').code == 1
    data = b"objectId,year\n1,1999\nx,y\n2\n3,2001\n"
    query = '{"year": {"$ne": null}}'
    outcome = run("filter", query, "-", "--format", "csv", *SCHEMA, *skip, data=data)
    assert (outcome.code, outcome.out) == (0, b"objectId,year\n1,1999\n3,2001\n")
    assert outcome.err == "criteria: 2 bad records were left out\n"
    assert run("filter", query, "-", "--format", "csv", *SCHEMA, *skip, data=b"nosuch\n1\n").code == 1


def test_lines_that_are_json_only_together_are_not_records() -> None:
    """Lines are decoded many at once, and still each by itself: halves of objects and lists are refused."""
    for lines in ([b'{"a": [1', b'2]}'], [b'{"a": 1', b'"b": 2}'], [b'{"a": 1}, {"b": 2}', b'{"a": [1', b'2]}'],
                  [b'{"a": "x', b'y"}'], [b"] , [", b"{}"], [b"{}]", b"[{}"]):  # fmt: skip
        outcome = run("filter", "{}", "--on-error", "skip", data=b'{"n": 0}\n' + b"\n".join(lines) + b'\n{"n": 1}\n')
        assert outcome.code == 0
        assert b'{"n": 0}\n' in outcome.out
        assert outcome.out.count(b"\n") < 2 + len(lines)
        assert all(json.loads(line).__class__ is dict for line in outcome.out.splitlines())


def test_long_elements_and_long_lines() -> None:
    """A record longer than what is read at once is a record, in NDJSON and in a JSON array."""
    records = [{"n": at, "text": "é" * size} for at, size in enumerate((10, 400_000, 5, 3_000_000, 1))]
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    assert run("filter", '{"n": {"$gte": 3}}', data="\n".join(lines).encode()).text.splitlines() == lines[3:]
    array = "[" + ", ".join(lines) + "]"
    outcome = run("filter", '{"n": {"$gte": 3}}', "-", "--format", "json", data=array.encode())
    assert json.loads(outcome.out) == records[3:]
    broken = "[" + ", ".join(lines) + ", \n {]"
    outcome = run("filter", "{}", "-", "--format", "json", data=broken.encode())
    assert (outcome.code, outcome.out) == (1, b"")
    assert outcome.err.startswith("<stdin>:2:3: invalid_json")


ENGINE_WORDS = ("out-of-spec", "File out of specification", "os error", "Invalid Input Error", "hint", "Error {")


@pytest.mark.parametrize("engine", ["python", "polars", "duckdb"])
@pytest.mark.parametrize("ending", ["parquet", "arrow"])
def test_damaged_columns_are_told_without_the_words_of_an_engine(tmp_path: Path, ending: str, engine: str) -> None:
    """A file that was cut says what it ends with; of other damage the reason is told alone."""
    path, cut = tmp_path / f"a.{ending}", tmp_path / f"cut.{ending}"
    frame = pl.DataFrame({"s": ["ab" * n for n in range(300)]})
    frame.write_parquet(path) if ending == "parquet" else frame.write_ipc(path)
    whole = path.read_bytes()
    cut.write_bytes(whole[:-10])
    outcome = run("filter", "{}", str(cut), "--engine", engine, "--to", "csv")
    assert (outcome.code, "or its end is missing: the file does not end with" in outcome.err) == (1, True)
    for at in range(len(whole) - 40, len(whole), 3):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :])
        outcome = run("filter", "{}", str(path), "--engine", engine, "--to", "csv")
        assert outcome.code in (0, 1)
        assert not [words for words in ENGINE_WORDS if words in outcome.err], outcome.err


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_a_partitioned_folder(tmp_path: Path, engine: str) -> None:
    """Folders that say column=value give their files that column, on each engine; so do patterns not."""
    for year in (1999, 2001):
        folder = tmp_path / f"year={year}"
        folder.mkdir()
        pl.DataFrame({"n": [year * 10 + at for at in range(3)]}).write_parquet(folder / "part.parquet")
    out = tmp_path / "out.json"
    arguments = (str(tmp_path), "--engine", engine, "-o", str(out))
    assert run("filter", '{"year": 2001, "n": {"$ne": 20011}}', *arguments).code == 0
    assert json.loads(out.read_bytes()) == [{"n": 20010, "year": 2001}, {"n": 20012, "year": 2001}]


@pytest.mark.parametrize("engine", ["polars", "duckdb", SPARK])
def test_values_of_folders_have_one_type_on_every_engine(tmp_path: Path, engine: str) -> None:
    """They are integers when all are spelled so and the schema does not say text; else text."""
    data = tmp_path / "data"
    values = [("01", "1", "2024-01-01"), ("1", "__HIVE_DEFAULT_PARTITION__", "a%20b")]
    for at, (code, year, day) in enumerate(values):
        folder = data / f"code={code}" / f"year={year}" / f"day={day}"
        folder.mkdir(parents=True)
        pl.DataFrame({"n": [at]}).write_parquet(folder / "part.parquet")
    fields = [{"name": "n", "fieldType": "integer"}, {"name": "year", "fieldType": "string"}]
    declared = tmp_path / "schema.json"
    declared.write_text(json.dumps({"name": "t", "fields": fields, "systemProperties": False}))
    first = {"n": 0, "code": "01", "year": 1, "day": "2024-01-01"}
    second = {"n": 1, "code": "1", "year": None, "day": "a b"}
    checks: list[tuple[dict[str, Any], list[dict[str, Any]], tuple[str, ...]]] = [
        ({"OR": [{"code": "01", "year": 1, "day": {"$lt": "3"}}, {"year": None, "day": "a b"}]}, [first, second], ()),
        ({"year": "1"}, [{**first, "year": "1"}], ("--schema", str(declared))),
    ]
    for asked, expected, options in checks:
        arguments = (json.dumps(asked), str(data), "--engine", engine, "--to", "ndjson", *options)
        outcome = program("filter", *arguments) if engine == "spark" else run("filter", *arguments)
        found = [json.loads(line) for line in outcome.out.splitlines()]
        assert sorted(found, key=itemgetter("n")) == expected, (asked, outcome.err)


@pytest.mark.parametrize("engine", ["duckdb", SPARK])
@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"n": [1.6]}, 'Column "n" is Float64, and in'),
        ({"n": ["2"]}, 'Column "n" is String, and in'),
        ({"n": [2], "z": [1]}, 'Column "z" is Int64, and in'),
        ({}, 'Column "n" is missing, and in'),
    ],
    ids=str,
)
def test_files_with_other_columns_are_refused(tmp_path: Path, engine: str, other: Any, said: str) -> None:
    """An engine that would take one file's columns for all is given none to cast (1.6 to 2), to fill or to drop."""
    pl.DataFrame({"n": [1], "m": [1]}).write_parquet(tmp_path / "a.parquet")
    pl.DataFrame({"m": [2], **other}).write_parquet(tmp_path / "b.parquet")
    outcome = run("filter", '{"n": {"$gt": 0}}', str(tmp_path), "--engine", engine, "--to", "ndjson")
    assert (outcome.code, outcome.out) == (1, b"")
    assert f"b.parquet: unreadable_file: {said}" in outcome.err


@pytest.mark.parametrize("engine", ["duckdb", SPARK])
def test_names_that_differ_in_letter_case_alone_are_refused(tmp_path: Path, engine: str) -> None:
    """DuckDB would rename the second column, and Spark not know which one is meant; Polars tells them apart."""
    path = tmp_path / "a.parquet"
    pl.DataFrame({"n": [1], "N": [2]}).write_parquet(path)
    outcome = run("filter", '{"n": 1}', str(path), "--engine", engine, "--to", "ndjson")
    assert outcome.code == 2
    assert "--engine polars" in outcome.err
    assert run("filter", '{"N": 2}', str(path), "--to", "ndjson").out == b'{"n":1,"N":2}\n'


@pytest.mark.needs_spark
def test_every_engine_gives_the_same_file(films: dict[str, Path], tmp_path: Path) -> None:
    """Polars, DuckDB and Spark write the same films as Parquet, with the same types."""
    query = "queries/serious-drama-not-english.json"
    frames = []
    for engine in ("polars", "duckdb", "spark"):
        out = tmp_path / f"{engine}.parquet"
        done = subprocess.run(
            [PROGRAM, "filter", query, str(films["parquet"]), *SCHEMA, "--engine", engine, "-o", str(out)],
            env=ENVIRONMENT, capture_output=True, timeout=120,
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (0, b""), done.stderr
        frames.append(pl.read_parquet(out).sort("objectId"))
    assert frames[0].height == 41
    for frame in frames[1:]:
        assert frame.with_columns(pl.col("released").dt.cast_time_unit("ms")).equals(frames[0])


TELLS_MEMORY = """
import sys
from criteria.cli import main
sys.argv[1:1] = ["filter"]
try:
    main()
finally:
    print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
"""The program, and then the most memory that it had, in kB. What `wait4` says may be the memory of the parent."""


@pytest.mark.heavy("filters 150 MB")
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads memory as Linux tells it")
@pytest.mark.parametrize("kind", ["ndjson", "json", "ndjson.gz"])
def test_memory_does_not_grow_with_long_data(tmp_path: Path, kind: str) -> None:
    """Filtering 150 MB of rows from a pipe takes hardly more memory than filtering 6 MB."""
    peaks = []
    block = b"".join(LINES)
    arguments = ['{"year": 1066}', "-", "--format", kind.removesuffix(".gz"), "--count"]
    for repeats in (20, 500):
        process = subprocess.Popen(
            [sys.executable, "-c", TELLS_MEMORY, *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ENVIRONMENT,
        )  # fmt: skip
        assert process.stdin is not None
        pack = zlib.compressobj(1, wbits=31) if kind.endswith(".gz") else None
        data = block.rstrip(b"\n").replace(b"\n", b",\n") + b",\n" if kind == "json" else block
        process.stdin.write(b"[" if kind == "json" else b"")
        for _ in range(repeats):
            process.stdin.write(pack.compress(data) if pack else data)
        process.stdin.write(b"{}]" if kind == "json" else pack.flush() if pack else b"")
        out, _ = process.communicate()
        count, peak = out.split()
        assert (process.returncode, count) == (0, b"0")
        peaks.append(int(peak))
    assert peaks[1] - peaks[0] < 8_000


def test_pipes_in_folders_are_not_waited_for(tmp_path: Path) -> None:
    """A folder or a pattern does not mean the pipes in it, into which nobody may ever write. Who names one means it."""
    (tmp_path / "1.ndjson").write_bytes(b'{"n": 1}\n')
    (tmp_path / "q.json").write_bytes(b'{"n": 1}\n')
    for name in ("2.ndjson", "3.json", "4.yaml"):
        os.mkfifo(tmp_path / name)
    data, pattern = str(tmp_path), str(tmp_path / "*.ndjson")
    for command, code in (
        (("filter", '{"n": 1}', data, "--format", "ndjson", "--count"), 0),
        (("filter", '{"n": 1}', pattern, "--count"), 0),
        (("schema", "--from", pattern), 0),
        (("check", data), 0),
        (("check", str(tmp_path / "*.json")), 0),
        (("fmt", "--check", data), 0),
        (("check", str(tmp_path / "*.yaml")), 2),
        (("filter", "{}", str(tmp_path / "2.*"), "--count"), 2),
    ):
        outcome = program(*command)
        assert outcome.code == code, (command, outcome.err)
