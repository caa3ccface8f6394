"""Ends cleanly on signals of the system."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


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
    raised: list[BaseException] = []

    def end(number: int, frame: Any) -> None:
        raised.append(KeyboardInterrupt() if number == signal.SIGINT else SystemExit(128 + number))
        raise raised[-1]

    numbers = [one for one in signal.Signals if one.name in ("SIGTERM", "SIGHUP")]  # Windows has no SIGHUP
    heeded = [one for one in numbers if signal.getsignal(one) != signal.SIG_IGN]
    if signal.getsignal(signal.SIGINT) == signal.default_int_handler:
        heeded.append(signal.SIGINT)
    before = {one: signal.signal(one, end) for one in heeded}
    try:
        yield
    except BaseException as error:
        if raised and error is not raised[-1]:
            raise raised[-1] from None
        raise
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
