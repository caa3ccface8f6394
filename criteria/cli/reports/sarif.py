"""Problems as SARIF 2.1.0 (OASIS), which code scanning services read."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import criteria
from criteria import Problem
from criteria.cli.inputs.reading import is_yaml
from criteria.cli.reports.findings import Checked, repository, worded
from criteria.errors import CODES
from criteria.messages import in_lines

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_BASE = "%SRCROOT%"


def sarif_lines(checked: Sequence[Checked]) -> Iterator[str]:
    """The lines of a SARIF log with one run: a rule for each code that was found, a result for each problem."""
    base = repository()
    codes = sorted({problem.code for one in checked for problem in one.problems})
    run = {
        "tool": {"driver": {**_DRIVER, "rules": [_rule(code) for code in codes]}},
        "invocations": [{"executionSuccessful": True}],
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_BASE: {"uri": f"{base.as_uri()}/"}},
        "artifacts": [_artifact(one, base) for one in checked],
        "results": list(_results(checked, codes, base)),
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    yield in_lines(json.dumps(log, ensure_ascii=False, indent=2))


_DRIVER = {
    "name": "criteria",
    "fullName": "criteria check",
    "version": criteria.__version__,
    "semanticVersion": criteria.__version__,
}


def _rule(code: str) -> dict[str, Any]:
    return {
        "id": code,
        "name": "".join(map(str.capitalize, code.split("_"))),
        "shortDescription": {"text": CODES[code]},
        "defaultConfiguration": {"level": "error"},
    }


def _artifact(one: Checked, base: Path) -> dict[str, Any]:
    mime = "application/yaml" if is_yaml(one.source.name) else "application/json"
    return {"location": _location(one, base), "roles": ["analysisTarget"], "mimeType": mime}


def _location(one: Checked, base: Path) -> dict[str, Any]:
    path = one.uri_path(base)
    if path is not None:
        return {"uri": _quoted(path), "uriBaseId": _BASE}
    return {"uri": one.path.as_uri() if one.path else _quoted(one.source.name)}


def _quoted(name: str) -> str:
    """A name as a part of a URI: its bytes, which need not be UTF-8."""
    return quote(os.fsencode(name))


def _results(checked: Sequence[Checked], codes: Sequence[str], base: Path) -> Iterator[dict[str, Any]]:
    for index, one in enumerate(checked):
        lines = one.source.content.decode("utf-8", "replace").split("\n")
        seen: Counter[str] = Counter()
        for problem in one.problems:
            physical: dict[str, Any] = {"artifactLocation": {**_location(one, base), "index": index}}
            if problem.line is not None and problem.column is not None:
                physical["region"] = {"startLine": problem.line, "startColumn": problem.column}
            location: dict[str, Any] = {"physicalLocation": physical}
            if problem.shown_pointer:
                location["logicalLocations"] = [{"fullyQualifiedName": problem.shown_pointer}]
            mark = _line_hash(problem, lines)
            seen[mark] += 1
            yield {
                "ruleId": problem.code,
                "ruleIndex": codes.index(problem.code),
                "level": "error",
                "message": {"text": _message(worded(problem))},
                "locations": [location],
                "partialFingerprints": {"primaryLocationLineHash": f"{mark}:{seen[mark]}"},
            }


def _message(text: str) -> str:
    """A text as a message string, in which braces are doubled (SARIF 2.1.0, 3.11.5)."""
    return text.replace("{", "{{").replace("}", "}}")


def _line_hash(problem: Problem, lines: Sequence[str]) -> str:
    """Identifies a problem within its file, independently of lines added or removed before it."""
    line = lines[problem.line - 1].strip() if problem.line is not None and problem.line <= len(lines) else ""
    return hashlib.sha256(f"{problem.code}\0{line}".encode()).hexdigest()[:16]
