"""Starts a server that ends with the test process, however that ends."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tests.servers import supervisor

LOG_LINES = 30
LOG_BYTES = 8192
MAX_PARENT_LENGTH = 60
"""The maximum length of a server's parent folder: a socket path has at most 103 bytes on macOS (107 on Linux)."""


class ServerError(Exception):
    """A server could not be started, did not answer in time or ended early. The message has the end of its log."""


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start and stop one server.

    `commands` run one after the other in `folder`, the last one is the server itself. `stop_signals` are sent in turn,
    each with `stop_seconds` to take effect, then SIGKILL. `death_signal` is what the kernel sends (on Linux) when the
    supervisor itself is killed. `uid` is the user and group to run as, None for the present.
    """

    name: str
    folder: Path
    commands: tuple[tuple[str, ...], ...]
    stop_signals: tuple[signal.Signals, ...] = (signal.SIGTERM,)
    death_signal: signal.Signals = signal.SIGKILL
    environment: Mapping[str, str] = field(default_factory=dict)
    uid: int | None = None
    start_seconds: float = 60.0
    stop_seconds: float = 5.0


@contextlib.contextmanager
def temporary_folder(uid: int | None = None) -> Iterator[Path]:
    """A new folder with a short path that `uid` owns and can access. It is removed at the end.

    Raises ServerError when neither the system's temporary folder nor /tmp will do.
    """
    for candidate in (tempfile.gettempdir(), "/tmp"):
        parent = Path(candidate).resolve()
        if len(os.fsencode(parent)) <= MAX_PARENT_LENGTH and (uid is None or open_to_all(parent)):
            break
    else:
        raise ServerError(f"no temporary folder with a short path that user {uid or os.getuid()} can reach")
    folder = Path(tempfile.mkdtemp(prefix="criteria-", dir=parent))
    try:
        if uid is not None:
            os.chown(folder, uid, uid)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def open_to_all(folder: Path) -> bool:
    """Whether every user may enter the folder and all its parents."""
    return all(step.stat().st_mode & 0o001 for step in (folder, *folder.parents))


@contextlib.contextmanager
def running(launch: Launch, probe: Callable[[], object], not_yet: tuple[type[Exception], ...]) -> Iterator[None]:
    """Run the server inside the block, which is entered once `probe` raises none of `not_yet`.

    Raises ServerError when the server ends or `launch.start_seconds` pass before that.
    """
    order: supervisor.Order = {
        "commands": [list(command) for command in launch.commands],
        "folder": str(launch.folder),
        "parent": os.getpid(),
        "uid": launch.uid,
        "stop_signals": [int(number) for number in launch.stop_signals],
        "death_signal": int(launch.death_signal),
        "stop_seconds": launch.stop_seconds,
    }
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", supervisor.__file__, json.dumps(order)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd="/",
            env={**os.environ, **launch.environment},
            start_new_session=True,  # Ctrl-C must not end the server before the tests
        )
        try:
            wait_until_ready(launch, process, log, probe, not_yet)
            yield
        finally:
            stop(process, seconds=launch.stop_seconds * (len(launch.stop_signals) + 1))


def wait_until_ready(
    launch: Launch,
    process: subprocess.Popen[bytes],
    log: IO[bytes],
    probe: Callable[[], object],
    not_yet: tuple[type[Exception], ...],
) -> None:
    """Return when `probe` succeeds. Raises ServerError if the process ends or times out before."""
    deadline = time.monotonic() + launch.start_seconds
    while True:
        if process.poll() is not None:
            raise ServerError(f"{launch.name} ended before it answered (status {process.returncode})\n{tail(log)}")
        try:
            probe()
            return
        except not_yet as problem:
            if time.monotonic() > deadline:
                waited = f"{launch.name} did not answer in {launch.start_seconds:g} s ({problem})"
                raise ServerError(f"{waited}\n{tail(log)}") from problem
        time.sleep(0.05)


def tail(log: IO[bytes]) -> str:
    """The last lines of the log, read without moving the file position, which the server shares."""
    size = os.fstat(log.fileno()).st_size
    end = os.pread(log.fileno(), LOG_BYTES, max(0, size - LOG_BYTES))
    return "\n".join(end.decode("utf-8", "replace").splitlines()[-LOG_LINES:])


def stop(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Ask the supervisor to end its server and itself. Kill it (on Linux the server too) if that takes too long."""
    try:
        process.communicate(b"stop\n", timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
