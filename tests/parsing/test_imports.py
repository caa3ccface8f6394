"""Importing the library is light and quiet."""

from __future__ import annotations

import subprocess
import sys

import pytest


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a program in a new Python."""
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True)


@pytest.mark.parametrize("program", ["import criteria", "from criteria import *"])
def test_import_loads_no_engine(program: str) -> None:
    """Importing the library and all its public names loads neither Lark nor SQLGlot nor BSON: first use does."""
    listing = run("-X", "importtime", "-c", program).stderr
    modules = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in listing.splitlines()}
    assert "criteria" in modules
    assert modules.isdisjoint({"lark", "sqlglot", "bson", "pymongo", "click", "rich"})


@pytest.mark.parametrize(
    ("program", "loaded"),
    [
        ("criteria.parse({'a': 1})", []),
        ("criteria.compile(criteria.parse({'a': 1}), 'python').filter([{'a': 1}])", []),
        ("criteria.compile(criteria.parse({'a': 1}), 'sql', dialect='sqlite')", ["sqlglot", "sqlglot.dialects.sqlite"]),
    ],
    ids=["parse", "python", "sql"],
)
def test_first_use_loads_what_it_needs(program: str, loaded: list[str]) -> None:
    """The first query of a process does not wait for Lark, and the first of a dialect for no other dialect."""
    watched = "lark sqlglot sqlglot.dialects.sqlite sqlglot.dialects.duckdb sqlglot.dialects.bigquery pydantic msgspec"
    code = f"import criteria, sys; {program}; print([name for name in {watched!r}.split() if name in sys.modules])"
    assert run("-c", code).stdout.strip() == repr(loaded)


@pytest.mark.parametrize(
    ("program", "needless"),
    [
        (
            "criteria.parse('{\"a\": 1}')",
            ["criteria.parsing.diagnose", "criteria.text.json_problems", "criteria.search"],
        ),
        (
            "criteria.compile(criteria.parse({'a': 1}), 'sql', dialect='postgres')",
            [
                "criteria.search.cursor", "criteria.search.key_values", "criteria.tables.table", "hmac",
                "criteria.backends.sql.search", "criteria.backends.sql.storage", "criteria.backends.sql.columns",
                "criteria.backends.sql.mysql",
            ],
        ),
        (
            "criteria.Search(criteria.parse({'a': 1})).page([{'a': 1}]).next_cursor",
            ["criteria.search.cursor", "criteria.search.key_values"],
        ),
        (
            "criteria.storage(criteria.Schema('a', [criteria.Field('b', 'integer')]), 'sqlite')",
            ["criteria.backends.sql.search", "criteria.backends.sql.columns", "criteria.tables.table"],
        ),
    ],
    ids=["parse", "condition", "page", "storage"],
)  # fmt: skip
def test_first_use_loads_no_more_than_it_needs(program: str, needless: list[str]) -> None:
    """A query waits for nothing that words refusals, a condition for nothing that searches or reads tables, and a page
    without a key for nothing that makes cursors."""
    code = f"import criteria, sys; {program}; print([name for name in {needless!r} if name in sys.modules])"
    assert run("-c", code).stdout.strip() == "[]"


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


def test_public_names_can_be_inspected() -> None:
    """In a new Python, dir() and type hints work, and a missing name raises AttributeError."""
    program = (
        "import criteria, typing\n"
        "assert set(criteria.__all__) <= set(dir(criteria))\n"
        "assert not hasattr(criteria, 'nothing')\n"
        "for name in criteria.__all__:\n"
        "    if name not in ('backends', 'tables'):\n"
        "        typing.get_type_hints(getattr(criteria, name))\n"
        "typing.get_type_hints(criteria.Schema.from_json)\n"
    )
    assert run("-W", "error", "-c", program).stderr == ""
