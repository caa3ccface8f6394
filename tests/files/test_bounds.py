"""Files of strangers: records have a largest size, compressed data come in steps, and a full disk is one message."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import resource
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from io import BufferedReader, BytesIO
from pathlib import Path

import pytest

from criteria import Field, Schema
from criteria.cli.inputs import one_record
from criteria.files import csv_rows, json_array, records
from criteria.files.compression import decompressed
from criteria.files.csv_table import CsvTable
from criteria.files.faults import DataFault
from criteria.files.json_array import JsonArray
from criteria.files.ndjson import Ndjson
from criteria.files.records import Data, Table
from tests.cli.running import PROGRAM, run

SCHEMA = Schema("s", [Field("id", "integer"), Field("name", "string")], system_properties=False)
MAX = 1 << 18
TABLES: dict[str, tuple[Callable[[Data], Table], bytes, bytes]] = {
    "NDJSON": (Ndjson, b'{"id": 1}\n{"id": 2, "name": "', b"x"),
    "NDJSON without a line end": (Ndjson, b"", b"\0"),
    "a JSON array": (JsonArray, b'[{"id": 1}, {"id": 2, "name": "', b"x"),
    "JSON of blanks": (JsonArray, b"", b" "),
    "a cell of CSV": (CsvTable, b'id,name\n1,a\n2,"', b"x"),
    "a cell of CSV with line ends": (CsvTable, b'id,name\n1,a\n2,"', b"\n"),
    "a row of CSV": (CsvTable, b"id,name\n1,a\n2", b",x"),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_record_has_a_largest_size(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What never ends is refused when the bound is reached, and not read to its end."""
    for module in (records, json_array, csv_rows):
        monkeypatch.setattr(module, "MAX_RECORD", MAX)
    make, start, more = TABLES[name]
    stream = BytesIO(start + more * (40 * MAX // len(more)))
    with pytest.raises(DataFault) as refused:
        _read(make, stream)
    assert [problem.code for problem in refused.value.problems] == ["too_long"]
    assert stream.tell() < 4 * MAX


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_record_to_explain_has_a_largest_size(
    pack: Callable[[bytes], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a file with a record no more is kept than the longest record. A line behind a longer one is not found by
    counting the parts in which that one was read."""
    monkeypatch.setattr(one_record, "MAX_RECORD", MAX)
    lines, long = b'{"id": 1}\n{"id": 2}\n', b'{"id": "' + b"x" * (40 * MAX) + b'"}\n'
    path = tmp_path / "data"
    path.write_bytes(pack(lines + long + lines))
    for number, text in ((1, b'{"id": 1}'), (2, b'{"id": 2}'), (3, None), (4, None), (6, None)):
        if text is not None:
            assert one_record.json_record(str(path), number) == json.loads(text)
            continue
        outcome = run("explain", '{"id": 1}', "--record", str(path), "--line", str(number))
        assert (outcome.code, f"{path}:3: too_long: A record is longer than" in outcome.err) == (1, True)
    path.write_bytes(pack(long))
    tracemalloc.start()
    outcome = run("explain", '{"id": 1}', "--record", str(path))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (outcome.code, f"{path}: too_long: A record is longer than" in outcome.err) == (1, True)
    assert most < 20 * MAX


def _read(make: Callable[[Data], Table], stream: BytesIO) -> list[int]:
    """How many records each batch of a table has."""

    def stop(fault: DataFault) -> None:
        raise fault

    table = make(Data("data", stream, SCHEMA, lambda: None, stop))
    return [len(batch.records) for batch in table.batches()]


def test_rows_of_csv_that_cross_blocks_are_passed_on() -> None:
    """Rows with line ends inside quotes do not pile up until a block ends where a row does."""
    row = b'1,"' + b"a\n" * 50 + b'"\n'
    found = _read(CsvTable, BytesIO(b"id,name\n" + row * 20_000))
    assert sum(found) == 20_000
    assert max(found) <= 1 << 13


@pytest.mark.parametrize(
    "pack",
    [lambda data: gzip.compress(data, 9), lambda data: lzma.compress(data, preset=0), bz2.compress],
    ids=["gzip", "xz", "bzip2"],
)
def test_a_small_compressed_file_is_decompressed_in_steps(pack: Callable[[bytes], bytes]) -> None:
    """Thirty kilobytes of gzip may be thirty megabytes, and of others a gigabyte."""
    bomb = pack(bytes(100_000_000))
    stream = decompressed(BufferedReader(BytesIO(bomb)))
    tracemalloc.start()
    size = 0
    while piece := stream.read1(1 << 16):  # type: ignore[attr-defined]
        size += len(piece)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size == 100_000_000
    assert peak < 8_000_000


@pytest.mark.heavy("writes files until they are too large, several times")
@pytest.mark.parametrize("target", ["o.csv", "o.ndjson", "o.parquet"])
def test_a_full_disk_is_one_message(tmp_path: Path, target: str) -> None:
    """Polars' threads may still run the source of a frame when a write fails: Python must not end before they do."""
    data = tmp_path / "d.ndjson"
    with data.open("w") as file:
        for number in range(100_000):
            file.write(json.dumps({"id": number, "name": f"{number * 7919 % 1_000_003}" * 3}) + "\n")
    (tmp_path / "s.schema.json").write_text(
        '{"name": "s", "fields": [{"name": "id", "fieldType": "integer"}, {"name": "name", "fieldType": "string"}]}'
    )
    command = [PROGRAM, "filter", '{"id": {"$gte": 0}}', str(data), "--schema", str(tmp_path / "s.schema.json")]
    for _ in range(3):
        done = subprocess.run(
            [*command, "--output", str(tmp_path / target)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)),
        )
        assert (done.returncode, done.stderr) == (2, "criteria: [Errno 27] File too large\n")
        assert sorted(one.name for one in tmp_path.iterdir()) == ["d.ndjson", "s.schema.json"]


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full, which Linux has")
@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_that_cannot_be_written_is_one_message(option: str) -> None:
    """Options that print before a command runs fail as commands do."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([PROGRAM, option], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "criteria: [Errno 28] No space left on device\n")


_LEVELS = 500
DEEP = {
    "lists": "[" * _LEVELS + "]" * _LEVELS,
    "objects": '{"n":' * _LEVELS + "1" + "}" * _LEVELS,
    "objects in lists": '[{"k":' * (_LEVELS // 2) + "1" + "}]" * (_LEVELS // 2),
}


@pytest.mark.parametrize("name", DEEP)
def test_records_of_hundreds_of_levels(name: str, tmp_path: Path) -> None:
    """A record that is deeper than any name leads is a record: every command reads it, and the others are found."""
    data, one, schema = tmp_path / "data.ndjson", tmp_path / "one.json", tmp_path / "s.schema.json"
    schema.write_text('{"name": "s", "systemProperties": false, "fields": [{"name": "id", "fieldType": "integer"}]}')
    for key in ("n", "o", "deep"):
        deep = f'{{"id": 2, "{key}": {DEEP[name]}}}'
        data.write_text(f'{{"id": 1}}\n{deep}\n')
        one.write_text(deep)
        for query in ('{"OR": [{"id": 1}, {"o.k": "x"}]}', '{"OR": [{"id": 1}, {"n.x": "x"}]}'):
            for options in ((), ("--select", "id,n.x"), ("--to", "csv"), ("--to", "table")):
                outcome = run("filter", query, str(data), *options)
                assert outcome.code in (0, 1), (key, options)  # 1: no record has the name
                assert b"1" in outcome.out
            for options in ((), ("--output-format", "json")):
                outcome = run("explain", query, "--record", str(data), "--line", "2", *options)
                assert (outcome.code, b"not match" in outcome.out or b'"matches": false' in outcome.out) == (0, True)
            assert run("filter", query, str(one)).out == b"[]\n"
        outcome = run("schema", "--from", str(data))
        assert [field["name"] for field in json.loads(outcome.out)["fields"]] == ["id"]
        assert f'"{key}"' in outcome.err or f'"{key}.' in outcome.err
        assert run("schema", "--from", str(one)).code in (0, 1)
        assert run("filter", '{"id": 1}', str(data), "--schema", str(schema), "--count").out == b"1\n"
