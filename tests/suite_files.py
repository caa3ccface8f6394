"""Reading the language-neutral suite, `tests/suite/*.json` (its README describes the format)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from criteria import Schema

FOLDER = Path(__file__).parent / "suite"


@dataclass(frozen=True, slots=True)
class SuiteCase:
    """One case of a suite file: a schema, records, and tests on them."""

    name: str
    schema: Schema
    records: tuple[dict[str, Any], ...]
    tests: tuple[dict[str, Any], ...]
    other_kinds: bool

    def __str__(self) -> str:
        return self.name


def cases(*, refused: bool) -> Iterator[SuiteCase]:
    """The cases whose tests select records, or those whose tests are refused."""
    for path in sorted(FOLDER.glob("*.json")):
        if (path.stem == "refused") is refused:
            for number, case in enumerate(json.loads(path.read_text(encoding="utf-8")), 1):
                yield SuiteCase(
                    f"{path.stem}-{number}",
                    Schema.from_json(case["schema"]),
                    tuple(case.get("records", ())),
                    tuple(case["tests"]),
                    case.get("otherKinds", False),
                )
