"""Many clients at once: no write is lost, and every search has the right answer."""

from __future__ import annotations

from itertools import chain

import pytest

from benchmarks.server_load import check_all, clients, run_together
from tests.server.running import MASTER, Api

pytestmark = pytest.mark.heavy("twenty clients at once")

CLIENTS, STEPS = 20, 25


def test_clients_at_the_same_time(api: Api) -> None:
    """Whatever others do, what a client wrote is there, and its searches find what its model says."""
    some = clients(CLIENTS, api.url, MASTER)
    run_together(some, lambda done: done < STEPS)
    assert check_all(some, api.url, MASTER) == []
    assert not any(client.died for client in some)
    numbers = [*chain.from_iterable((*client.model, *client.deleted) for client in some)]
    assert len(numbers) == len({*numbers}) > CLIENTS
    assert any(client.deleted for client in some)
