"""The examples of a page in Markdown, and what they do."""

from __future__ import annotations

import doctest
import gc
import re
import shlex
import warnings
from pathlib import Path

ROOT = Path(__file__).parents[2]


def read(page: str) -> str:
    """The text of a page, by its place in the repository."""
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(text: str, kind: str) -> list[str]:
    """The fenced blocks of a kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def failed_sessions(page: str) -> tuple[int, list[str]]:
    """Runs the Python sessions of a page, one after the other: how many lines ran, and what was not as shown."""
    test = doctest.DocTestParser().get_doctest("\n".join(blocks(read(page), "pycon")), {}, page, page, 0)
    report: list[str] = []
    runner = doctest.DocTestRunner()
    with warnings.catch_warnings():
        # The examples leave a file and a connection to the interpreter.
        warnings.simplefilter("ignore", ResourceWarning)
        runner.run(test, out=report.append)
        gc.collect()
    return runner.summarize(verbose=False).attempted, report


def commands(page: str) -> list[tuple[list[str], str]]:
    """The arguments of each command that a page shows, and what it prints."""
    found = []
    for block in blocks(read(page), "console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, printed = part.partition("\n")
            program, *arguments = shlex.split(command)
            assert program == "criteria"
            found.append((arguments, printed))
    return found
