"""What one run of CI leaves out of the kit."""

from __future__ import annotations

import pytest

from tests.conftest import IN_CI, PROFILE

_SLOW = {"test_generated_searches", "test_laws", "test_complements", "test_pages", "test_large_table"}


@pytest.fixture(autouse=True)
def every_other_schema(request: pytest.FixtureRequest) -> None:
    """CI runs half of the checks with generated records: each engine has every other schema, each schema every other
    engine.

    The profile `nightly`, and runs with CI unset, run all.
    """
    if request.node.originalname in _SLOW and IN_CI and PROFILE.name == "ci":
        at = request.node.callspec.indices
        if (at["name"] + at["conformance_adapter"]) % 2:
            pytest.skip("CI runs every other generated check of the kit; CRITERIA_PROFILE=nightly runs all")
