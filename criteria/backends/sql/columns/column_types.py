"""`ColumnTypes`: the types of columns of one engine, and what each of them holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import NamedTuple

from criteria.backends.sql.codec import Codec
from criteria.backends.sql.fit import Fit, Unfit
from criteria.schema.field import Field, FieldType
from criteria.tables.column import Column


class ColumnType(NamedTuple):
    """A column's type, taken apart: `DECIMAL` with the sizes 12 and 2 for `numeric(12,2)`.

    `name` is None for types that the library does not know. `is_list`: an array of the named type.
    """

    name: str | None
    sizes: tuple[int, ...] = ()
    is_list: bool = False


MAX_SIZE = 999_999_999
"""A size that no engine's type exceeds. SQLite takes any text for a type, and so does DDL."""


def sizes_of(words: Iterable[str]) -> tuple[int, ...]:
    """The numbers among the words in the parentheses of a type; larger ones are `MAX_SIZE`."""
    return tuple(_size(word.lstrip("0")) for word in words if word.isascii() and word.isdigit())


def _size(digits: str) -> int:
    return MAX_SIZE if len(digits) > 9 else int(digits or 0)


Decide = Callable[[Field, Column, ColumnType], Fit]
"""Decides whether a column of a known type stores the values of a field."""


@dataclass(frozen=True, slots=True)
class ColumnTypes:
    """The types of columns of one engine.

    - `read_type`: takes the engine's words apart.
    - `scalars`: for each type of column, the field types that it may hold.
    - `document`: what holds nested fields, and lists if the engine has no arrays: JSON columns.
    - `lists`: takes how an element is stored, and returns how an array of them is; None if the engine has no arrays.
    - `remedies`: what to do instead, for pairs that people will try.
    - `element_remedies`: the same for arrays, by the type of their elements.
    """

    read_type: Callable[[Column], ColumnType]
    scalars: Mapping[str, Mapping[FieldType, Decide]]
    document: Callable[[Field, Column, ColumnType], Fit]
    remedies: Mapping[str, Mapping[FieldType, str]]
    lists: Callable[[Codec, ColumnType], Codec] | None = None
    element_remedies: Mapping[str, Mapping[FieldType, str]] = dataclass_field(default_factory=dict)

    def fit(self, field: Field, column: Column) -> Fit:
        """How a column stores the values of a field, or why it cannot."""
        kind = self.read_type(column)
        if field.is_list and not field.is_nested and self.lists is not None and kind.is_list:
            element = self._element(field, column, kind._replace(is_list=False))
            return element if isinstance(element, Unfit) else self.lists(element, kind)
        if field.is_list or field.is_nested:
            return self.document(field, column, kind)
        held = self.held_by(kind)
        if field.field_type not in held:
            return self._unfit(field, column, kind)
        return held[field.field_type](field, column, kind)

    def held_by(self, kind: ColumnType) -> Mapping[FieldType, Decide]:
        """What a type of column may hold: nothing, if the library does not know it."""
        return {} if kind.name is None or kind.is_list else self.scalars.get(kind.name, {})

    def _element(self, field: Field, column: Column, kind: ColumnType) -> Fit:
        held = self.held_by(kind)
        if field.field_type in held:
            return held[field.field_type](field, column, kind)
        reason = f"does not hold lists of type {field.field_type.value}"
        remedies = self.element_remedies.get(kind.name or "", {})
        if field.field_type in remedies:
            return Unfit(reason, remedies[field.field_type])
        if not held:
            return Unfit(reason, "Leave the field out, or query a view that casts the column.")
        return Unfit(reason, f"Its elements fit fields of type {_listed(held)}.")

    def _unfit(self, field: Field, column: Column, kind: ColumnType) -> Unfit:
        reason = f"does not hold values of type {field.field_type.value}"
        remedies = self.remedies.get(kind.name or "", {})
        if field.field_type in remedies:
            return Unfit(reason, remedies[field.field_type])
        held = [
            one for one, decide in self.held_by(kind).items() if not isinstance(decide(_some(one), column, kind), Unfit)
        ]
        if not held:
            return Unfit(reason, "Leave the field out, or query a view that casts the column.")
        return Unfit(reason, f"The column fits fields of type {_listed(held)}.")


def _some(field_type: FieldType) -> Field:
    """A field of a type with the declarations that a column may need."""
    is_decimal, is_instant = field_type is FieldType.DECIMAL, field_type is FieldType.DATE_TIME
    return Field(
        "some",
        field_type,
        object_entity_type="other" if field_type is FieldType.OBJECT_REF else None,
        precision=15 if is_decimal else 6 if is_instant else None,
        scale=5 if is_decimal else None,
        time_zone="UTC" if is_instant else None,
    )


def _listed(field_types: Iterable[FieldType]) -> str:
    return " or ".join(one.value for one in field_types)


def always(codec: Codec) -> Decide:
    """The same codec for every field and column of a pair of types."""
    return lambda field, column, kind: codec


def each(names: Iterable[str], held: Mapping[FieldType, Decide]) -> Mapping[str, Mapping[FieldType, Decide]]:
    """The same row of a table for several types of columns."""
    return dict.fromkeys(names, held)
