"""How the Python backend reads records: what they hold, and under which names (docs/language.md#records)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from criteria.errors import CriteriaError, Problem, quoted
from criteria.schema.field import Field
from criteria.values.loading import Lookups, Records, check_lookups, check_records, loader, member

By = Literal["name", "column"]
"""What records call a field: its name, or its column, as rows and the objects of an ORM do."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The options `records`, `by` and `lookups`. Raises `CriteriaError` (`unknown_option`)."""

    records: Records = "typed"
    by: By = "name"
    lookups: Lookups = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_records(self.records)
        if self.by not in get_args(By):
            hint = 'Use "name" or "column".'
            raise CriteriaError(Problem("unknown_option", f"Fields are not found by {quoted(self.by)}.", hint=hint))
        check_lookups(self.lookups)

    def path(self, one: Field) -> tuple[str, ...]:
        """The keys or attributes that lead to a field's value."""
        return one.path if self.by == "name" else (one.column, *one.path[1:])

    def value(self, one: Field) -> Callable[[Any], Any]:
        """The function that reads a record's value of a field: None when it is empty, or of another type."""
        path, load = self.path(one), loader(one, self.records)

        def value(record: Any) -> Any:
            for segment in path:
                record = member(record, segment)
            return load(record)

        return value
