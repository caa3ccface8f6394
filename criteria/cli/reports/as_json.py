"""Problems as JSON: a list of objects that always have the same keys."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from criteria import Problem
from criteria.cli.reports.findings import Checked
from criteria.messages import in_a_line


def json_lines(checked: Sequence[Checked]) -> Iterator[str]:
    """The lines of a JSON array, with one problem per line. Missing attributes are null."""
    objects = [_object(one, problem) for one in checked for problem in one.problems]
    if not objects:
        yield "[]"
        return
    yield "["
    for index, text in enumerate(objects, 1):
        yield f"  {text}{',' if index < len(objects) else ''}"
    yield "]"


def _object(one: Checked, problem: Problem) -> str:
    found = {
        "file": one.source.shown,
        "line": problem.line,
        "column": problem.column,
        "code": problem.code,
        "message": problem.message,
        "hint": problem.hint,
        "pointer": problem.shown_pointer,
    }
    return in_a_line(json.dumps(found, ensure_ascii=False))
