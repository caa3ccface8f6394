"""What one run of CI leaves out of the kit."""

from __future__ import annotations

import pytest

from tests.conftest import IN_CI, PROFILE

_GENERATED = {"test_generated_searches", "test_laws", "test_complements", "test_pages", "test_large_table"}


@pytest.fixture(autouse=True)
def every_other_check(request: pytest.FixtureRequest) -> None:
    """CI runs half of the checks with generated records: each engine has every other schema, each schema every other
    engine. Frames and further engines, which take tens of milliseconds for a query, have every other case of the suite.

    The profile `nightly`, and runs with CI unset, run all.
    """
    name = request.node.originalname
    is_slow = not request.module.__name__.endswith("own_engines")
    if (name in _GENERATED or (is_slow and name == "test_suite_case")) and IN_CI and PROFILE.name == "ci":
        at = request.node.callspec.indices
        if (at["case" if name == "test_suite_case" else "name"] + at["conformance_adapter"]) % 2:
            pytest.skip("CI runs every other slow check of the kit; CRITERIA_PROFILE=nightly runs all")
