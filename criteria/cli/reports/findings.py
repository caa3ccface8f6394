"""Checked files, and the formats of their problems."""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from criteria import Problem
from criteria.cli.reports.problems import Source
from criteria.messages import in_a_line


class ProblemFormat(str, Enum):
    """The formats of problems."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


class Checked(NamedTuple):
    """A file that was checked, and its problems; standard input may have no path."""

    source: Source
    path: Path | None
    problems: Sequence[Problem]

    def uri_path(self, base: Path) -> str | None:
        """The path of the file relative to a folder, with /; None if it is outside."""
        if self.path is None or not self.path.is_relative_to(base):
            return None
        return self.path.relative_to(base).as_posix()


def limited(checked: Sequence[Checked], most: int) -> list[Checked]:
    """The files with the first problems of all of them, at most so many together."""
    found = []
    for one in checked:
        found.append(one._replace(problems=one.problems[:most]))
        most -= len(found[-1].problems)
    return found


def repository() -> Path:
    """The folder that paths in reports are relative to: a workflow's workspace, or the current folder."""
    return Path(os.path.abspath(os.environ.get("GITHUB_WORKSPACE") or os.curdir))


def worded(problem: Problem) -> str:
    """The message of a problem, with its hint on a second line."""
    message = in_a_line(problem.message)
    return message if problem.hint is None else f"{message}\n{in_a_line(problem.hint)}"
