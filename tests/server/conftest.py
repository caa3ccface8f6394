"""The API on each of its stores."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import Engines
from tests.server.running import STORES, Api, running, store_url


@pytest.fixture(scope="module", params=STORES)
def empty_store(
    request: pytest.FixtureRequest, engines: Engines, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The URL of a store of this module's own, on each kind of store in turn."""
    engines.check(request.param)
    with store_url(request.param, engines.servers, tmp_path_factory.mktemp("store")) as url:
        yield url


@pytest.fixture(scope="module")
def api(empty_store: str) -> Iterator[Api]:
    """The API on that store."""
    with running(empty_store) as found:
        yield found
