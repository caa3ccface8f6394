"""How the Python backend reads records: what they hold, and under which names (docs/language.md#records)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from criteria.errors import CriteriaError, Problem, quoted
from criteria.schema.field import Field
from criteria.values.loading import Records, check_records, loader, member

By = Literal["name", "column"]
"""What records call a field: its name, or its column, as rows and the objects of an ORM do."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The options `records` and `by`. Raises `CriteriaError` (`unknown_option`)."""

    records: Records = "typed"
    by: By = "name"

    def __post_init__(self) -> None:
        check_records(self.records)
        if self.by not in get_args(By):
            hint = 'Use "name" or "column".'
            raise CriteriaError(Problem("unknown_option", f"Fields are not found by {quoted(self.by)}.", hint=hint))

    def path(self, field: Field) -> tuple[str, ...]:
        """The keys or attributes that lead to a field's value."""
        return field.path if self.by == "name" else (field.column, *field.path[1:])

    def value(self, field: Field) -> Callable[[Any], Any]:
        """The function that reads a record's value of a field: None when it is empty, or of another type."""
        path, load = self.path(field), loader(field, self.records)

        def value(record: Any) -> Any:
            for segment in path:
                record = member(record, segment)
            return load(record)

        return value
