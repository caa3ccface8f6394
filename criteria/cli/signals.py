"""Ends cleanly on signals of the system."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class _End:
    """A handler of signals that ends the program, and keeps what it has raised."""

    def __init__(self) -> None:
        self.raised: list[BaseException] = []

    def __call__(self, number: int, frame: Any) -> None:
        self.raised.append(KeyboardInterrupt() if number == signal.SIGINT else SystemExit(128 + number))
        raise self.raised[-1]


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Makes SIGTERM, and a terminal that is closed, end a block as Ctrl-C does, so that no partial file is left.

    The exit codes are 143 and 129. A signal that is ignored, as under `nohup`, stays so. Libraries make other
    exceptions of what a signal raises, such as DuckDB a `RuntimeError`: whatever ends the block after a signal, it is
    the signal's exception that comes out.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    end = _End()
    numbers = [one for one in signal.Signals if one.name in ("SIGTERM", "SIGHUP")]  # Windows has no SIGHUP
    heeded = [one for one in numbers if signal.getsignal(one) != signal.SIG_IGN]
    interrupt = signal.getsignal(signal.SIGINT)
    if interrupt == signal.default_int_handler or isinstance(interrupt, _End):  # of a block around this one
        heeded.append(signal.SIGINT)
    before = {one: signal.signal(one, end) for one in heeded}
    try:
        yield
    except BaseException as error:
        if end.raised and error is not end.raised[-1]:
            raise end.raised[-1] from None
        raise
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
