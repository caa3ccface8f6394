"""Output files: whole or not there, whatever happens while they are written."""

from __future__ import annotations

import os
import select
import signal
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest

from criteria.files.atomic_write import replacing
from tests.cli.running import ENVIRONMENT, PROGRAM, SCHEMA, program, python, run
from tests.cli.test_filter import LINES

posix = pytest.mark.skipif(os.name != "posix", reason="signals and pipes of POSIX")


def _heeds_hangup() -> None:
    """A program below `nohup` does not."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@contextmanager
def writing(folder: Path, target: str) -> Iterator[subprocess.Popen[bytes]]:
    """The program in the middle of writing `out`: it has read a part of its input, and waits for more."""
    process = subprocess.Popen(
        [PROGRAM, "filter", "{}", "-", *SCHEMA, "-o", str(folder / f"out.{target}")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, env=ENVIRONMENT,
        preexec_fn=_heeds_hangup if os.name == "posix" else None,
    )  # fmt: skip
    assert process.stdin is not None
    try:
        for _ in range(4):
            process.stdin.write(b"".join(LINES))  # more than a pipe holds: most of it was read
        until(lambda: any(path.name.endswith(".tmp") for path in folder.iterdir()))
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            assert stream is not None
            stream.close()


def until(holds: Callable[[], bool]) -> None:
    """Waits until something holds, at most 20 seconds."""
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.heavy("writes until it is killed")
@posix
@pytest.mark.parametrize("target", ["ndjson", "ndjson.gz", "json", "csv", "parquet"])
def test_killed_while_writing_the_old_file_stays(tmp_path: Path, target: str) -> None:
    """kill -9 in the middle of writing leaves the old file as it was, and no other that a pattern would find."""
    old = tmp_path / f"out.{target}"
    old.write_bytes(b"old")
    with writing(tmp_path, target) as process:
        process.kill()
        process.wait(20)
        assert old.read_bytes() == b"old"
        assert list(tmp_path.glob("[!.]*")) == [old]


@pytest.mark.heavy("writes until it is killed")
@posix
def test_killed_while_writing_no_half_file_appears(tmp_path: Path) -> None:
    """kill -9 in the middle of writing leaves no file where there was none."""
    with writing(tmp_path, "ndjson") as process:
        process.kill()
        process.wait(20)
        assert list(tmp_path.glob("[!.]*")) == []


@pytest.mark.heavy("writes until it is killed")
@posix
def test_killed_while_columns_are_written_the_old_file_stays(tmp_path: Path) -> None:
    """kill -9 while Polars writes a Parquet file leaves the old file, or the new one as a whole."""
    data, out = tmp_path / "data.parquet", tmp_path / "out.parquet"
    pl.LazyFrame().select(
        pl.int_range(3_000_000, dtype=pl.Int64).alias("n"), pl.int_range(3_000_000).hash(1).cast(pl.String).alias("s")
    ).sink_parquet(data)
    pl.DataFrame({"n": [1]}).write_parquet(out)
    before = out.read_bytes()
    process = subprocess.Popen([PROGRAM, "filter", '{"n": {"$gte": 0}}', str(data), "-o", str(out)], env=ENVIRONMENT)
    until(lambda: process.poll() is not None or any(path.name.endswith(".tmp") for path in tmp_path.iterdir()))
    process.kill()
    assert process.wait(20) == -signal.SIGKILL
    assert out.read_bytes() == before or pl.read_parquet(out).height == 3_000_000


@posix
@pytest.mark.parametrize(("number", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_interrupted_while_writing_nothing_is_left(tmp_path: Path, number: str, code: int) -> None:
    """Ctrl-C, the system's request to end and a closed terminal leave the old file and no other, without a word."""
    old = tmp_path / "out.ndjson"
    old.write_bytes(b"old")
    with writing(tmp_path, "ndjson") as process:
        process.send_signal(signal.Signals[number])
        assert process.wait(20) == code
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert [(path, path.read_bytes()) for path in tmp_path.iterdir()] == [(old, b"old")]


@pytest.mark.heavy("writes until it is interrupted")
@posix
def test_interrupted_polars_leaves_nothing(tmp_path: Path) -> None:
    """Ctrl-C while Polars writes ends the program with 130, quietly, and leaves no file."""
    data, out = tmp_path / "data.parquet", tmp_path / "out.parquet"
    pl.LazyFrame().select(
        pl.int_range(4_000_000, dtype=pl.Int64).alias("n"), pl.int_range(4_000_000).hash(1).cast(pl.String).alias("s")
    ).sink_parquet(data)
    process = subprocess.Popen(
        [PROGRAM, "filter", '{"n": {"$gte": 0}}', str(data), "-o", str(out)], stderr=subprocess.PIPE, env=ENVIRONMENT
    )
    until(lambda: process.poll() is not None or any(path.name.endswith(".tmp") for path in tmp_path.iterdir()))
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, b"")
    assert list(tmp_path.iterdir()) == [data]


def test_a_fault_on_the_way_leaves_the_old_file(tmp_path: Path) -> None:
    """A bad record ends the run with exit code 1, and the output file is as it was."""
    old = tmp_path / "out.ndjson"
    old.write_bytes(b"old")
    outcome = run("filter", "{}", "-o", str(old), data=LINES[0] + b"{")
    assert outcome.code == 1
    assert [(path, path.read_bytes()) for path in tmp_path.iterdir()] == [(old, b"old")]


def test_a_file_may_be_filtered_in_its_own_place(tmp_path: Path) -> None:
    """The output may be the input: it is replaced when all of it was read."""
    for kind, content in [("ndjson", b'{"n": 1}\n{"n": 2}\n'), ("json", b'[{"n": 1},{"n": 2}]\n')]:
        path = tmp_path / f"data.{kind}"
        path.write_bytes(content)
        assert run("filter", '{"n": 2}', str(path), "-o", str(path)).code == 0
        assert path.read_bytes() == {"ndjson": b'{"n": 2}\n', "json": b'[{"n": 2}]\n'}[kind]
    path = tmp_path / "data.parquet"
    pl.DataFrame({"n": [1, 2]}).write_parquet(path)
    assert run("filter", '{"n": 2}', str(path), "-o", str(path)).code == 0
    assert pl.read_parquet(path)["n"].to_list() == [2]


@posix
@pytest.mark.parametrize("name", ["data.ndjson", "-"])
def test_a_file_that_would_grow_as_it_is_read_is_refused(tmp_path: Path, name: str) -> None:
    """`criteria filter QUERY data >> data` would read what it writes, without an end."""
    path = tmp_path / "data.ndjson"
    path.write_bytes(b'{"n": 1}\n')
    with path.open("rb") as given, path.open("ab") as out:
        done = subprocess.run(
            [PROGRAM, "filter", "{}", name], stdin=given, stdout=out, stderr=subprocess.PIPE, cwd=tmp_path,
            timeout=60, env=ENVIRONMENT,
        )  # fmt: skip
    assert done.returncode == 2
    assert b"is also the output. To replace it, name it with --output." in done.stderr
    assert path.read_bytes() == b'{"n": 1}\n'


@posix
def test_mode_and_links_are_kept(tmp_path: Path) -> None:
    """A file that is replaced keeps its mode, and a link to it goes on pointing to it."""
    real, link = tmp_path / "real.ndjson", tmp_path / "link.ndjson"
    real.write_bytes(b"old")
    real.chmod(0o640)
    link.symlink_to(real)
    assert run("filter", "{}", "-o", str(link), data=LINES[0]).code == 0
    assert (link.is_symlink(), real.read_bytes(), stat.S_IMODE(real.stat().st_mode)) == (True, LINES[0], 0o640)


@posix
def test_a_pipe_is_written_and_not_replaced(tmp_path: Path) -> None:
    """Output to a named pipe reaches who reads it, and the pipe stays one."""
    pipe = tmp_path / "pipe.ndjson"
    os.mkfifo(pipe)
    process = subprocess.Popen([PROGRAM, "filter", "{}", "films.ndjson", "-o", str(pipe)], env=ENVIRONMENT)
    descriptor = os.open(pipe, os.O_RDONLY)
    with open(descriptor, "rb") as file:
        assert select.select([file], [], [], 20)[0]
        assert file.read() == b"".join(LINES)
    assert process.wait(20) == 0
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_what_cannot_be_written_is_a_usage_error(tmp_path: Path) -> None:
    """A folder that is not there, a name that tells no format, a table in a file: exit code 2 and a sentence."""
    for arguments in [("-o", str(tmp_path / "no" / "out.ndjson")), ("-o", str(tmp_path / "out.txt")),
                      ("-o", str(tmp_path)), ("-o", str(tmp_path / "out.parquet.gz")),
                      ("-o", str(tmp_path / "out.ndjson"), "--to", "table")]:  # fmt: skip
        outcome = program("filter", "{}", "films.ndjson", *arguments)
        assert (outcome.code, outcome.out, bool(outcome.err)) == (2, b"", True)
        assert ".tmp" not in outcome.err  # the name that was given, and not the one of the hidden file
    assert list(tmp_path.iterdir()) == []


def test_a_block_that_raises_leaves_the_old_file(tmp_path: Path) -> None:
    """What was written inside a block that ends with an exception is gone."""
    path = tmp_path / "file"
    path.write_text("old")

    def fails() -> None:
        with replacing(str(path)) as beside:
            beside.write_text("new")
            assert path.read_text() == "old"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fails()
    assert [(one, one.read_text()) for one in tmp_path.iterdir()] == [(path, "old")]


def test_records_that_are_too_deep_for_columns(tmp_path: Path) -> None:
    """A record with some hundred lists inside each other is none that becomes columns, and a record all the same."""
    path = tmp_path / "deep.ndjson"
    deep, flat = '{"a": ' + "[" * 600 + "]" * 600 + "}\n", '{"a": []}\n'
    path.write_text(flat + deep)
    assert run("filter", "{}", str(path)).text == flat + deep
    outcome = run("filter", "{}", str(path), "--to", "csv", "--on-error", "report")
    assert (outcome.code, f"{path}:2:1: invalid_record" in outcome.err) == (1, True)
    assert outcome.text == "a\n[]\n"


_INTERRUPTED_DUCKDB = """
import os, signal, sys, time
from criteria.cli import main
from criteria.files.engines import in_duckdb

def interrupted(connection, inputs, search):
    try:
        os.kill(os.getpid(), signal.{signal})
        time.sleep(10)
    except BaseException:  # as DuckDB does
        raise RuntimeError("Query interrupted") from None

in_duckdb._relation = interrupted
sys.argv = ["criteria", "filter", '{{"n": 1}}', {data!r}, "--engine", "duckdb", "-o", {out!r}]
sys.exit(main())
"""


@pytest.mark.heavy("processes that are interrupted")
@posix
@pytest.mark.parametrize(("number", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_interrupted_while_duckdb_works_in_the_main_thread(tmp_path: Path, number: str, code: int) -> None:
    """DuckDB makes another exception of what a signal raises. The program ends as at any other time, without a word."""
    data, out = tmp_path / "data.parquet", tmp_path / "out.ndjson"
    pl.DataFrame({"n": [1, 2]}).write_parquet(data)
    out.write_text("before", encoding="utf-8")
    outcome = python(_INTERRUPTED_DUCKDB.format(signal=number, data=str(data), out=str(out)))
    assert (outcome.code, outcome.text, outcome.err) == (code, "", "")
    assert out.read_text(encoding="utf-8") == "before"
    assert {path.name for path in tmp_path.iterdir()} == {"data.parquet", "out.ndjson"}
