"""The example on SQLAlchemy's mapped classes, with its own tests."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.conftest import require

ROOT = Path(__file__).parents[2]


@pytest.mark.heavy("a process of its own")
def test_the_tests_of_the_example_pass() -> None:
    """In a process of its own, as its reader runs them. It has fewer than 150 lines."""
    folder = ROOT / "examples" / "fastapi_sqlalchemy"
    assert sum(len(path.read_text(encoding="utf-8").splitlines()) for path in folder.glob("*.py")) < 150
    is_old = int(version("sqlalchemy").split(".")[0]) < 2
    require("SQLAlchemy 2", 'pip install -e ".[test,orm-test]"' if is_old else None)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "4 passed" in done.stdout
