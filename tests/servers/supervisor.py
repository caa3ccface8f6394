"""The parent of a server's processes: ends them on request, or when the test process is gone.

It runs as a program of its own, because a test process that is killed can no longer stop anything. Its standard input
is a pipe from the test process: a byte on it, or its end, means stop. It starts without site-packages, to start fast.
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
    """What to run: `commands` one after the other, the last is the server; `folder` is removed in the end."""

    commands: list[list[str]]
    folder: str
    parent: int
    uid: int | None
    stop_signals: list[int]
    death_signal: int
    stop_seconds: float


def die_with_this_process(death_signal: int) -> Callable[[], None] | None:
    """What a child does before exec so that the kernel signals it when this process dies; None where that is unknown.

    Popen changes the user before it calls this, and has to: a change of user clears the parent-death signal (prctl(2)).
    """
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    supervisor = os.getpid()

    def prepare() -> None:
        prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != supervisor:  # it died before prctl was called
            os.kill(os.getpid(), death_signal)

    return prepare


def must_stop(parent: int) -> bool:
    """Whether the test process asks for the end, or is gone (a fork of it may still hold the pipe open)."""
    readable, _, _ = select.select([sys.stdin], [], [], POLL_SECONDS)
    return bool(readable) or os.getppid() != parent


def stop(child: subprocess.Popen[bytes], signals: list[int], seconds: float) -> None:
    """Send each signal and wait so many seconds for its effect; at last kill whatever is left of the child's group."""
    for number in signals:
        if child.poll() is None:
            signal_group(child.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(seconds)
    signal_group(child.pid, signal.SIGKILL)
    child.wait()


def signal_group(group: int, number: int) -> None:
    """Signal every process of the group, if there is one left (macOS says EPERM when they are all zombies)."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def run(command: list[str], order: Order) -> int | None:
    """Run one command to its end and return its status, or stop it when asked and return None."""
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
    """Run the commands until one fails, all have ended, or a stop is requested; return the status of the last one."""
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
