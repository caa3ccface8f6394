"""What a test ran and what it left out. The plug-in adds the tallies up, and prints them at the end of the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

import pytest

from criteria import Schema
from criteria.conformance.marks import of_field, of_object_list, trimmed


class Tally:
    """The counts of one test.

    - `queries`, `records`: how many queries ran, on how many records in all.
    - `left_out`: the cases that the engine does not support, by mark.
    - `is_beyond`: whether the test was skipped because the engine declares that it does not support what it needs.
    """

    def __init__(self, unsupported: Mapping[str, str]) -> None:
        self.unsupported = unsupported
        self.queries = self.records = 0
        self.left_out: Counter[str] = Counter()
        self.is_beyond = False

    def ran(self, records: int) -> None:
        """Counts a query on a number of records."""
        self.queries += 1
        self.records += records

    def supports(self, needed: Collection[str], cases: int = 1) -> bool:
        """Whether an engine has what some cases need. If not, they are counted as left out."""
        beyond = sorted({*needed} & {*self.unsupported})
        for mark in beyond:
            self.left_out[mark] += cases
        return not beyond

    def need(self, needed: Collection[str], cases: int = 1) -> None:
        """Skips the test with the reasons if an engine lacks what its cases need."""
        if not self.supports(needed, cases):
            reasons = [f"{mark}: {self.unsupported[mark]}" for mark in sorted(needed) if mark in self.unsupported]
            self.is_beyond = True
            pytest.skip(f"unsupported, {'; '.join(reasons)}")

    def trimmed(self, schema: Schema) -> Schema:
        """The schema without the fields that an engine cannot hold; the test is skipped if no other field is left."""
        for needed in [*map(of_field, schema.fields), *map(of_object_list, schema.object_lists)]:
            for mark in needed & {*self.unsupported}:
                self.left_out[mark] += 1
        found = trimmed(schema, self.unsupported)
        if found is None:
            if len(schema.key) > 1:
                self.left_out["composite_key"] += 1
            self.is_beyond = True
            pytest.skip(f"Every field of the schema {schema.name} is unsupported: {dict(self.left_out)}")
        return found

    def to_json(self) -> dict[str, Any]:
        """The counts as decoded JSON, which pytest-xdist sends from a worker."""
        return {
            "queries": self.queries,
            "records": self.records,
            "left_out": dict(self.left_out),
            "is_beyond": self.is_beyond,
        }
