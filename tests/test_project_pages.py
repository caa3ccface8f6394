"""The pages about the project name files that exist, and links in them lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.test_architecture import FLOORS

ROOT = Path(__file__).parent.parent

PAGES = (
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "RELEASING.md",
    "SECURITY.md",
    ".github/PULL_REQUEST_TEMPLATE.md",
    "docs/architecture.md",
)

FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))

PATH = re.compile(r"(?:\.?\w[\w.-]*/)+(?:[\w.-]+)?|\.?\w[\w-]*\.(?:md|py|toml|lark|yml)")
"""A folder, a file in one, or a file at the top: what is neither a command nor the name of a module."""

GENERATED = ("dist/", "criteria/grammar/")
"""What a build makes."""

BELOW = {"commands/": "criteria/cli/", "inputs/": "criteria/cli/", "reports/": "criteria/cli/"}
"""Folders that a page names inside the one that its sentence is about."""


def paths(page: str) -> Iterator[str]:
    """The paths between backticks."""
    text = re.sub(r"^ *```.*?^ *```", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for span in re.findall(r"`([^`\n]+)`", text):
        if PATH.fullmatch(span) and not span.startswith(GENERATED):
            yield BELOW.get(span, "") + span


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_paths_exist(page: str) -> None:
    """Each path that a page names is a file or folder of the repository."""
    assert [path for path in paths(page) if not (ROOT / path).exists()] == []


def test_paths_are_found() -> None:
    """The pattern sees the paths of the pages, and takes no command and no module for one."""
    assert len(set(paths("docs/architecture.md"))) > 50
    assert len(set(paths("CONTRIBUTING.md"))) > 4
    assert {"README.md", "criteria/cli/commands/", "tests/suite", ".ci/run"} < {
        path for page in PAGES for path in paths(page)
    }
    assert not any(PATH.fullmatch(text) for text in ("criteria.compile", "python -m build", "nox -s quick"))


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    """Each relative link names a page that exists, and a heading that is on it."""
    wrong = []
    for target in re.findall(r"\]\(([^)\s]+)\)", (ROOT / page).read_text(encoding="utf-8")):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        file = (ROOT / page).parent / name if name else ROOT / page
        if not file.is_file() or (anchor and anchor not in anchors(file.read_text(encoding="utf-8"))):
            wrong.append(target)
    assert wrong == []


def test_the_table_of_folders_is_the_order_of_imports() -> None:
    """docs/architecture.md lists the folders row by row as the test of the imports does."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    [table] = re.findall(r"^\| folder \| holds \|\n\|.*?\n(.*?)\n\n", page, re.MULTILINE | re.DOTALL)
    rows = [set(re.findall(r"`criteria/(\w+)(?:\.py|/)`", row.split("|")[1])) for row in table.splitlines()]
    assert [{"" if name == "__init__" else name for name in row} for row in rows] == list(FLOORS)


@pytest.mark.parametrize("form", FORMS, ids=lambda path: path.stem)
def test_issue_forms(form: Path) -> None:
    """A form has what the platform asks for, which would otherwise leave it out without a word."""
    content: dict[str, Any] = YAML(typ="safe", pure=True).load(form.read_text(encoding="utf-8"))
    assert set(content) == {"name", "description", "labels", "body"}
    fields = [one for one in content["body"] if one["type"] != "markdown"]
    assert {one["type"] for one in fields} <= {"textarea", "input"}
    assert len({one["id"] for one in fields}) == len(fields) > 2
    assert all(one["attributes"]["label"] for one in fields)


def test_programs_without_an_installation_name_the_extra() -> None:
    """`uvx` and `pipx` install what they are told: without the extra `cli` the command cannot run."""
    text = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    sources = re.findall(r"`(?:uvx --from|pipx run --spec) (\S+) ", text)
    assert len(sources) == 2
    assert all(source.endswith('[cli]"') for source in sources)
