"""The report of a run: what conforms, what does not, what was left out and why."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import criteria
from criteria.conformance.suite_files import version


@dataclass
class CheckCounts:
    """The tests of one check on one engine, by outcome, with the queries that ran and the records that they ran on."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    queries: int = 0
    records: int = 0

    def add(self, counts: Mapping[str, Any]) -> None:
        """Adds the counts of one test."""
        outcome = counts["outcome"]
        setattr(self, outcome, getattr(self, outcome) + 1)
        self.queries += counts["queries"]
        self.records += counts["records"]


@dataclass
class EngineCounts:
    """The checks of one engine, its version, its unsupported marks with their reasons, and the cases left out by
    mark."""

    version: str
    unsupported: Mapping[str, str]
    checks: dict[str, CheckCounts] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def conforms(self) -> bool:
        """Whether no test failed."""
        return not any(one.failed for one in self.checks.values())


@dataclass
class Report:
    """The counts of a run by engine."""

    engines: dict[str, EngineCounts]

    @classmethod
    def of(cls, counts: Iterable[Mapping[str, Any]]) -> Report:
        """The report of the counts of all tests."""
        engines: dict[str, EngineCounts] = {}
        for one in counts:
            engine = engines.setdefault(one["engine"], EngineCounts(one["version"], one["unsupported"]))
            engine.checks.setdefault(one["check"], CheckCounts()).add(one)
            engine.left_out.update(one["left_out"])
        return cls(dict(sorted(engines.items())))

    def lines(self) -> Iterator[str]:
        """One line for each engine, and one for each mark that it does not support."""
        for name, engine in self.engines.items():
            queries = sum(one.queries for one in engine.checks.values())
            failed = sum(one.failed for one in engine.checks.values())
            verdict = "conforms" if engine.conforms else f"does not conform, {failed} tests failed"
            yield f"{_titled(name, engine)}: {verdict}, {queries:,} queries"
            for mark, reason in engine.unsupported.items():
                yield f"    unsupported {mark}: {reason}; {engine.left_out[mark]} cases left out"

    def to_json(self) -> dict[str, Any]:
        """The report as decoded JSON, with the versions of the library and of the suite."""
        return {
            "criteria": criteria.__version__,
            "suite": version(),
            "engines": {
                name: {
                    "version": engine.version,
                    "conforms": engine.conforms,
                    "checks": {check: vars(counts) for check, counts in engine.checks.items()},
                    "unsupported": {
                        mark: {"reason": reason, "casesLeftOut": engine.left_out[mark]}
                        for mark, reason in engine.unsupported.items()
                    },
                }
                for name, engine in self.engines.items()
            },
        }

    def to_markdown(self) -> str:
        """The report as Markdown: a section for each engine."""
        lines = [f"# Conformance to the criteria language, suite {version()}, criteria {criteria.__version__}", ""]
        for name, engine in self.engines.items():
            lines += [f"## {_titled(name, engine)}: {'conforms' if engine.conforms else 'does not conform'}", ""]
            lines += ["| check | passed | failed | skipped | queries | records |", "|---|---|---|---|---|---|"]
            for check, one in engine.checks.items():
                numbers = (one.passed, one.failed, one.skipped, one.queries, one.records)
                lines.append(f"| {check.replace('_', ' ')} | {' | '.join(f'{number:,}' for number in numbers)} |")
            if engine.unsupported:
                lines += ["", "| unsupported | reason | cases left out |", "|---|---|---|"]
                lines += [f"| {mark} | {why} | {engine.left_out[mark]} |" for mark, why in engine.unsupported.items()]
            lines.append("")
        return "\n".join(lines)

    def write(self, path: str) -> None:
        """Writes the report to a file: JSON if its name ends in .json, else Markdown."""
        text = json.dumps(self.to_json(), indent=2) + "\n" if path.endswith(".json") else self.to_markdown()
        Path(path).write_text(text, encoding="utf-8")


def _titled(name: str, engine: EngineCounts) -> str:
    return f"{name} {engine.version}".rstrip()
