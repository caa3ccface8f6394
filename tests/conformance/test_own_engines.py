"""The engines of this project through the conformance kit, as an engine of somebody else is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from criteria.conformance import Adapter, Suite
from tests.conformance.own import OwnAdapter
from tests.conftest import CASES, Engines
from tests.engines import ENGINES

UNSUPPORTED: Mapping[str, Mapping[str, str]] = {
    "mongodb": {"microseconds": "MongoDB keeps milliseconds"},
}
"""What an engine cannot hold, with the reason."""


@pytest.fixture(scope="class", params=ENGINES)
def conformance_adapter(request: pytest.FixtureRequest, engines: Engines) -> Iterator[Adapter]:
    """Each engine in turn."""
    adapter = OwnAdapter(engines.get(request.param), UNSUPPORTED.get(request.param, {}))
    yield adapter
    adapter.close()


@pytest.fixture(scope="session")
def conformance_examples() -> int:
    """Fewer than the checks of all engines side by side draw: those find most."""
    return max(1, CASES // 50)


class TestOwnEngines(Suite):
    """Every check on every engine."""

    test_large_table = pytest.mark.heavy("3,000 records on every engine")(Suite.test_large_table)
