"""The engines of a run are there, and have the versions that they are said to have."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Engines
from tests.engines import ENGINES
from tests.servers.versions import VERSION_VARIABLE
from tests.site.pages import ROOT


@pytest.mark.parametrize("name", ENGINES)
def test_the_version_is_the_one_asked_for(name: str, engines: Engines) -> None:
    """`python -m tests.servers.versions postgres-11` runs PostgreSQL 11, not another one that is installed."""
    wanted = os.environ.get(VERSION_VARIABLE)
    if not wanted:
        pytest.skip(f"for runs of `python -m tests.servers.versions`, which sets {VERSION_VARIABLE}")
    found = engines.get(name).version()
    assert f"{found}.".startswith(f"{wanted}."), f"{name} is {found}"


@pytest.mark.heavy("starts pytest")
@pytest.mark.parametrize(
    ("options", "status", "told"),
    [((), 0, "mariadb is missing. To get it: "), (("--engines=mariadb",), 1, "mariadb is missing: ")],
)
def test_an_engine_that_is_named_must_be_there(
    options: tuple[str, ...], status: int, told: str, tmp_path: Path
) -> None:
    """A missing engine is skipped, but a run with its name proves nothing without it, and fails."""
    unset = ("CI", "CRITERIA_MARIADB_FOLDER", "CRITERIA_MARIADB_URL", "PYTEST_XDIST_WORKER")
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    test = f"{Path(__file__).relative_to(ROOT)}::{test_the_version_is_the_one_asked_for.__name__}[mariadb]"
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, test],
        cwd=ROOT,
        env={**environment, "PATH": str(tmp_path), VERSION_VARIABLE: "10"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert run.returncode == status, run.stdout
    assert told in run.stdout
