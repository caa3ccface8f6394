"""Fields that cannot be in one schema: by their names, or by the columns that hold them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from criteria.errors import Problem
from criteria.messages import quoted
from criteria.schema.field import Field


def conflicts(fields: Sequence[Field], pointers: Sequence[str]) -> Iterator[Problem]:
    """The problems of fields with the same name, in the same column, or one inside the other; at the later field."""
    taken = Taken({one.name for one, pointer in zip(fields, pointers, strict=True) if not pointer})
    for one, pointer in zip(fields, pointers, strict=True):
        problem = taken.problem(one, pointer)
        if problem is not None:
            yield problem
        taken.add(one)


class Taken:
    """The names and columns that fields have taken. `system` are the names of system properties."""

    def __init__(self, system: Collection[str] = ()) -> None:
        self._system = system
        self._names: set[str] = set()
        self._objects: set[str] = set()
        self._columns: dict[str, Field] = {}
        self._homes: dict[str, str] = {}

    def add(self, one: Field) -> None:
        """Takes the name and the column of a field."""
        self._names.add(one.name)
        self._objects |= _outer(one)
        self._columns.setdefault(one.column, one)
        if one.is_nested:
            self._homes.setdefault(one.path[0], one.column)

    def problem(self, one: Field, pointer: str) -> Problem | None:
        """The problem of a field beside those that were added; None if it can be there."""
        other = self._columns.get(one.column)
        is_shared = other is not None and one.is_nested and other.is_nested and one.path[0] == other.path[0]
        home = self._homes.get(one.path[0], one.column) if one.is_nested else one.column
        hint = None
        if one.name in self._names and one.name in self._system:
            message = f"{quoted(one.name)} is a system property, which every schema has by default."
            hint = 'Leave it out, or write "systemProperties": false (system_properties=False in Python).'
        elif one.name in self._names:
            message = f"There are two fields {quoted(one.name)}."
        elif one.name in self._objects or not self._names.isdisjoint(_outer(one)):
            message = f"{quoted(one.name)} is both a field and an object, or is inside a field."
        elif other is not None and not is_shared:
            message = f"{quoted(other.name)} and {quoted(one.name)} are both stored in column {quoted(one.column)}."
        elif home != one.column:
            message = f"{quoted(one.path[0])} is stored in two columns, {quoted(home)} and {quoted(one.column)}."
        else:
            return None
        return Problem("invalid_schema", message, pointer, hint=hint)


def _outer(one: Field) -> set[str]:
    """The objects that a field is inside."""
    return {".".join(one.path[:end]) for end in range(1, len(one.path))}
