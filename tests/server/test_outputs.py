"""The server's command whose outputs are closed, full, or pipes that nobody reads: it serves, without a traceback."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.server.process import ROOT
from tests.server.running import API_KEY, MASTER_KEY, SECONDS

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device /dev/full; run it on Linux")

UNWRITTEN = "examples.server: standard output cannot be written to: "
OUTPUTS = {
    "full": (">/dev/full", f"{UNWRITTEN}No space left on device\n"),
    "closed": (">&-", ""),
    "input and output closed": ("<&- >&-", ""),
    "nobody reads": ("| true", f"{UNWRITTEN}Broken pipe\n"),
    "one line is read": ("| head -n 1", None),
    "all full": (">/dev/full 2>/dev/full", ""),
    "all closed": ("<&- >&- 2>&-", ""),
}
"""Of each output: how a shell makes it, and what the server says about it. What nobody reads may be in the pipe."""


def started(redirection: str, *arguments: str, unbuffered: bool = False) -> subprocess.Popen[str]:
    """The command in a shell, whose folder has in the end a file with its exit code."""
    script = f'{{ "$@"; echo $? > code; }} {redirection}'
    options = ["-u"] if unbuffered else []
    command = [sys.executable, *options, "-m", "examples.server", "--no-sample", "--port", *arguments]
    return subprocess.Popen(
        ["/bin/sh", "-c", script, "sh", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "API_KEY": API_KEY, "API_MASTER_KEY": MASTER_KEY, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )


@pytest.mark.parametrize(
    "unbuffered",
    [False, pytest.param(True, marks=pytest.mark.heavy("starts many processes"))],
    ids=["buffered", "unbuffered"],
)
@pytest.mark.parametrize(("redirection", "said"), OUTPUTS.values(), ids=OUTPUTS)
def test_it_serves_whatever_becomes_of_its_outputs(
    redirection: str, said: str | None, unbuffered: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers until it is asked to end, and says on one line at most that the start-up lines cannot be written."""
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    process = started(redirection, str(port), "--store", "sqlite:///x.db", unbuffered=unbuffered)
    try:
        wait_for(port)
        with socket.create_connection(("127.0.0.1", port)) as client:  # the log goes to standard error
            client.sendall(b"\0\r\n\r\n")
            assert client.recv(1 << 16).startswith(b"HTTP/1.1 400")
        wait_for(port)
        os.killpg(process.pid, signal.SIGINT)
        errors = process.communicate(timeout=SECONDS)[1]
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    said_then = errors.replace("WARNING:  Invalid HTTP request received.\n", "")
    assert said_then in ([said] if said is not None else ["", f"{UNWRITTEN}Broken pipe\n"])


def wait_for(port: int) -> None:
    """Waits until the server answers."""
    until = time.monotonic() + SECONDS
    while True:
        try:
            assert httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200
            return
        except httpx.TransportError:
            assert time.monotonic() < until
            time.sleep(0.05)


@pytest.mark.parametrize(
    ("redirection", "arguments", "code"),
    [
        (">/dev/full", ["0", "--help"], 0),
        (">&-", ["0", "--help"], 0),
        ("2>/dev/full", ["x"], 2),
        ("2>/dev/full", ["0", "--store", "sqlite:////nowhere/x.db"], 2),
        ("2>&-", ["0", "--store", "sqlite:////nowhere/x.db"], 2),
        (">/dev/full", ["0", "--store", "sqlite:////nowhere/x.db"], 2),
    ],
)
def test_the_exit_code_is_right_whatever_becomes_of_the_outputs(
    redirection: str, arguments: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Help ends with 0, and what cannot start with 2; what is said has one line at most."""
    monkeypatch.chdir(tmp_path)
    out, errors = started(redirection, *arguments).communicate(timeout=SECONDS)
    assert Path("code").read_text() == f"{code}\n"
    assert out == ""
    assert errors.count("\n") <= 1
    assert "Traceback" not in errors


def test_a_name_that_the_output_cannot_spell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its characters are escaped where the start-up lines show it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    process = started("", "0", "--store", "sqlite:///\u00e9.db")
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        os.killpg(process.pid, signal.SIGINT)
        assert process.communicate(timeout=SECONDS)[1] == ""
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    assert lines[1] == "Store sqlite:///\\xe9.db\n"
