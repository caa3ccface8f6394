"""`Relation`: rows of another model that belong to a row, and the fields that they add to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from criteria.schema.field import Field

if TYPE_CHECKING:
    from criteria.sqlalchemy.model import Model

_COPIED = ("description", "object_entity_type", "precision", "scale", "collation", "time_zone", "values")


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation of a mapped class.

    - `key`: the name of its attribute.
    - `model`: the model of the related class.
    - `is_many`: whether several rows may be related.
    - `may_be_many`: whether several rows may be related although the class has one of them: nothing but the primary key
      tells that one row is the only one.
    - `tables`: how many tables lead to them, their own included.
    - `alias`: the related class under a name of its own, so that a class may be related to itself.
    """

    key: str
    model: Model
    is_many: bool
    may_be_many: bool
    tables: int
    alias: Any

    def fields(self) -> Iterator[Field]:
        """The fields that the relation adds: paths, of many rows lists."""
        for field in self.model.schema.fields:
            copied = {name: getattr(field, name) for name in _COPIED}
            yield Field(f"{self.key}.{field.name}", field.field_type, is_list=self.is_many or field.is_list, **copied)

    def exists(self, entity: Any, condition: Any) -> Any:
        """EXISTS of a related row that fulfils a condition on the alias."""
        attribute = getattr(entity, self.key).of_type(self.alias)
        return attribute.any(condition) if self.is_many else attribute.has(condition)

    def joined(self, entity: Any) -> tuple[Any, Any]:
        """The alias, and the condition that a row of it is the related one."""
        return self.alias, getattr(entity, self.key).of_type(self.alias).__clause_element__()
