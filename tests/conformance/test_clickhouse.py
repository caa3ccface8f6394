"""ClickHouse through the conformance kit."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from criteria.conformance import Adapter, Suite
from tests.conformance.clickhouse import ClickHouse
from tests.conftest import require


@pytest.fixture(scope="class")
def conformance_adapter() -> Iterator[Adapter]:
    """ClickHouse in this process."""
    is_there = find_spec("chdb") and find_spec("clickhouse_connect")
    require("ClickHouse", None if is_there else 'pip install -e ".[clickhouse-test]", 180 MB')
    adapter = ClickHouse()
    yield adapter
    adapter.close()


@pytest.mark.nightly("starts ClickHouse, which takes 180 MB")
class TestClickHouse(Suite):
    """Every check, but for days and instants that ClickHouse cannot hold."""
