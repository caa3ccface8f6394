"""The engines of a run have the versions that they are said to have."""

from __future__ import annotations

import os

import pytest

from tests.conftest import Engines
from tests.engines import ENGINES
from tests.servers.versions import VERSION_VARIABLE


@pytest.mark.parametrize("name", ENGINES)
def test_the_version_is_the_one_asked_for(name: str, engines: Engines) -> None:
    """`python -m tests.servers.versions postgres-11` runs PostgreSQL 11, not another one that is installed."""
    wanted = os.environ.get(VERSION_VARIABLE)
    if not wanted:
        pytest.skip(f"for runs of `python -m tests.servers.versions`, which sets {VERSION_VARIABLE}")
    found = engines.get(name).version()
    assert f"{found}.".startswith(f"{wanted}."), f"{name} is {found}"
