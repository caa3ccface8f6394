"""Temporary files: no command leaves one behind, and none has a name that is too long."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from criteria.files.atomic_write import replacing
from tests.cli.running import ENVIRONMENT, run
from tests.cli.test_program import posix

CSV = b"a,b\n" + b"1,secret\n" * 20_000
ROWS = b'{"a":1,"b":"secret"}\n' * 20_000

READING: dict[str, tuple[tuple[str, ...], bytes]] = {
    "filter of CSV": (("filter", '{"a":1}', "-", "--format", "csv"), CSV),
    "filter of Parquet": (("filter", '{"a":1}', "-", "--format", "parquet"), b"PAR1" + CSV),
    "filter to a file": (("filter", '{"a":1}', "-", "--format", "ndjson", "-o", "out.ndjson"), ROWS),
    "schema": (("schema", "--from", "-", "--format", "csv", "-o", "out.schema.json"), CSV),
}


@posix
@pytest.mark.parametrize("name", READING)
@pytest.mark.parametrize(("number", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_while_standard_input_is_read_leaves_no_copy(
    tmp_path: Path, name: str, number: str, code: int
) -> None:
    """The copies of standard input are removed, whoever made them."""
    arguments, data = READING[name]
    copies = tmp_path / "copies"
    copies.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "criteria", *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        cwd=tmp_path, env={**ENVIRONMENT, "TMPDIR": str(copies)},
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(data)  # more than a pipe holds: the command reads it, and waits for the rest
    process.stdin.flush()
    if name in ("filter of CSV", "filter of Parquet"):
        end = time.monotonic() + 30
        while not any(copies.iterdir()) and time.monotonic() < end:
            time.sleep(0.05)
    else:
        time.sleep(0.3)
    process.send_signal(signal.Signals[number])
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (code, b"")
    assert list(copies.iterdir()) == []
    assert list(tmp_path.iterdir()) == [copies]


@posix
@pytest.mark.parametrize("target", ["ndjson", "json", "csv", "parquet"])
def test_a_pipe_with_a_name_is_written(tmp_path: Path, target: str) -> None:
    """As those of `/dev/stdout` and of `>(...)` in shells, which lead to a pipe without a path."""
    if not os.path.exists("/dev/fd"):
        pytest.skip("this system has no names of open files: run it on Linux or macOS")
    data = tmp_path / "data.ndjson"
    data.write_text('{"a":1}\n')
    plain = run("filter", "{}", str(data), "--to", target, "-o", str(tmp_path / "plain"))
    assert plain.code == 0
    command = [sys.executable, "-m", "criteria", "filter", "{}", str(data), "--to", target, "-o"]
    through = subprocess.run([*command, "/dev/stdout"], capture_output=True, timeout=60, env=ENVIRONMENT)
    assert (through.returncode, through.stderr, through.stdout) == (0, b"", (tmp_path / "plain").read_bytes())
    reading, writing = os.pipe()
    try:
        done = subprocess.run([*command, f"/dev/fd/{writing}"], pass_fds=[writing], timeout=60, env=ENVIRONMENT)
        assert done.returncode == 0
        assert os.read(reading, 1 << 16) == (tmp_path / "plain").read_bytes()
    finally:
        os.close(reading)
        os.close(writing)


@posix
def test_a_name_as_long_as_can_be_is_replaced(tmp_path: Path) -> None:
    """The temporary name beside it does not have it in it."""
    data = tmp_path / "data.ndjson"
    data.write_text('{"a":1}\n')
    long = {
        ending: tmp_path / f"{'n' * (255 - len(ending))}{ending}" for ending in (".ndjson", ".schema.json", ".json")
    }
    long[".json"].write_text('{"a":\n1}')
    assert run("filter", "{}", str(data), "-o", str(long[".ndjson"])).code == 0
    assert run("schema", "--from", str(data), "-o", str(long[".schema.json"])).code == 0
    assert run("fmt", str(long[".json"])).code == 0
    assert long[".ndjson"].read_text() == '{"a":1}\n'
    assert long[".json"].read_text() == '{"a": 1}\n'
    assert {path.name for path in tmp_path.iterdir()} == {"data.ndjson", *(path.name for path in long.values())}


@posix
def test_the_temporary_name_is_hidden_and_unlike_others(tmp_path: Path) -> None:
    with replacing(str(tmp_path / "a")) as first, replacing(str(tmp_path / "b")) as second:
        assert first != second
        assert all(path.name.startswith(".") and path.suffix == ".tmp" for path in (first, second))
