"""The parent of a server's processes. It ends them on request, or when the test process is gone.

It is a separate program, because a killed test process cannot stop anything. Its standard input is a pipe from the test
process: a byte or the end of the pipe means stop. It runs without site-packages, to start fast.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import TypedDict

PR_SET_PDEATHSIG = 1  # <sys/prctl.h>
POLL_SECONDS = 0.1


class Order(TypedDict):
    """What to run: `commands` in sequence, of which the last is the server. `folder` is removed at the end."""

    commands: list[list[str]]
    folder: str
    parent: int
    uid: int | None
    stop_signals: list[int]
    death_signal: int
    stop_seconds: float


def die_with_this_process(death_signal: int) -> Callable[[], None] | None:
    """A `preexec_fn` that makes the kernel signal the child when this process dies; None where that is unsupported.

    Popen calls it after changing the user, which would clear the parent-death signal (prctl(2)).
    """
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    supervisor = os.getpid()

    def prepare() -> None:
        prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != supervisor:  # the supervisor died before prctl was called
            os.kill(os.getpid(), death_signal)

    return prepare


def must_stop(parent: int) -> bool:
    """Whether the test process requests a stop or is gone (a fork of it may keep the pipe open)."""
    readable, _, _ = select.select([sys.stdin], [], [], POLL_SECONDS)
    return bool(readable) or os.getppid() != parent


def stop(child: subprocess.Popen[bytes], signals: list[int], seconds: float) -> None:
    """Send each signal and wait up to `seconds` for its effect; then kill what is left of the child's group."""
    for number in signals:
        if child.poll() is None:
            signal_group(child.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(seconds)
    signal_group(child.pid, signal.SIGKILL)
    child.wait()


def signal_group(group: int, number: int) -> None:
    """Signal the processes of the group, if any is left. macOS raises EPERM if all are zombies."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def run(command: list[str], order: Order) -> int | None:
    """Run one command and return its status, or None if it was stopped on request."""
    uid = order["uid"]
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        cwd=order["folder"],
        start_new_session=True,
        user=uid,
        group=uid,
        extra_groups=None if uid is None else [],
        preexec_fn=die_with_this_process(order["death_signal"]),
    )
    try:
        while child.poll() is None:
            if must_stop(order["parent"]):
                return None
        return child.returncode
    finally:
        stop(child, order["stop_signals"], order["stop_seconds"])


def main(order: Order) -> int:
    """Run the commands until one fails or a stop is requested, and return the status of the last one."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    status: int | None = 0
    try:
        for command in order["commands"]:
            status = run(command, order)
            if status != 0:
                break
    finally:
        shutil.rmtree(order["folder"], ignore_errors=True)
    return status or 0


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
