"""A progress bar on standard error, for work that takes over a second. Only shown on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

_PATIENCE = 1.0
_EVERY = 0.2


@contextmanager
def progress(total: int | None, done: Callable[[], int] | None) -> Iterator[None]:
    """Shows the progress of a block: the bytes done of a total if both are known, otherwise the elapsed time.

    A thread of its own draws the bar, which disappears when the block ends.
    """
    if sys.stderr is None or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield
        return
    ended = Event()
    thread = Thread(target=_shown, args=(ended, total, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _shown(ended: Event, total: int | None, done: Callable[[], int] | None) -> None:
    if ended.wait(_PATIENCE):
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(*_columns(total if done else None), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("filter", total=total if done else None)
        while not ended.wait(_EVERY):
            if done is not None:
                bar.update(task, completed=done())


def _columns(total: int | None) -> list[Any]:
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    if total is None:
        return [SpinnerColumn(), TextColumn("filtering"), BarColumn(), TimeElapsedColumn()]
    return [TextColumn("filtering"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn()]
