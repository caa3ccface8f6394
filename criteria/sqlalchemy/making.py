"""`model`: the model of a mapped class or a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import aliased

from criteria.errors import CriteriaError, Problem
from criteria.messages import Hints, nearest_or_all, quoted
from criteria.schema.schema import Schema
from criteria.sqlalchemy.model import Model
from criteria.sqlalchemy.reading import DeclaredType, JsonFields, options_of, read_attributes
from criteria.sqlalchemy.relations import Relation
from criteria.sqlalchemy.source import Source, source_of


def model(
    subject: Any,
    *,
    naive: str | None = None,
    include: Iterable[str] | None = None,
    exclude: Iterable[str] = (),
    json: Mapping[str, JsonFields] | None = None,
    types: Mapping[Any, DeclaredType] | None = None,
    relations: Mapping[str, Model] | None = None,
    max_limit: int | None = None,
) -> Model:
    """The model of a mapped class or a `Table`: a schema with a field for each attribute, and queries on its rows.

    - `naive`: `"utc"` declares that DateTime columns without a time zone hold UTC. Without it they are refused.
    - `include`: the attributes that clients may query; by default all but those whose names begin with `_`.
    - `exclude`: attributes that clients may not query.
    - `json`: the fields inside JSON attributes: `{"settings": [Field("settings.theme", "string")]}`. For a JSON
      attribute that holds a list, the field has the attribute's name and `is_list`.
    - `types`: what an attribute of a type of your own holds, by the attribute's name or the type's class: a field type,
      or a whole `Field`.
    - `relations`: the models of related classes, by the names of the relations: `{"customer": customers}` adds the
      fields `customer.name` and so on. Those of many related rows are lists.
    - `max_limit`: the most rows of a page.

    Raises `CriteriaError`: `unfit_column` with a problem for each attribute that cannot be answered correctly;
    `unknown_option` for names that do not exist; `invalid_parameter` for anything but a mapped class or a Table;
    `invalid_schema` for declared fields that contradict each other.
    """
    source = source_of(subject)
    options = options_of(source, naive, include, exclude, json or {}, types or {})
    attributes, left_out = read_attributes(source, options)
    related = _relations(source, relations or {})
    fields = [field for attribute in attributes for field in attribute.fields]
    fields += [field for relation in related.values() for field in relation.fields()]
    key = _key(source, {field.column: field.name for field in fields if not field.is_nested})
    schema = Schema(source.name, fields, system_properties=False, key=key, max_limit=max_limit)
    return Model(source, schema, attributes, left_out, related)


def _key(source: Source, names: Mapping[str, str]) -> tuple[str, ...] | None:
    """The names of the fields of the primary key, if all of it may be queried."""
    key = tuple(names[one] for one in source.primary_key() if one in names)
    return key if key and len(key) == len(source.primary_key()) else None


def _relations(source: Source, models: Mapping[str, Any]) -> dict[str, Relation]:
    """The relations that the caller names, each with the model of its rows.

    Raises `CriteriaError` (`unknown_option`) for names that are no relations and models of other classes.
    """
    known = source.relationships()
    found: dict[str, Relation] = {}
    for key, model in models.items():
        if key not in known:
            hint = nearest_or_all(key, known, "relations", Hints())
            raise CriteriaError(Problem("unknown_option", f"{source.name} has no relation {quoted(key)}.", hint=hint))
        related = known[key].mapper
        if not isinstance(model, Model) or model._source.mapper is None or not related.isa(model._source.mapper):
            hint = f"Pass criteria.sqlalchemy.model({related.class_.__name__}, ...)."
            message = f"The relation {quoted(key)} needs a model of {related.class_.__name__}, not {quoted(model)}."
            raise CriteriaError(Problem("unknown_option", message, hint=hint))
        one = known[key]
        tables = 1 if one.secondary is None else 2
        is_many, is_by_key = bool(one.uselist), one.secondary is None and set(related.primary_key) <= one.remote_side
        found[key] = Relation(key, model, is_many, is_many or not is_by_key, tables, aliased(related.class_, flat=True))
    return found
