"""Reads the language-neutral suite, `tests/suite/*.json` (its README describes the format)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import criteria
from criteria import Page, Schema, Search

_PACKAGE = Path(__file__).parent
_FOLDERS = (_PACKAGE / "cases", _PACKAGE.parent.parent / "tests" / "suite")

FOLDER = next((folder for folder in _FOLDERS if folder.is_dir()), _FOLDERS[-1])
"""The folder of the suite: in a wheel inside the package, in a checkout among the tests."""

WITHOUT_SCHEMA = "without_schema"
"""The file whose cases have no schema."""

REFERENCES = "references"
"""The file whose cases have other entities."""


def version() -> str:
    """The version of the suite: the second number grows with new cases, the first when an answer changes."""
    return (FOLDER / "VERSION").read_text(encoding="utf-8").strip()


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

    def search(self, test: dict[str, Any]) -> Search:
        """The search of a test: all records, unless it has a limit or a skip."""
        query = criteria.parse(test["text"] if "text" in test else test["criteria"], self.schema)
        order = criteria.parse_order_by(test["orderBy"], self.schema) if "orderBy" in test else ()
        is_paged = "limit" in test or "skip" in test
        limit = test.get("limit", 10) if is_paged else None
        return Search(query, order, limit, test.get("skip", 0), test.get("getTotalCount", False))

    def fits(self, test: dict[str, Any], page: Page) -> bool:
        """Whether a page says of what follows and of the total what a test says."""
        return (
            test.get("hasMoreRecords", page.has_more_records) == page.has_more_records
            and test.get("totalCount") == page.total_count
        )


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


def reference_cases() -> Iterator[tuple[SuiteCase, dict[str, tuple[dict[str, Any], ...]]]]:
    """The cases with references that lead into other entities, each with the records of these by their names."""
    for number, case in enumerate(json.loads((FOLDER / f"{REFERENCES}.json").read_text(encoding="utf-8")), 1):
        entities = {name: Schema.from_json(one["schema"]) for name, one in case["entities"].items()}
        schema = Schema.from_json(case["schema"]).with_entities(entities)
        found = SuiteCase(f"{REFERENCES}-{number}", schema, tuple(case["records"]), tuple(case["tests"]), False)
        yield found, {name: tuple(one["records"]) for name, one in case["entities"].items()}


def cases(*, refused: bool) -> Iterator[SuiteCase]:
    """The cases whose tests select records, or those whose tests are refused."""
    for path in sorted(FOLDER.glob("*.json")):
        if path.stem not in (WITHOUT_SCHEMA, REFERENCES) and (path.stem == "refused") is refused:
            for number, case in enumerate(json.loads(path.read_text(encoding="utf-8")), 1):
                yield SuiteCase(
                    f"{path.stem}-{number}",
                    Schema.from_json(case["schema"]),
                    tuple(case.get("records", ())),
                    tuple(case["tests"]),
                    case.get("otherKinds", False),
                )
