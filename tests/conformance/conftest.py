"""What one run of CI leaves out of the kit."""

from __future__ import annotations

import pytest

from tests.conftest import IN_CI, PROFILE

_SLOW = {"test_large_table"}
_SLOW_ON_OTHERS = {*_SLOW, "test_generated_searches", "test_laws", "test_complements", "test_pages"}
"""Checks with generated records on frames and on further engines, which take tens of milliseconds for a query."""


@pytest.fixture(autouse=True)
def every_other_schema(request: pytest.FixtureRequest) -> None:
    """CI runs half of the slow checks: each engine has every other schema, each schema every other engine.

    The profile `nightly`, and runs with CI unset, run all.
    """
    slow = _SLOW if request.module.__name__.endswith("own_engines") else _SLOW_ON_OTHERS
    if request.node.originalname in slow and IN_CI and PROFILE.name == "ci":
        at = request.node.callspec.indices
        if (at["name"] + at["conformance_adapter"]) % 2:
            pytest.skip("CI runs every other slow check of the kit; CRITERIA_PROFILE=nightly runs all")
