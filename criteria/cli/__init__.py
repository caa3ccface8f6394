"""The command line, `criteria`: check query files, filter records, compile queries. Needs the extra `cli`."""

from __future__ import annotations

import atexit
import gc
import io
import os
import sys
from contextlib import suppress


class _StandardError(io.TextIOWrapper):
    """Standard error. What cannot be written there is lost, as nobody can be told: a command ends as it does with one
    that can be written."""

    def write(self, text: str, /) -> int:
        with suppress(OSError):
            super().write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            super().flush()


def main() -> int:
    """Runs the program: exit code 0, 1 (problems in a query or in data) or 2 (usage)."""
    gc.disable()  # imports and decoded records have no reference cycles, and looking for some takes a tenth of the time
    os.environ.setdefault("POLARS_IMPORT_INTERVAL_AS_STRUCT", "1")  # or it panics at files with intervals
    atexit.register(gc.freeze)  # no need to collect garbage when the process ends
    try:
        from criteria.cli.app import app
    except ModuleNotFoundError as missing:
        if missing.name not in ("click", "tomli"):
            raise
        from criteria.messages import install_hint

        print(f"The command line needs one more package. {install_hint('cli')}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    if sys.stdout is None:  # the caller closed it
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  # stays open as long as the process
    for stream in (sys.stdout, sys.stderr):
        if isinstance(
            stream, io.TextIOWrapper
        ):  # data are UTF-8 on every platform, and so are messages that quote them
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr = _StandardError(sys.stderr.buffer, "utf-8", "backslashreplace", line_buffering=True)
    app(prog_name="criteria")
    return 0
