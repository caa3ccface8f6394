"""The extras install what the code imports."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent.parent

DISTRIBUTIONS = {"ruamel": "ruamel.yaml", "bson": "pymongo"}
"""Distributions whose modules have another name."""

OPTIONAL = {
    "criteria/cli": {
        "duckdb",
        "lark",
        "msgspec",
        "narwhals",
        "polars",
        "pyarrow",
        "pyspark",
        "sqlglot",
        "tomllib",
        "zstandard",
    },
    "criteria/sqlalchemy": {"sqlglot"},
    "criteria/fastapi": {"pydantic_core", "starlette"},
    "criteria/django": {"asgiref", "django_filters", "drf_spectacular", "rest_framework"},
    "criteria/pydantic": {"pydantic_core"},
    "criteria/web": {"anyio", "bson", "msgspec", "pydantic_core"},
}
"""Packages that a folder can do without, that other extras install, or that come with what its own extra installs."""


def imported(folder: Path) -> Iterator[str]:
    """The top-level names of the modules that the files of a folder import."""
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.partition(".")[0]


@pytest.mark.parametrize("folder", OPTIONAL)
def test_an_extra_installs_what_its_folder_imports(folder: str) -> None:
    """A package that a folder imports and no extra of that name installs would be missing on a new machine."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    required = " ".join(project["optional-dependencies"][Path(folder).name])
    names = set(imported(ROOT / folder)) - set(sys.stdlib_module_names) - {"criteria"} - OPTIONAL[folder]
    assert [name for name in sorted(names) if DISTRIBUTIONS.get(name, name) not in required] == []
