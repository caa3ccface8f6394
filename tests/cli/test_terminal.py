"""What a terminal shows, and what nobody but a terminal gets."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click
import polars as pl
import pytest

from criteria.cli.commands.filter.destination import Shown, destination
from criteria.files.formats import Format
from tests.cli.running import ENVIRONMENT, EXAMPLES, PROGRAM, program, run
from tests.cli.test_filter import LINES

pytestmark = pytest.mark.skipif(os.name != "posix", reason="terminals of POSIX")


def on_terminal(arguments: Sequence[str], *, slow: bool = False, stream: str = "stdout", **env: str) -> str:
    """What the program writes to a terminal, on one stream. The input of a slow one ends once something is written."""
    import fcntl
    import pty
    import select
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: theirs}
    process = subprocess.Popen(
        [PROGRAM, *arguments], stdin=subprocess.PIPE, env={**ENVIRONMENT, "TERM": "xterm", "COLUMNS": "80", **env},
        stdout=streams["stdout"], stderr=streams["stderr"],
    )  # fmt: skip
    os.close(theirs)
    assert process.stdin is not None
    if slow:
        process.stdin.write(LINES[0])
        process.stdin.flush()
        select.select([ours], [], [], 60)
    process.stdin.close()
    pieces = []
    try:
        while piece := os.read(ours, 10_000):
            pieces.append(piece)
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    assert process.wait(60) == 0
    return b"".join(pieces).decode()


@pytest.mark.heavy("waits for a terminal")
def test_columns_are_a_table_on_a_terminal(tmp_path: Path) -> None:
    """Parquet that would go to a terminal is a table that fits it; into a pipe it is Parquet."""
    path = tmp_path / "data.parquet"
    frame = pl.DataFrame({"n": [1, 22], "text": ["a\x1b[31mb", None], **{f"c{at}": ["x" * 30] * 2 for at in range(9)}})
    frame.write_parquet(path)
    shown = on_terminal(["filter", "{}", str(path)], NO_COLOR="1")
    lines = shown.replace("\r\n", "\n").split("\n")
    assert lines[0].split()[:3] == ["n", "text", "c0"]
    assert lines[1].split()[:3] == ["integer", "string", "string"]
    assert [line.split()[0] for line in lines[2:4]] == ["1", "22"]
    assert "2 records." in lines
    assert max(map(len, lines)) <= 80
    assert "more columns: c" in shown
    assert "\x1b[31m" not in shown
    piped = program("filter", "{}", str(path))
    assert pl.read_parquet(piped.out).equals(frame)


def test_rows_are_rows_on_a_terminal() -> None:
    """NDJSON that goes to a terminal is NDJSON, for who reads it or copies it; --to table makes a table of it."""
    assert on_terminal(["filter", "{}", "films.ndjson", "--limit", "1"]).encode() == LINES[0].replace(b"\n", b"\r\n")
    table = on_terminal(["filter", "{}", "films.ndjson", "--limit", "1", "--to", "table"])
    assert table.startswith("\x1b[1m")
    assert "more columns: " in table


def test_a_table_into_a_pipe_has_all_columns() -> None:
    """Without a terminal a table has no colours and loses no column."""
    outcome = run("filter", "{}", "films.ndjson", "--limit", "2", "--to", "table")
    header, types, *rows = outcome.text.splitlines()
    assert (outcome.code, b"\x1b" in outcome.out) == (0, False)
    assert {"objectId", "title", "awards.oscars"} <= set(header.split())
    assert (len(rows), types.split()[0]) == (2, "integer")
    assert "The first 50 of 400 records." in run("filter", "{}", "films.ndjson", "--to", "table").text
    assert run("filter", '{"year": 1066}', "films.ndjson", "--to", "table").text == "No records.\n"


def test_a_table_tells_null_from_an_empty_string() -> None:
    """Null is a word, an empty string and the text null are in quotes, and a member that a record lacks is blank."""
    data = b'{"a": null, "b": 1}\n{"a": "", "b": 1.5}\n{"a": "null"}\n{"a": "x"}\n'
    lines = run("filter", "{}", "--to", "table", data=data).text.splitlines()
    assert [line.split() for line in lines] == [
        ["a", "b"], ["string", "integer", "or", "double"], ["null", "1"], ['""', "1.5"], ['"null"'], ["x"],
        ["4", "records."],
    ]  # fmt: skip


def test_a_long_table_repeats_its_header_on_a_terminal(tmp_path: Path) -> None:
    """The terminal has 24 lines. Into a pipe there is one header. Bytes are never shown, only how many there are."""
    path = tmp_path / "t.parquet"
    pl.DataFrame({"number": range(60), "raw": [b"\x1b[31m\x00"] * 60}).write_parquet(path)
    shown = on_terminal(["filter", "{}", str(path)], NO_COLOR="1", LINES="24")
    assert (shown.count("number "), shown.count("6 bytes"), "The first 50 of 60 records." in shown) == (3, 50, True)
    assert run("filter", "{}", str(path), "--to", "table").text.count("number ") == 1


def test_binary_formats_are_not_written_to_a_terminal(tmp_path: Path) -> None:
    """Whoever names one is told to name a file, whether or not a limit is given."""
    path = tmp_path / "t.parquet"
    pl.DataFrame({"n": [1]}).write_parquet(path)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("criteria.cli.commands.filter.destination.sys.stdout.isatty", lambda: True, raising=False)
        with pytest.raises(click.BadParameter, match="not written to a terminal"):
            destination(None, Shown.PARQUET, Format.PARQUET)


@pytest.mark.heavy("waits for a terminal")
def test_binary_formats_are_not_written_through_a_pipe_of_a_terminal(tmp_path: Path) -> None:
    """`head` would show them. Named formats, files and numbers are as everywhere."""
    path = tmp_path / "t.parquet"
    pl.DataFrame({"n": [1]}).write_parquet(path)
    for options, said in (
        ("", "and a pipe may lead to the terminal"),
        ("--to ndjson", '{"n":1}'),
        ("--to parquet", "PAR1"),
        ("--count", "1"),
        (f"-o {tmp_path / 'out.parquet'}", ""),
    ):
        line = f'"$PROGRAM" filter "{{}}" "{path}" {options} | head -c 4000 >&2'
        assert said in _in_shell(line), options


def _in_shell(line: str) -> str:
    """What a shell writes to a terminal."""
    import pty

    pid, ours = pty.fork()
    if pid == 0:
        environment = {**ENVIRONMENT, "PROGRAM": PROGRAM, "TERM": "xterm", "NO_COLOR": "1"}
        os.execve("/bin/sh", ["sh", "-c", line], environment)  # noqa: S606  # a terminal has to control it
    pieces = []
    try:
        while piece := os.read(ours, 10_000):
            pieces.append(piece)
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    os.waitpid(pid, 0)
    return " ".join(b"".join(pieces).decode("utf-8", "replace").split())


@pytest.mark.heavy("waits for seconds")
def test_progress_is_shown_after_a_second_on_a_terminal() -> None:
    """Work that takes long shows on standard error that it goes on, and takes that away in the end."""
    shown = on_terminal(["filter", "{}"], slow=True, stream="stderr")
    assert "filtering" in shown
    assert shown.endswith("\x1b[2K")


@pytest.mark.heavy("waits for seconds")
def test_short_work_and_pipes_show_no_progress() -> None:
    """Nothing is written to a terminal for work that is soon done, nor to a pipe for any work."""
    assert on_terminal(["filter", "{}"], stream="stderr") == ""
    process = subprocess.Popen(
        [PROGRAM, "filter", "{}"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        env=ENVIRONMENT,
    )  # fmt: skip
    assert process.stdin is not None
    time.sleep(2)
    _, err = process.communicate(LINES[0])
    assert (process.returncode, err) == (0, b"")


@pytest.mark.heavy("a process for each command")
@pytest.mark.parametrize(
    "arguments",
    [
        ("filter", "{}", "films.ndjson"),
        ("filter", "{}", "films.ndjson", "--to", "table"),
        ("filter", "{}", "films.ndjson", "--to", "json", "--limit", "1"),
        ("filter", "{}", "films.ndjson", "--count"),
        ("check", "broken.json"),
        ("compile", "{}", "--to", "python"),
        ("explain", '{"year": 1}'),
        ("schema", "films.schema.json"),
        ("help", "unknown_field"),
        ("--help",),
        ("--version",),
    ],
    ids=" ".join,
)
def test_a_pipe_that_nobody_reads_is_exit_code_141(arguments: tuple[str, ...]) -> None:
    """Output into a pipe that was closed before the first byte ends the program without a word."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [PROGRAM, *arguments], stdin=subprocess.DEVNULL, stdout=writer, stderr=subprocess.PIPE, cwd=EXAMPLES,
            timeout=60, env=ENVIRONMENT,
        )  # fmt: skip
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.heavy("hundreds of thousands of rows, each time in a process of its own")
def test_head_ends_a_pipe_quietly(tmp_path: Path) -> None:
    """Behind `head -1` the program ends without a word, for rows and for columns that are written as rows."""
    rows, columns = tmp_path / "rows.ndjson", tmp_path / "columns.parquet"
    rows.write_bytes(b"".join(LINES) * 20)
    pl.LazyFrame().select(pl.int_range(200_000).alias("n")).sink_parquet(columns)
    pairs = (("ndjson", "duckdb"), ("csv", "polars"), ("csv", "python"), ("table", "duckdb"), ("table", "polars"))
    wanted = [[str(columns), "--to", target, "--engine", engine] for target, engine in pairs]
    for arguments in ([str(rows)], [str(columns)], *wanted):
        line = f'"{PROGRAM}" filter "{{}}" {" ".join(arguments)} | head -c 1 | wc -c'
        done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, timeout=60, env=ENVIRONMENT)
        assert (done.stdout.strip(), done.stderr) == (b"1", b"")


@pytest.mark.heavy("hundreds of thousands of rows, each time in a process of its own")
@pytest.mark.parametrize(
    ("target", "engine"),
    [
        ("parquet", "polars"),
        ("parquet", "duckdb"),
        ("parquet", "python"),
        ("arrow", "polars"),
        ("ndjson", "duckdb"),
        ("csv", "python"),
        ("json", "polars"),
    ],
)
def test_a_full_disk_is_not_a_fault_of_the_data(tmp_path: Path, target: str, engine: str) -> None:
    """Output that grows past what the system allows is exit code 2 with the system's words, and leaves no file."""
    data = tmp_path / "data.parquet"
    pl.LazyFrame().select(pl.int_range(300_000).hash().alias("n")).sink_parquet(data)
    out = tmp_path / "out" / f"out.{target}"
    out.parent.mkdir()
    line = f'ulimit -f 100; exec "{PROGRAM}" filter "{{}}" {data} --engine {engine} -o {out}'
    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, timeout=60, env=ENVIRONMENT)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"criteria: [Errno 27] File too large\n"
    assert not list(out.parent.iterdir())


def test_a_missing_package_is_named(tmp_path: Path) -> None:
    """Without Polars, or without what an engine needs, one sentence names the extra that brings it."""
    data = tmp_path / "data.parquet"
    data.write_bytes(b"PAR1")
    for module, arguments in [("polars", [str(data)]), ("polars", ["films.ndjson", "-o", "x.parquet"])]:
        code = f"import sys; sys.modules[{module!r}] = None; from criteria.cli import main; main()"
        done = subprocess.run([sys.executable, "-c", code, "filter", "{}", *arguments], capture_output=True, timeout=60,
                              env=ENVIRONMENT)  # fmt: skip
        assert (done.returncode, done.stdout) == (2, b"")
        assert b'pip install "criteria-engine[files]"' in done.stderr
        assert not Path("x.parquet").exists()
