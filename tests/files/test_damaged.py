"""Files of strangers that were cut or damaged: each command says so in our own words, and gives nothing out."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.cli.running import run
from tests.cli.test_filter import LINES

PACK: Mapping[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress}


@pytest.mark.parametrize("engine", ["python", "polars", "duckdb"])
@pytest.mark.parametrize("kind", ["parquet", "arrow", "arrows"])
def test_columns_that_were_cut_or_damaged_are_told_in_our_own_words(tmp_path: Path, kind: str, engine: str) -> None:
    """Every command that reads data says which file it is, that it cannot be read, and what to do. What the reader says
    comes last, in the same line."""
    path = tmp_path / f"data.{kind}"
    frame = pl.DataFrame({"n": range(300), "s": [f"{at * 7919:012x} is more than twelve" for at in range(300)]})
    write: Any = {"parquet": frame.write_parquet, "arrow": frame.write_ipc, "arrows": frame.write_ipc_stream}[kind]
    write(path, compression="uncompressed")
    whole = path.read_bytes()
    middle = len(whole) // 2
    at = middle if kind == "arrows" else len(whole) - 200  # a stream has no footer
    filled = whole[:at] + b"\xff" * 180 + whole[at + 180 :]
    for content in (whole[:5], whole[:middle], whole[:-20], filled):
        path.write_bytes(content)
        for command in (
            ("filter", '{"n": {"$gt": 7}}', str(path), "--engine", engine, "--to", "ndjson"),
            ("filter", "{}", str(path), "--engine", engine, "-o", str(tmp_path / "out.parquet")),
            ("schema", "--from", str(path)),
            ("explain", '{"n": {"$gt": 7}}', "--record", str(path), "--line", "299"),
        ):
            outcome = run(*command)
            said = outcome.err.splitlines()
            assert (outcome.code, outcome.out) == (1, b""), (len(content), command)
            assert said[0].startswith((f"{path}: unreadable_file: This is not ", f"{path}: unreadable_file: The "))
            assert "or its end is missing" in said[0] or " cannot be read" in said[0]
            assert said[1:] == ["  If it is damaged or truncated, copy or write the file again."]
    assert list(tmp_path.iterdir()) == [path]


TWICE: Mapping[str, pa.Array] = {
    "numbers": pa.array([1, 2]),
    "days": pa.array([86_400_000, None], pa.date64()),
    "bytes": pa.array([b"0123456789abcdef", None], pa.binary(16)),
}


@pytest.mark.parametrize("kind", ["parquet", "arrow", "arrows"])
@pytest.mark.parametrize("of", TWICE)
def test_two_columns_of_one_name_are_named(tmp_path: Path, of: str, kind: str) -> None:
    """Every command and engine names the column that a file has twice: a query could mean either."""
    path = tmp_path / f"data.{kind}"
    table = pa.Table.from_arrays([TWICE[of], TWICE[of], pa.array([1, 2])], names=["b", "b", "c"])
    if kind == "parquet":
        pq.write_table(table, path)
    else:
        make = pa.ipc.new_file if kind == "arrow" else pa.ipc.new_stream
        with pa.OSFile(str(path), "wb") as file, make(file, table.schema) as writer:
            writer.write_table(table)
    said = [
        f'{path}: unreadable_file: The file has more than one column "b".',
        "  Write it again with another name for each column.",
    ]
    for command in (
        *(
            ("filter", '{"c": 1}', str(path), "--engine", engine, "--count")
            for engine in ("python", "polars", "duckdb")
        ),
        ("filter", '{"c": 1}', str(path), "--select", "c", "--to", "ndjson"),
        ("schema", "--from", str(path)),
        ("init", str(tmp_path / "new"), "--from", str(path)),
        ("explain", '{"c": 1}', "--record", str(path), "--line", "1"),
    ):
        outcome = run(*command)
        assert (outcome.code, outcome.out, outcome.err.splitlines()) == (1, b"", said), command


def test_a_length_that_no_memory_holds(tmp_path: Path) -> None:
    """A damaged length in an Arrow stream is asked of the memory, which refuses it. Each command says that the stream
    cannot be read."""
    table = pa.table({"n": list(range(400))})
    path = tmp_path / "data.arrows"
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)
    whole = path.read_bytes()
    size = (3200).to_bytes(8, "little")
    assert size in whole
    path.write_bytes(whole.replace(size, (2**62).to_bytes(8, "little")))
    for command in (("filter", '{"n": 1}', str(path), "--count"), ("schema", "--from", str(path))):
        outcome = run(*command)
        assert (outcome.code, outcome.out) == (1, b""), command
        assert outcome.err.startswith(f"{path}: unreadable_file: The Arrow stream cannot be read")


@pytest.mark.parametrize("name", ["hex", "rot13", "base64", "zlib", "uu", "undefined"])
def test_encodings_that_do_not_make_text_of_bytes_are_refused(tmp_path: Path, name: str) -> None:
    """Python calls transformations encodings, too. They are not encodings of a file."""
    (tmp_path / "data.csv").write_bytes(b"a\n1\n2\n3")
    outcome = run("filter", '{"a": 1}', str(tmp_path / "data.csv"), "--encoding", name)
    assert (outcome.code, outcome.out) == (2, b"")
    assert f'There is no encoding "{name}"' in outcome.err


def test_text_in_columns_that_is_not_utf_8(tmp_path: Path) -> None:
    """Arrow reads text without looking at it. Whoever makes a schema of it is told, as whoever filters is."""
    path = tmp_path / "data.parquet"
    pq.write_table(pa.table({"s": ["marked", "text"]}), path, compression="none", use_dictionary=False)
    path.write_bytes(path.read_bytes().replace(b"marked", b"m\xffrked"))
    for command in (("schema", "--from", str(path)), ("filter", "{}", str(path), "--to", "ndjson")):
        outcome = run(*command)
        assert (outcome.code, f"{path}: unreadable_file: The Parquet data cannot be read" in outcome.err) == (1, True)


@pytest.mark.parametrize("name", PACK)
def test_a_record_of_compressed_lines_is_explained(tmp_path: Path, name: str) -> None:
    """`explain --record` reads compressed lines as `filter` does, and refuses them when they are damaged before the
    line."""
    path = tmp_path / f"films.ndjson.{name}"
    path.write_bytes(PACK[name](b"".join(LINES)))
    explained = run("explain", '{"year": {"$gt": 1}}', "--record", str(path), "--line", str(len(LINES)))
    assert (explained.code, explained.err) == (0, "")
    path.write_bytes(path.read_bytes()[:-200])
    cut = run("explain", '{"year": {"$gt": 1}}', "--record", str(path), "--line", str(len(LINES)))
    assert (cut.code, cut.out) == (1, b"")
    assert cut.err.startswith(f"{path}: unreadable_file: The compressed data "), cut.err


def _zstd(data: bytes) -> bytes:
    packed: bytes = pa.compress(data, codec="zstd", asbytes=True)
    return packed


_BY_ENDING: Mapping[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": _zstd,
}  # fmt: skip


@pytest.mark.parametrize("ending", _BY_ENDING)
@pytest.mark.parametrize("kind", ["ndjson", "json", "csv"])
def test_compressed_files_of_which_a_few_bytes_are_left(tmp_path: Path, kind: str, ending: str) -> None:
    """However few bytes of a compressed file are there, it is damaged, and never a text or an empty file."""
    path = tmp_path / f"data.{kind}.{ending}"
    whole = _BY_ENDING[ending](b"a\n1\n" if kind == "csv" else b'{"a": 1}\n')
    said = "unreadable_file: The compressed data end too early.\n"
    for count in range(12):
        path.write_bytes(whole[:count])
        for asked in (("filter", "{}", str(path)), ("schema", "--from", str(path))):
            outcome = run(*asked)
            assert (outcome.code, outcome.text, outcome.err) == (1, "", f"{path}: {said}"), (count, asked)
        if count >= (2 if ending == "gz" else 3):  # the bytes themselves tell
            outcome = run("filter", "{}", "--format", kind, data=whole[:count])
            assert (outcome.code, outcome.text, outcome.err) == (1, "", f"<stdin>: {said}"), count


def test_texts_that_begin_as_compressed_data_do() -> None:
    """Texts are read whose first letters are those of bzip2 or zstd."""
    for text in ("B\n1\n", "BZ", "BZh\n1\n", "BZh9,b\n1,2\n", "(\n"):
        assert run("filter", "{}", "--format", "csv", data=text.encode()).text == text.rstrip("\n") + "\n", text


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
@pytest.mark.parametrize("ending", _BY_ENDING)
def test_compressed_data_that_come_byte_by_byte(tmp_path: Path, ending: str) -> None:
    """A pipe may give fewer bytes at once than tell the compression."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    whole = _BY_ENDING[ending](b'{"a": 1}\n')

    def write() -> None:
        with pipe.open("wb", buffering=0) as out:
            for byte in whole[:12]:
                out.write(bytes([byte]))
                time.sleep(0.01)
            out.write(whole[12:])

    writer = threading.Thread(target=write)
    writer.start()
    outcome = run("filter", "{}", str(pipe), "--format", "ndjson")
    writer.join()
    assert (outcome.code, outcome.text, outcome.err) == (0, '{"a": 1}\n', "")
