"""A short load of fifty clients: every search is answered right, no acknowledged write is lost. Nothing is timed."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.server_load import load
from tests.server.running import MASTER, running

CLIENTS, STEPS = 50, 16


def test_fifty_clients_at_once(new_store: Callable[[], str]) -> None:
    """Creates, updates, deletes, restores and searches of fifty clients, in any order: what each finds of its own is
    what it wrote, in order and counted; in the end all that was acknowledged is there, and no name twice."""
    with running(new_store()) as api:
        outcome = load(api.url, MASTER, clients=CLIENTS, steps=STEPS)
    assert outcome.faults == []
    assert len(outcome.latencies) == CLIENTS * STEPS
