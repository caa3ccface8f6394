"""The three stores, a fresh database for each module, and the server running on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.conftest import Engines
from tests.server.databases import fresh
from tests.server.running import Api, running

STORES = ("sqlite", "postgres", "mongodb")


@pytest.fixture(scope="module", params=STORES)
def store_kind(request: pytest.FixtureRequest) -> str:
    """Each kind of store in turn."""
    return str(request.param)


@pytest.fixture(scope="module")
def new_store(
    store_kind: str, engines: Engines, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], str]]:
    """Makes the URL of another fresh database at each call; all of them are gone in the end."""
    engines.get(store_kind)  # the test is skipped, or fails, if it is missing
    with ExitStack() as stack:
        yield lambda: stack.enter_context(fresh(store_kind, tmp_path_factory.mktemp("store"), engines.servers))


@pytest.fixture(scope="module")
def store_url(new_store: Callable[[], str]) -> str:
    """The URL of the module's database."""
    return new_store()


@pytest.fixture(scope="module")
def api(store_url: str) -> Iterator[Api]:
    """The server on the module's database."""
    with running(store_url) as found:
        yield found
