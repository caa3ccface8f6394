"""What the page about files shows is what happens."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from criteria.files.formats import SUFFIXES, Format
from tests.cli.running import run

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")


def test_the_examples_print_what_they_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command of the page, run in the project's folder, prints what is shown below it."""
    monkeypatch.chdir(ROOT)
    blocks = re.findall(r"^```console\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    commands = [part.partition("\n") for block in blocks for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    assert commands
    for command, _, printed in commands:
        name, *arguments = shlex.split(command)
        outcome = run(*arguments)
        assert (name, outcome.text + outcome.err) == ("criteria", printed)


def test_the_table_of_formats_is_complete() -> None:
    """The page names every format with every end of a name that tells it."""
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*) \|", PAGE, re.MULTILINE)
    told = {suffix: name for name, suffixes in rows for suffix in re.findall(r"`(\.\w+)`", suffixes)}
    assert told == {suffix: found.value for suffix, found in SUFFIXES.items()}
    assert {found.value for found in Format} == set(told.values())
