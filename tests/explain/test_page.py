"""What docs/explain.md shows is what happens."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import criteria
from criteria.explanation import Reason
from criteria.explanation.assumptions import Assumptions
from tests.explain.conflicts import FIELDS
from tests.site.pages import failed_sessions

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "explain.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    """The fenced blocks of a kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def table(head: str) -> list[str]:
    """The first cells of a table, without their quotes."""
    [rows] = re.findall(rf"^\| {head} \|.*?\n\n", PAGE + "\n", re.MULTILINE | re.DOTALL)
    return re.findall(r"^\| `(\w+)` \|", rows, re.MULTILINE)


def test_every_block_is_tested() -> None:
    """There are no blocks but those that the tests of this file run."""
    assert len(re.findall(r"^```", PAGE, re.MULTILINE)) == 2 * (len(blocks("console")) + len(blocks("pycon")))
    assert len(blocks("console")) > 1
    assert len(blocks("pycon")) == 2


@pytest.mark.parametrize("block", blocks("console"))
def test_console_examples_print_what_they_show(block: str) -> None:
    """The command, run in the project's folder, prints what is shown below it."""
    command, _, printed = block.removeprefix("$ ").partition("\n")
    program, *arguments = shlex.split(command)
    assert program == "criteria"
    done = subprocess.run(
        [sys.executable, "-c", "from criteria.cli import main; main()", *arguments],
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.stdout == printed, done.stderr


def test_python_examples_do_what_they_show() -> None:
    """The interactive examples print what is shown below them."""
    attempted, report = failed_sessions("docs/explain.md")
    assert attempted > 5
    assert report == []


def test_every_reason_is_documented() -> None:
    """The tables list the reasons, and what findings rest on, with no other among them."""
    assert table("reason") == [reason.value for reason in Reason]
    assert tuple(table("rests on")) == Assumptions(True, True).rests_on


def test_every_key_is_documented() -> None:
    """The table of the JSON lists its keys, and names those of its parts."""
    source = {"AND": [{"a": {"$gt": 5}}, {"a": {"$lt": 3}}]}
    given = criteria.explain(criteria.parse(source, FIELDS), {"a": 1}).to_json()
    assert table("key") == list(given)
    parts = [given["fields"][0], given["findings"][0], given["tree"], given["tree"]["terms"][0]]
    assert {key for part in parts for key in part} <= set(re.findall(r"`(\w+)`", PAGE))
