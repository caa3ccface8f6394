"""`Pair`: a type of column that people have, a field that fits it, and how programs write the field's values there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from criteria import Field, FieldType, Schema


def as_is(value: Any) -> Any:
    """The value that the driver takes as it is."""
    return value


@dataclass(frozen=True, slots=True)
class Pair:
    """A type of column and a field that fits it.

    - `column`: the type, as CREATE TABLE spells it, with its collation and the like.
    - `field_type`, `attributes`: those of the field.
    - `write`: takes a typed value, returns what a program that made the table gives to the driver.
    - `made`: takes a generated value, returns the one that rows have in its place.
    - `holds`: whether the column can hold a typed value; rows have null in the place of others.
    - `placeholder`: what INSERT has in the place of the value.
    - `before`: statements that the column's type needs.
    - `shown`: what the documentation calls the column; by default its type.
    """

    column: str
    field_type: FieldType
    attributes: dict[str, Any] = field(default_factory=dict)
    write: Callable[[Any], Any] = as_is
    made: Callable[[Any], Any] = as_is
    holds: Callable[[Any], bool] = lambda value: True
    placeholder: str = "?"
    before: tuple[str, ...] = ()
    shown: str = ""

    @property
    def name(self) -> str:
        """The pair as the name of a test."""
        return f"{self.column} as {self.field_type.value}{'[]' if self.attributes.get('is_list') else ''}"

    def schema(self) -> Schema:
        """A schema with a key and the field, whose column has another name."""
        key = Field("id", FieldType.INTEGER, is_unique=True, nullable=False)
        entity = "other" if self.field_type is FieldType.OBJECT_REF else None
        value = Field("value", self.field_type, object_entity_type=entity, column="written", **self.attributes)
        return Schema("foreign", [key, value], system_properties=False)
