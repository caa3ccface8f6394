"""One server for a database: claims that end with their process, however it ends."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import IO

LOG = logging.getLogger("examples.server.store")

SERVERS = "servers"
"""The counter of the servers that have claimed a SQL database, one after the other. A lock may be lost: a connection
ends, or its file is deleted. Then a server goes on until it looks again, so each transaction that writes compares the
counter: none writes after the next server began."""


STOP_SECONDS = 2.0
"""Time for a renewal that has begun to end."""


class Held(Exception):
    """Another server has claimed the database."""


def lock_file(path: Path) -> IO[bytes]:
    """Locks a file, which is created, until it is closed or the process ends. Raises `Held`."""
    file = path.open("ab")
    try:
        try:
            import fcntl
        except ImportError:  # Windows
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise Held from None
    return file


class Renewal:
    """Renews a claim in a thread of its own, until it is stopped or somebody else has the claim."""

    def __init__(self, renew: Callable[[], None], seconds: float, lost: Callable[[], None]) -> None:
        self._renew = renew
        self._seconds = seconds
        self._lost = lost
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="claim", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stops it. A database that does not answer is not waited for."""
        self._stopped.set()
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopped.wait(self._seconds):
            try:
                self._renew()
            except Held:
                LOG.critical("Another server has claimed the database.")
                self._lost()
                return
            except Exception as error:  # each driver has exceptions of its own
                LOG.warning("The claim of the database could not be renewed: %s", type(error).__name__)
