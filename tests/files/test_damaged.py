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
