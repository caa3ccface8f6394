"""What the README shows is what happens."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

from criteria.errors import CODES

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    """The fenced blocks of a kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_python_examples_do_what_they_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """The interactive examples, run one after the other, print what stands below them."""
    monkeypatch.chdir(ROOT)
    test = doctest.DocTestParser().get_doctest("\n".join(blocks("pycon")), {}, "README", "README.md", 0)
    report: list[str] = []
    runner = doctest.DocTestRunner()
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", ResourceWarning
        )  # the examples leave a file and a connection to the interpreter
        runner.run(test, out=report.append)
    assert runner.summarize(verbose=False).attempted > 15
    assert report == []


def commands() -> list[tuple[str, str]]:
    """The commands of the console examples, with what each prints."""
    found = []
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, printed = part.partition("\n")
            found.append((command, printed))
    return found


@pytest.mark.parametrize(("command", "printed"), commands())
def test_console_examples_print_what_they_show(command: str, printed: str) -> None:
    """Each command, run in the project's folder, prints what stands below it on standard output."""
    program, *arguments = shlex.split(command)
    assert program == "criteria"
    run = subprocess.run(
        [sys.executable, "-c", "from criteria.cli import main; main()", *arguments],
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert run.stdout == printed, run.stderr


def test_every_error_code_is_documented() -> None:
    """docs/errors.md lists exactly the codes that there are, with their meanings."""
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    assert dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", page, re.MULTILINE)) == CODES


def test_every_dialect_is_in_the_engines_table() -> None:
    """The README names each SQL dialect, and no other."""
    from criteria.backends.sql.dialects import DIALECTS

    [table] = re.findall(r"^\| engine \|.*?\n\n", README, re.MULTILINE | re.DOTALL)
    named: Any = set(re.findall(r'"(\w+)"', table)) - {"python", "mongo", "locale", "simple"}
    assert named == set(DIALECTS)
