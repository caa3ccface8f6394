"""What happens when an operator or a field type is added and nothing else: each place is named, and none guesses.

The tests work on a copy of the library in which a toy was added to the enumeration, to its kind and to the grammar, and
nowhere else.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from enum import Enum
from pathlib import Path

import pytest

from criteria.schema.field import FieldType
from criteria.tree.nodes import FOLDED, TEXT, Operator
from tests.test_architecture import modules
from tests.test_seams import subsets, tables

ROOT = Path(__file__).parent.parent

OPERATOR = (
    ("criteria/tree/nodes.py", '    CONTAINS = "$contains"\n', '    CONTAINS = "$contains"\n    TOY = "$toy"\n'),
    (
        "criteria/tree/nodes.py",
        "Operator.ENDS_WITH, Operator.CONTAINS]",
        "Operator.ENDS_WITH, Operator.CONTAINS, Operator.TOY]",
    ),
    ("grammar/criteria.lark", "endsWith|contains", "endsWith|contains|toy"),
)
"""What makes `$toy` a text operator: its name, its kind, its place in the grammar."""

TYPE = (("criteria/schema/field.py", '    GUID = "guid"\n', '    GUID = "guid"\n    TOY = "toy"\n'),)
"""What makes `toy` a field type: its name."""


def grown(folder: Path, changes: tuple[tuple[str, str, str], ...]) -> Path:
    """A copy of the library and of what checks it, with changes."""
    for name in ("criteria", "grammar", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    for name, old, new in changes:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text, f"{name} has no {old!r}"
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


def run(folder: Path, *arguments: str) -> str:
    """What a Python prints that imports the copy."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTEST_ADDOPTS": ""}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False).stdout


@pytest.fixture(scope="module")
def with_operator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library with a toy operator."""
    return grown(tmp_path_factory.mktemp("operator"), OPERATOR)


@pytest.fixture(scope="module")
def with_type(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library with a toy field type."""
    return grown(tmp_path_factory.mktemp("type"), TYPE)


FAULTS = "from tests.test_seams import *; print(*table_faults(), *subset_faults(), sep='\\n')"


@pytest.mark.nightly("copies of the library, a process for each table")
@pytest.mark.parametrize(
    ("thing", "whole", "key", "count"),
    [("operator", Operator, r"(?:Positive|ExactText|Text|)Operator", 5), ("type", FieldType, "FieldType", 10)],
    ids=["operator", "type"],
)
def test_each_table_and_subset_without_the_toy_is_named(
    thing: str, whole: type[Enum], key: str, count: int, request: pytest.FixtureRequest
) -> None:
    """The checks name every table over operators or field types, and every subset of them, that lacks the toy."""
    told = run(request.getfixturevalue(f"with_{thing}"), "-c", FAULTS).splitlines()
    expected = {
        f"{name}: add ['TOY'], remove []"
        for name, annotation, _ in tables()
        if re.match(rf"(?:Mapping|dict)\[{key},", annotation)
    }
    assert len(expected) > count
    assert expected - set(told) == set()
    assert forgotten_subsets(whole, told) == set()


def forgotten_subsets(whole: type[Enum], told: list[str]) -> set[str]:
    """The subsets of an enumeration that the checks did not name."""
    names = {name for name, _, of in subsets() if of is whole}
    return {name for name in names if not any(line.startswith(f'"{name}": ') for line in told)}


@pytest.mark.heavy("mypy on a copy of the library")
@pytest.mark.parametrize("thing", ["operator", "type"])
def test_each_match_without_the_toy_is_a_type_error(thing: str, request: pytest.FixtureRequest) -> None:
    """mypy names every module with a match over exact text operators, or over field types, that lacks the toy."""
    known = {f"Operator.{one.name}" for one in TEXT - FOLDED}, {f"FieldType.{one.name}" for one in FieldType}
    members = known[0] if thing == "operator" else known[1]
    folder = request.getfixturevalue(f"with_{thing}")
    told = run(folder, "-m", "mypy", "criteria", "--cache-dir", str(known_types(folder)))
    expected = {str(path.relative_to(ROOT)) for path in modules().values() if has_match(path, members)}
    assert len(expected) >= 5
    assert {path for path in expected if f"{path}:" not in told} == set()


def known_types(folder: Path) -> Path:
    """What mypy knows of other packages, if it has run here before."""
    cache = folder / ".mypy_cache"
    if (ROOT / ".mypy_cache").is_dir():
        shutil.copytree(ROOT / ".mypy_cache", cache)
    return cache


def has_match(path: Path, members: set[str]) -> bool:
    """Whether a module has a match over one of the members that ends in assert_never."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Match):
            named = {ast.unparse(inner.value) for inner in ast.walk(node) if isinstance(inner, ast.MatchValue)}
            if named & members and "assert_never" in ast.unparse(node.cases[-1]):
                return True
    return False


REFUSES_OPERATOR = """
import criteria
schema = criteria.Schema("s", [criteria.Field("a", "string")])
query = criteria.parse({"a": {"$toy": "x"}}, schema)
from criteria.backends.sql.dialects import DIALECTS
from importlib.util import find_spec
stores = [("qdrant", "qdrant_client"), ("lancedb", "lancedb")]
ways = [("python", {}), ("mongo", {}), ("frame", {})]
ways += [(name, {}) for name, package in stores if find_spec(package)]
ways += [("sql", {"dialect": name}) for name in DIALECTS]
for backend, options in ways:
    try:
        print(backend, options, "gave", criteria.compile(query, backend, **options))
    except criteria.CriteriaError as error:
        print(backend, options, sorted({problem.code for problem in error.problems}))
"""

REFUSES_TYPE = (
    REFUSES_OPERATOR.replace('"a", "string"', '"a", criteria.FieldType("toy")')
    .replace(
        'criteria.parse({"a": {"$toy": "x"}}, schema)',
        "criteria.Query(Comparison(schema.fields[-1], Operator.EQ, 'x'), schema)",
    )
    .replace(
        "import criteria\n",
        "import criteria\n"
        "from criteria.schema.field import DEFAULT_PRECISION\n"
        "from criteria.tree.nodes import Comparison, Operator\n"
        "DEFAULT_PRECISION[criteria.FieldType('toy')] = None  # the core has learned it, the backends have not\n",
        1,
    )
)


ON_FRAMES = """
import dask.dataframe
import pandas
import polars
from criteria.backends import frame as backend
frames = [polars.DataFrame({"a": ["x"]}), polars.LazyFrame({"a": ["x"]}), pandas.DataFrame({"a": ["x"]})]
frames.append(dask.dataframe.from_pandas(frames[-1], npartitions=1))
order_by = (criteria.SortKey(schema.fields[-1]),)
searches = [criteria.Search(query, (), None)]
if schema.fields[-1].field_type.value == "toy":
    searches.append(criteria.Search(criteria.parse({}, schema), order_by, None))
for one in frames:
    for ask in [lambda: backend.filter(one, query), *(lambda s=s: backend.search(one, s) for s in searches)]:
        try:
            print(type(one), "gave", ask())
        except criteria.CriteriaError as error:
            print(type(one), sorted({problem.code for problem in error.problems}), error.problems[0].message)
"""
"""Asks `query`, and orders by its field where the toy is a type, of frames directly: they are filtered without being
compiled for."""


@pytest.mark.heavy("a program on a copy of the library")
@pytest.mark.parametrize(("thing", "count"), [("operator", 8), ("type", 12)])
def test_frames_refuse_what_they_do_not_know(thing: str, count: int, request: pytest.FixtureRequest) -> None:
    """Filtering and searching a frame refuses a toy operator or type as unsupported, as compiling for frames does."""
    folder = request.getfixturevalue(f"with_{thing}")
    before = (REFUSES_OPERATOR if thing == "operator" else REFUSES_TYPE).split("from criteria.backends.sql.dialects")[0]
    lines = run(folder, "-c", before + ON_FRAMES).splitlines()
    refusal = "['unsupported'] Backend \"frame\" does not support " + ("$toy" if thing == "operator" else "type toy")
    assert [line for line in lines if refusal not in line] == []
    assert len(lines) == count


@pytest.mark.parametrize("thing", ["operator", "type"])
def test_every_backend_refuses_what_it_does_not_know(thing: str, request: pytest.FixtureRequest) -> None:
    """A backend that does not name an operator or a type refuses it as unsupported; none crashes, none guesses."""
    folder = request.getfixturevalue(f"with_{thing}")
    lines = run(folder, "-c", REFUSES_OPERATOR if thing == "operator" else REFUSES_TYPE).splitlines()
    assert len(lines) > 15
    assert [line for line in lines if not line.endswith("['unsupported']")] == []


def test_toys_are_new() -> None:
    """The toys are not yet in the library."""
    assert "toy" not in {kind.value for kind in FieldType} | {operator.value.strip("$") for operator in Operator}
