"""What has a schema: a `Schema`, a table, or a model of another adapter."""

from __future__ import annotations

from typing import Any, Protocol

from criteria.errors import CriteriaError, Problem
from criteria.schema.schema import Schema


class HasSchema(Protocol):
    """Anything with the attribute `schema`, such as a `Table`."""

    @property
    def schema(self) -> Schema:
        """The fields that queries may use."""
        ...


def schema_of(source: Any) -> Schema:
    """The schema of a source. Raises `CriteriaError` (`invalid_schema`) for a source that has none."""
    found = source if isinstance(source, Schema) else getattr(source, "schema", None)
    if isinstance(found, Schema):
        return found
    name = source.__name__ if isinstance(source, type) else f"a value of class {type(source).__name__}"
    hint = f"Use Schema.from_annotations({name}, ...)." if isinstance(source, type) else None
    raise CriteriaError(Problem("invalid_schema", f"Expected a Schema, found {name}.", hint=hint))
