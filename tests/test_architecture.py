"""How the modules of the library depend on each other: arrows point down, and there are no circles."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "criteria"

FLOORS = (
    {"messages", "limits", "cache"},
    {"errors"},
    {"text"},
    {"schema"},
    {"values"},
    {"tree"},
    {"parsing"},
    {"search", "tables"},
    {"backends", "explanation", "json_schema", "inference", "annotations"},
    {"files", "sqlalchemy", "web"},
    {"pydantic"},
    {"fastapi"},
    {"django"},
    {""},  # the package itself, with the public names
    {"cli", "conformance"},
    {"__main__"},
)
"""The folders and modules of the library, from the lowest up. What is on one floor does not import its neighbours."""

DOORS = {
    ("criteria.schema.schema", "criteria.schema.reading"),  # Schema.from_json
    ("criteria.schema.schema", "criteria.annotations.reading"),  # Schema.from_annotations
    ("criteria.schema.schema", "criteria.values.records"),  # Schema.decode, Schema.encode
    ("criteria.tables.table", "criteria.backends.sql.fitting"),  # Table.check
    ("criteria.tables.reflecting", "criteria.backends.sql.fitting"),  # reflect
    ("criteria.tables.reflecting", "criteria.backends.sql.verifying"),  # reflect, schema
    ("criteria.tables.document_collection", "criteria.backends.mongo.codecs"),  # Collection.check
    ("criteria.explanation.model", "criteria.explanation.as_json"),  # Explanation.to_json
}
"""Methods of a value that call what is built on that value. Each import is inside the method."""


def modules() -> dict[str, Path]:
    """Every module of the library by its name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def is_only_for_types(node: ast.AST) -> bool:
    """Whether a statement is `if TYPE_CHECKING:`."""
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def statements(node: ast.AST, is_lazy: bool = False) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """The import statements below a node that run, each with whether it is inside a function."""
    for child in ast.iter_child_nodes(node):
        if is_only_for_types(child):
            continue
        if isinstance(child, (ast.Import, ast.ImportFrom)):
            yield child, is_lazy
        yield from statements(child, is_lazy or isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)))


@cache
def arrows() -> frozenset[tuple[str, str, bool]]:
    """Each import of one module of the library by another: who, whom, and whether inside a function."""
    known, found = modules(), set()
    for name, path in known.items():
        for statement, is_lazy in statements(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(statement, ast.Import):
                targets = [alias.name for alias in statement.names]
            else:
                assert statement.level == 0, f"{name} has a relative import"
                of = statement.module or ""
                targets = [f"{of}.{alias.name}" if f"{of}.{alias.name}" in known else of for alias in statement.names]
            found |= {(name, target, is_lazy) for target in targets if target in known and target != name}
    return frozenset(found)


def room(module: str) -> str:
    """The folder of a module, or the module at the top level; of the package itself, nothing."""
    return f"{module}.".split(".")[1]


def floor(module: str) -> int:
    """The floor of a module."""
    return next(level for level, rooms in enumerate(FLOORS) if room(module) in rooms)


def test_every_folder_has_a_floor() -> None:
    """A new folder or top-level module has to be given its place."""
    found = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    assert (found - {"__init__"}) | {""} == set().union(*FLOORS)
    assert len(list(PACKAGE.glob("*.py"))) <= 6


def test_arrows_point_down() -> None:
    """No folder imports a higher one or a neighbour, not even inside a function, but through the doors listed above."""
    wrong = {
        (source, target)
        for source, target, _ in arrows()
        if source != "criteria" and floor(source) <= floor(target) and room(source) != room(target)
    }
    assert wrong <= DOORS


def test_doors_are_inside_functions() -> None:
    """Each exception is needed, and its import does not run when the module is loaded."""
    assert {(source, target, is_lazy) for source, target, is_lazy in arrows() if (source, target) in DOORS} == {
        (*door, True) for door in DOORS
    }


def test_no_circles() -> None:
    """No module imports itself by way of others, not even inside functions, but through the doors."""
    graph: dict[str, set[str]] = {name: set() for name in modules()}
    for source, target, _ in arrows():
        if (source, target) not in DOORS:
            graph[source].add(target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        pytest.fail(" -> ".join(circle.args[1]))


DIALECTS = {
    path.stem
    for path in (PACKAGE / "backends" / "sql").glob("*.py")
    if "= Dialect(" in path.read_text(encoding="utf-8")
}
"""The modules of criteria/backends/sql that hold a dialect."""


def test_no_dialect_imports_another() -> None:
    """What two SQL dialects share is in a module that is named after it."""
    assert len(DIALECTS) > 10
    for source, target, _ in arrows():
        both = {name.removeprefix("criteria.backends.sql.") for name in (source, target)}
        assert not both <= DIALECTS, (source, target)


def test_no_backend_imports_another() -> None:
    """Each backend depends on the core and on one library."""
    backends = ("python", "sql", "mongo", "frame", "qdrant", "lancedb")
    for source, target, _ in arrows():
        first, second = source.split("."), target.split(".")
        if first[1:2] == second[1:2] == ["backends"] and len(first) > 2 and len(second) > 2:
            assert not (first[2] in backends and second[2] in backends and first[2] != second[2]), (source, target)
