"""Importing the library is light and quiet."""

from __future__ import annotations

import subprocess
import sys

import pytest


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A Python of its own."""
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True)


def test_import_loads_no_engine() -> None:
    """import criteria loads neither Lark nor SQLGlot nor BSON: they come with the first use."""
    listing = run("-X", "importtime", "-c", "import criteria").stderr
    modules = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in listing.splitlines()}
    assert "criteria" in modules
    assert modules.isdisjoint({"lark", "sqlglot", "bson", "pymongo", "typer", "rich"})


@pytest.mark.parametrize("optimised", [[], ["-O"], ["-OO"]], ids=["plain", "-O", "-OO"])
def test_import_and_use_leave_no_warnings(optimised: list[str]) -> None:
    """Import and first use give no warning, nor do they need assertions or docstrings."""
    program = (
        "import criteria; q = criteria.parse('{\"a\": 1}');"
        "print(criteria.compile(q, 'python').filter([{'a': 1}, {'a': 2}]))"
    )
    done = run("-W", "error", "-X", "dev", *optimised, "-c", program)
    assert done.stdout.strip() == "[{'a': 1}]"
    assert done.stderr == ""


def test_every_public_name_is_there() -> None:
    """The names of __all__ exist, are documented, and are all that a star import brings."""
    import criteria

    for name in criteria.__all__:
        assert getattr(criteria, name).__doc__
    names: dict[str, object] = {}
    exec("from criteria import *", names)  # noqa: S102
    assert set(names) - {"__builtins__"} == set(criteria.__all__)
