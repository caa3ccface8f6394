"""Only `criteria.django` knows Django."""

from __future__ import annotations

import ast

from tests.test_architecture import modules, statements

PACKAGES = {"asgiref", "django", "drf_spectacular", "rest_framework"}


def test_no_other_module_imports_django() -> None:
    """Not even inside a function."""
    importers = set()
    for name, path in modules().items():
        for statement, _ in statements(ast.parse(path.read_text(encoding="utf-8"))):
            named = [alias.name for alias in statement.names]
            targets = named if isinstance(statement, ast.Import) else [statement.module or ""]
            importers |= {name for target in targets if target.split(".")[0] in PACKAGES}
    assert importers
    assert {".".join(name.split(".")[:2]) for name in importers} == {"criteria.django"}
