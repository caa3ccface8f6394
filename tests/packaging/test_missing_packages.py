"""What a module says where the package that it is for is not installed: which extra to install."""

from __future__ import annotations

import subprocess
import sys

import pytest

_WITHOUT = """
import sys
for name in sys.argv[1].split():
    sys.modules[name] = None
try:
    __import__(sys.argv[2])
except ModuleNotFoundError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("module", "packages", "extra"),
    [
        ("criteria.backends.frame", "narwhals", "frames"),
        ("criteria.django", "django", "django"),
        ("criteria.fastapi", "fastapi", "fastapi"),
        ("criteria.pydantic", "pydantic", "pydantic"),
        ("criteria.sqlalchemy", "sqlalchemy", "sqlalchemy"),
        ("criteria.web.starlette", "starlette anyio", "web"),
    ],
)
def test_the_extra_is_named(module: str, packages: str, extra: str) -> None:
    """In a process of its own, in which the packages cannot be imported."""
    command = [sys.executable, "-c", _WITHOUT, packages, module]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert f"{module} needs " in said
    assert f'pip install "criteria-engine[{extra}]"' in said
