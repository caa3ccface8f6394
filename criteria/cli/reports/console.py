"""A console of rich that leaves closed pipes to the program."""

from __future__ import annotations

import errno
import os

from rich.console import Console


class PlainConsole(Console):
    """rich ends the process with exit code 1 when its pipe is closed. This one raises `BrokenPipeError`."""

    def on_broken_pipe(self) -> None:
        """Raises the error that rich has just caught."""
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
