"""Reads and writes results as JSON, to compare two runs."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.harness import Group
from benchmarks.targets import TARGETS, Figure

PACKAGES = ("criteria-engine", "lark", "sqlglot", "cql2", "fastjsonschema", "jsonschema", "mongomock", "mongoquery",
            "odata-query", "polars", "pydantic", "pygeofilter", "rule-engine", "SQLAlchemy")  # fmt: skip


def save(path: Path, figures: Mapping[str, Figure], groups: Sequence[Group]) -> None:
    """Writes the results of a run to a file, with the reason for each missing one, and durations as measured, too."""
    rows = [
        {
            **asdict(target),
            "figure": target.value(figures[target.key]),
            "measured": target.measured(figures[target.key]),
        }
        for target in TARGETS
        if target.key in figures
    ]
    document: dict[str, Any] = {
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "versions": {name: found for name in PACKAGES if (found := _version(name))},
        "figures": rows,
        "groups": [asdict(group) for group in groups],
    }
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def figures_of(path: Path) -> dict[str, Figure]:
    """The figures of a file of results, by target key."""
    document = json.loads(path.read_text(encoding="utf-8"))
    return {row["key"]: row["figure"] for row in document["figures"]}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
