"""The report of a run: what conforms, what does not, what was left out and why."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import criteria
from criteria.conformance.suite import every_test
from criteria.conformance.suite_files import version
from criteria.text.markdown import literal


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
    """The checks of one engine, its version, its unsupported marks with their reasons, the cases left out by mark, and
    the tests of `Suite` that passed, or that need what the engine declares as unsupported."""

    version: str
    unsupported: Mapping[str, str]
    checks: dict[str, CheckCounts] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    proved: set[tuple[str, str]] = field(default_factory=set)

    def add(self, counts: Mapping[str, Any]) -> None:
        """Adds the counts of one test."""
        self.checks.setdefault(counts["check"], CheckCounts()).add(counts)
        self.left_out.update(counts["left_out"])
        if counts["outcome"] == "passed" or counts["is_beyond"]:
            self.proved.add((counts["check"], counts["test"]))

    @cached_property
    def all(self) -> frozenset[tuple[str, str]]:
        """The tests of `Suite`."""
        return frozenset(every_test())

    @property
    def failed(self) -> int:
        """How many tests failed."""
        return sum(one.failed for one in self.checks.values())

    @property
    def conforms(self) -> bool:
        """Whether every test of `Suite` passed, or needs what the engine declares as unsupported, and none failed."""
        return not self.failed and self.proved >= self.all

    @property
    def verdict(self) -> str:
        """`conforms`, `does not conform` if a test failed, or `not proved` if some did not run."""
        return "conforms" if self.conforms else "does not conform" if self.failed else "not proved"

    @property
    def verdict_and_count(self) -> str:
        """The verdict with the number of tests that it rests on, unless all do."""
        if self.conforms:
            return self.verdict
        if self.failed:
            return f"{self.verdict}, {self.failed} tests failed"
        return f"{self.verdict}, {len(self.proved & self.all)} of {len(self.all)} checks"


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
            engine.add(one)
        return cls(dict(sorted(engines.items())))

    @property
    def failed(self) -> int:
        """How many tests failed on any engine."""
        return sum(engine.failed for engine in self.engines.values())

    def lines(self) -> Iterator[str]:
        """One line for each engine, and one for each mark that it does not support."""
        for name, engine in self.engines.items():
            queries = sum(one.queries for one in engine.checks.values())
            yield f"{_titled(name, engine)}: {engine.verdict_and_count}, {queries:,} queries"
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
                    "verdict": engine.verdict,
                    "provedTests": len(engine.proved & engine.all),
                    "allTests": len(engine.all),
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
            lines += [f"## {literal(_titled(name, engine))}: {engine.verdict_and_count}", ""]
            lines += ["| check | passed | failed | skipped | queries | records |", "|---|---|---|---|---|---|"]
            for check, one in engine.checks.items():
                numbers = (one.passed, one.failed, one.skipped, one.queries, one.records)
                lines.append(
                    f"| {literal(check.replace('_', ' '))} | {' | '.join(f'{number:,}' for number in numbers)} |"
                )
            if engine.unsupported:
                lines += ["", "| unsupported | reason | cases left out |", "|---|---|---|"]
                for mark, why in engine.unsupported.items():
                    lines.append(f"| {literal(mark)} | {literal(why)} | {engine.left_out[mark]} |")
            lines.append("")
        return "\n".join(lines)

    def write(self, path: str) -> None:
        """Writes the report to a file: JSON if its name ends in .json, else Markdown."""
        text = json.dumps(self.to_json(), indent=2) + "\n" if path.endswith(".json") else self.to_markdown()
        Path(path).write_text(text, encoding="utf-8")


def _titled(name: str, engine: EngineCounts) -> str:
    return f"{name} {engine.version}".rstrip()
