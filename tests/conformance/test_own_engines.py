"""The engines of this project through the conformance kit, as an engine of somebody else is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import pytest

from criteria import Page, Schema, Search
from criteria.conformance import Adapter, Suite
from tests.conftest import CASES, Engines, capped
from tests.engines import ENGINES, Engine, Table

UNSUPPORTED: Mapping[str, Mapping[str, str]] = {
    "mongodb": {"microseconds": "MongoDB keeps milliseconds"},
}
"""What an engine cannot hold, with the reason."""


class OwnAdapter(Adapter):
    """A table of an engine in the tests."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.unsupported = engine, UNSUPPORTED.get(engine.name, {})  # type: ignore[misc]
        self.name = engine.name  # type: ignore[misc]
        self.stack = ExitStack()
        self.table: Table

    def insert(self, schema: Schema, records: Sequence[Mapping[str, Any]]) -> None:
        self.stack.close()
        self.table = self.engine.table(schema)
        self.stack.enter_context(self.table.holding(records))

    def run(self, search: Search) -> Page:
        return self.table.search(search)

    def close(self) -> None:
        self.stack.close()


@pytest.fixture(scope="class", params=ENGINES)
def conformance_adapter(request: pytest.FixtureRequest, engines: Engines) -> Iterator[Adapter]:
    """Each engine in turn."""
    adapter = OwnAdapter(engines.get(request.param))
    yield adapter
    adapter.close()


@pytest.fixture(scope="session")
def conformance_examples() -> int:
    """Fewer than the checks of all engines side by side draw: those find most."""
    return capped(max(8, CASES // 250))


class TestOwnEngines(Suite):
    """Every check on every engine."""

    test_large_table = pytest.mark.heavy("3,000 records on every engine")(Suite.test_large_table)
