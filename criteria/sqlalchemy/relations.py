"""`Relation`: rows of another model that belong to a row, and the fields that they add to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import aliased

from criteria.errors import CriteriaError, Problem, nearest_or_all, quoted
from criteria.schema.field import Field
from criteria.sqlalchemy.source import Source

if TYPE_CHECKING:
    from criteria.sqlalchemy.model import Model

_COPIED = ("description", "object_entity_type", "precision", "scale", "collation", "time_zone", "values")


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation of a mapped class.

    - `key`: the name of its attribute.
    - `model`: the model of the related class.
    - `is_many`: whether several rows may be related.
    - `alias`: the related class under a name of its own, so that a class may be related to itself.
    """

    key: str
    model: Model
    is_many: bool
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


def relations_of(source: Source, models: Mapping[str, Any]) -> dict[str, Relation]:
    """The relations that the caller names, each with the model of its rows.

    Raises `CriteriaError` (`unknown_option`) for names that are no relations and models of other classes.
    """
    from criteria.sqlalchemy.model import Model

    known = source.relationships()
    found: dict[str, Relation] = {}
    for key, model in models.items():
        if key not in known:
            hint = nearest_or_all(key, known, "relations")
            raise CriteriaError(Problem("unknown_option", f"{source.name} has no relation {quoted(key)}.", hint=hint))
        related = known[key].mapper
        if not isinstance(model, Model) or model._source.mapper is None or not related.isa(model._source.mapper):
            hint = f"Pass criteria.sqlalchemy.model({related.class_.__name__}, ...)."
            message = f"The relation {quoted(key)} needs a model of {related.class_.__name__}, not {quoted(model)}."
            raise CriteriaError(Problem("unknown_option", message, hint=hint))
        found[key] = Relation(key, model, bool(known[key].uselist), aliased(related.class_, flat=True))
    return found
