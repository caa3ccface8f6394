"""What the kit needs to know of an engine: how to store records, how to run a search, what is unsupported."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from criteria import CriteriaError, FieldType, Page, Problem, Schema, Search
from criteria.tree.nodes import Operator

FEATURES: Mapping[str, str] = {
    "lists": "list fields",
    "nested": "fields with a path into an object",
    "object_lists": "lists of objects",
    "references": "paths through references into other entities",
    "other_kinds": "values inside objects that have another JSON type than their field",
    "years": "days and instants before 1900 or after 2299",
    "microseconds": "dateTimes with six digits of a second",
    "names": "field names that need quoting",
    "composite_key": "a key of several fields",
    "order_by": "an order that the client names",
    "paging": "limit and skip",
    "total_count": "the number of all records that a query selects",
}
"""Abilities beside field types and operators that an engine may lack."""

MARKS: Mapping[str, str] = {
    **{kind.value: f"fields of type {kind.value}" for kind in FieldType},
    **{operator.value: f"the operator {operator.value}" for operator in Operator if operator.value},
    **FEATURES,
}
"""Every mark that `Adapter.unsupported` may have, and what it stands for."""


class Adapter(ABC):
    """One engine, as the kit sees it. The kit makes one adapter for each test class, and closes it at its end.

    - `name`: the engine's name in messages and reports.
    - `version`: the engine's version, for the report.
    - `unsupported`: what the engine cannot do: marks of `MARKS`, each with the reason. The kit leaves those cases out,
      counts and prints them, and checks that the adapter refuses each with an `unsupported` problem.
    """

    name: ClassVar[str]
    version: ClassVar[str] = ""
    unsupported: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    def insert(self, schema: Schema, records: Sequence[Mapping[str, Any]]) -> None:
        """Stores records, and removes all that were stored before.

        Records are decoded JSON (docs/language.md#records); each has an integer `id` of its own. Raises `CriteriaError`
        with an `unsupported` problem for a schema that the engine cannot hold.
        """

    @abstractmethod
    def run(self, search: Search) -> Page:
        """Runs a search on the stored records. The page's data are the ids of its records, in order.

        The fields of the search are those of the schema of the last `insert`. Raises `CriteriaError` with an
        `unsupported` problem for a search that the engine cannot run.
        """

    def insert_entities(self, schema: Schema, records: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        """Stores the records of other entities, to which those of the next `insert` refer.

        `schema.entities` has their schemas, `records` their records, both by the entity's name. The ids of the records
        are the values of the schema's key. An adapter without this method has the mark `references`.
        """
        raise CriteriaError(Problem("unsupported", f"{self.name} stores no other entities."))

    def index(self, schema: Schema) -> None:  # noqa: B027  an engine without indexes has nothing to do
        """Creates an index on each column and updates the engine's statistics, for the test with a large table."""

    def close(self) -> None:  # noqa: B027
        """Releases what the adapter holds."""


def unsupported_by(adapter: Adapter) -> Mapping[str, str]:
    """What an adapter declares as unsupported, and references if it has no `insert_entities`."""
    if "references" in adapter.unsupported or type(adapter).insert_entities is not Adapter.insert_entities:
        return adapter.unsupported
    return {**adapter.unsupported, "references": "the adapter stores no other entities"}


def check_marks(adapter: Adapter) -> None:
    """Raises `ValueError` for marks that do not exist, and for marks without a reason."""
    from difflib import get_close_matches

    for mark, reason in adapter.unsupported.items():
        if mark not in MARKS:
            near = get_close_matches(mark, MARKS, 1)
            meant = f" Did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"{adapter.name}: unsupported has no mark {mark!r}.{meant} There are: {', '.join(MARKS)}")
        if not reason:
            raise ValueError(f"{adapter.name}: unsupported[{mark!r}] needs a reason")
