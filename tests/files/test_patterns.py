"""Patterns of paths name each file once, and end where links lead in circles."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from criteria.cli.inputs.patterns import matches, matches_or_holds
from criteria.files.patterns import expanded
from tests.cli.running import run

FILES = ["q.json", ".h.json", "x/q.json", "x/y/z.json", "x/.h/k.json", "w/[a].json", "w/b.json"]

EXPECTED = {
    "*.json": ["q.json"],
    ".*.json": [".h.json"],
    "**/*.json": ["q.json", "w/[a].json", "w/b.json", "x/q.json", "x/y/z.json"],
    "**/**/**/*.json": ["q.json", "w/[a].json", "w/b.json", "x/q.json", "x/y/z.json"],
    "./*.json": ["./q.json"],
    "*/": ["w/", "x/"],
    "x/**": ["x", "x/q.json", "x/y", "x/y/z.json"],
    "x/**/z.json": ["x/y/z.json"],
    "x/../*.json": ["x/../q.json"],
    "x/.h/*": ["x/.h/k.json"],
    "w/[[]a].json": ["w/[a].json"],
    "?/q.json": ["x/q.json"],
    "nothing/*": [],
    "nothing*/**": [],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of files, as the current one."""
    for name in FILES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("pattern", EXPECTED)
def test_a_pattern_is_expanded(folder: Path, pattern: str) -> None:
    assert [path.replace(os.sep, "/") for path in expanded(pattern)] == EXPECTED[pattern]


def test_an_absolute_pattern_is_expanded(folder: Path) -> None:
    assert expanded(f"{folder}/**/y/*") == [f"{folder}/x/y/z.json"]


@pytest.fixture
def circle(folder: Path) -> Path:
    """The same folder, with links to itself and to a file."""
    try:
        for name in ("a", "b"):
            os.symlink(".", folder / name)
        os.symlink("q.json", folder / "r.json")
    except OSError:
        pytest.skip("this system makes no links: run it on Linux or macOS")
    return folder


def test_links_in_circles_have_an_end(circle: Path) -> None:
    """`**` follows no link to a folder, and each file is there once."""
    assert expanded("**/*.json") == EXPECTED["**/*.json"]
    assert expanded(f"{'*/' * 24}q.json") == [f"{'a/' * 24}q.json", f"{'a/' * 23}x/q.json"]
    assert expanded("*.json") == ["q.json"]


def test_records_of_links_in_circles_are_counted_once(circle: Path) -> None:
    assert run("filter", "{}", "**/q.json", "--format", "ndjson", "--count").text == "2\n"
    checked = run("check", "**/*.json", "--output-format", "json")
    assert checked.code == 0, checked.err
    assert run("fmt", "--check", "**/*.json").err.startswith("5 files, ")


def test_a_pattern_of_a_configuration_is_matched_in_polynomial_time() -> None:
    """Neighbouring `**` are one, and each part of a path is compared once with each part of a pattern."""
    parts = ["a"] * 200
    assert not matches(parts, "**/" * 60 + "b")
    assert not matches(parts, "**/a/" * 60 + "b")
    assert matches(parts, "**/a/" * 60 + "a")
    assert not matches_or_holds(parts, "**/*/" * 60 + "b")


@pytest.mark.parametrize(
    ("pattern", "path", "is_matched"),
    [
        ("**", "", False),
        ("**", "a", True),
        ("a/**", "a", False),
        ("a/**", "a/b/c", True),
        ("**/a", "a", True),
        ("**/**/a", "b/a", True),
        ("**/a/**", "b/a", False),
        ("**/a/**", "a/a/a", True),
        ("*/a", "a", False),
        ("./a*", "ab", True),
    ],
)
def test_a_pattern_of_a_configuration(pattern: str, path: str, is_matched: bool) -> None:
    assert matches([part for part in path.split("/") if part], pattern) is is_matched


def test_a_configuration_of_many_folders_is_read(folder: Path) -> None:
    deep = Path(*["a"] * 20)
    deep.mkdir(parents=True)
    (deep / "q.json").write_text("{}")
    Path("criteria.toml").write_text(f"[[files]]\ninclude = {json.dumps(['**/' * 30 + 'b'])}\n")
    assert run("check").code == 2
