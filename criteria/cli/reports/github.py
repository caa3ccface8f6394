"""Problems as the commands of a GitHub workflow, which shows them beside the changed lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from criteria import Problem
from criteria.cli.reports.findings import Checked, repository, worded
from criteria.messages import shown_name


def github_lines(checked: Sequence[Checked]) -> Iterator[str]:
    """One `::error` command for each problem. Paths are relative to the workspace of the workflow."""
    base = repository()
    for one in checked:
        for problem in one.problems:
            yield _command(shown_name(one.uri_path(base) or one.source.name), problem)


def _command(file: str, problem: Problem) -> str:
    properties = {"file": file, "line": problem.line, "col": problem.column, "title": problem.code}
    said = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value is not None)
    return f"::error {said}::{_data(worded(problem))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: object) -> str:
    return _data(str(value)).replace(":", "%3A").replace(",", "%2C")
