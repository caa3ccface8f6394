"""Fields that cannot be in one schema: by their names, or by the columns that hold them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from criteria.errors import Problem, quoted
from criteria.schema.field import Field


def conflicts(fields: Sequence[Field], pointers: Sequence[str]) -> Iterator[Problem]:
    """The problems of fields with the same name, in the same column, or one inside the other; at the later field."""
    names: set[str] = set()
    objects: set[str] = set()
    columns: dict[str, Field] = {}
    homes: dict[str, str] = {}
    system = {one.name for one, pointer in zip(fields, pointers, strict=True) if not pointer}
    for one, pointer in zip(fields, pointers, strict=True):
        outer = {".".join(one.path[:end]) for end in range(1, len(one.path))}
        other = columns.setdefault(one.column, one)
        is_shared = one.is_nested and other.is_nested and one.path[0] == other.path[0]
        home = homes.setdefault(one.path[0], one.column) if one.is_nested else one.column
        if one.name in names and one.name in system:
            message = f"{quoted(one.name)} is a system property, which every schema has by default."
            hint = 'Leave it out, or write "systemProperties": false (system_properties=False in Python).'
            yield Problem("invalid_schema", message, pointer, hint=hint)
        elif one.name in names:
            yield Problem("invalid_schema", f"There are two fields {quoted(one.name)}.", pointer)
        elif one.name in objects or outer & names:
            message = f"{quoted(one.name)} is both a field and an object, or is inside a field."
            yield Problem("invalid_schema", message, pointer)
        elif other is not one and not is_shared:
            message = f"{quoted(other.name)} and {quoted(one.name)} are both stored in column {quoted(one.column)}."
            yield Problem("invalid_schema", message, pointer)
        elif home != one.column:
            message = f"{quoted(one.path[0])} is stored in two columns, {quoted(home)} and {quoted(one.column)}."
            yield Problem("invalid_schema", message, pointer)
        names.add(one.name)
        objects |= outer
