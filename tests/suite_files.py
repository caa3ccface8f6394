"""Reading the language-neutral suite, `tests/suite/*.json` (its README describes the format)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from criteria import Schema

FOLDER = Path(__file__).parent / "suite"

WITHOUT_SCHEMA = "without_schema"
"""The file whose cases have no schema."""


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


@dataclass(frozen=True, slots=True)
class PlainCase:
    """A case without a schema. `columns` says that the values under each name have one type, as in a column."""

    name: str
    records: tuple[dict[str, Any], ...]
    tests: tuple[dict[str, Any], ...]
    columns: bool

    def __str__(self) -> str:
        return self.name


def plain_cases() -> Iterator[PlainCase]:
    """The cases without a schema."""
    found = json.loads((FOLDER / f"{WITHOUT_SCHEMA}.json").read_text(encoding="utf-8"))
    for number, case in enumerate(found, 1):
        name = f"{WITHOUT_SCHEMA}-{number}"
        yield PlainCase(name, tuple(case["records"]), tuple(case["tests"]), case.get("columns", False))


def cases(*, refused: bool) -> Iterator[SuiteCase]:
    """The cases whose tests select records, or those whose tests are refused."""
    for path in sorted(FOLDER.glob("*.json")):
        if path.stem != WITHOUT_SCHEMA and (path.stem == "refused") is refused:
            for number, case in enumerate(json.loads(path.read_text(encoding="utf-8")), 1):
                yield SuiteCase(
                    f"{path.stem}-{number}",
                    Schema.from_json(case["schema"]),
                    tuple(case.get("records", ())),
                    tuple(case["tests"]),
                    case.get("otherKinds", False),
                )
