"""The tests run in the folder of the examples, as the examples in the help do."""

from __future__ import annotations

import pytest

from tests.cli.running import EXAMPLES


@pytest.fixture(autouse=True)
def _in_the_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(EXAMPLES)
    for name in ("NO_COLOR", "FORCE_COLOR", "GITHUB_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
