"""The suite in another language: a small runner in JavaScript, with mingo as its engine."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import require

RUNNER = Path(__file__).parent.parent.parent / "examples" / "conformance" / "javascript"


@pytest.mark.heavy("needs Node.js")
def test_the_suite_runs_in_javascript() -> None:
    """Every case that JavaScript can hold passes, and what it leaves out is counted."""
    is_installed = (RUNNER / "node_modules" / "mingo").is_dir() and shutil.which("node") is not None
    how_to_get = "npm ci --prefix examples/conformance/javascript, with Node.js 20 or later"
    require("mingo", None if is_installed else how_to_get)
    command = ["node", str(RUNNER / "runner.mjs"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    report = json.loads(done.stdout)
    assert report["failed"] == []
    assert done.returncode == 0
    assert report["passed"] > 300
    assert report["leftOut"]["fields of type decimal"] > 200
    assert report["leftOut"]["references into other entities"] > 10
