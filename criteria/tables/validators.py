"""Reads how a MongoDB collection stores its fields from its `$jsonSchema` validator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from criteria.schema.field import Field
from criteria.schema.schema import Schema
from criteria.tables.collection import Collection


def collection(collection: Any, schema: Schema, stored: Mapping[str, str] | None = None) -> Collection:
    """How a collection stores the fields of a schema, as its `$jsonSchema` validator says.

    - `collection`: a collection of PyMongo.
    - `stored`: the BSON types of fields about which the validator says nothing, or not enough: a `binData` may be a
      guid of any byte order. They are as in `criteria.Collection`.

    Fields that neither names are taken to be stored as `criteria.storage` stores them.
    Raises `CriteriaError` (`unfit_column`, `unsupported`).
    """
    found = list(collection.database.list_collections(filter={"name": collection.name}))
    validator = found[0].get("options", {}).get("validator", {}) if found else {}
    declared = validator.get("$jsonSchema", {})
    types = {one.name: bson_type for one in schema.fields if (bson_type := _bson_type(one, declared)) is not None}
    return Collection(schema, {**types, **(stored or {})})


def _bson_type(field: Field, declared: Any) -> str | None:
    """The BSON type of a field's values in a validator. Null beside it is left out; of several types none is taken."""
    for segment in (field.column, *field.path[1:]):
        declared = _part(declared, "properties").get(segment)
    if field.is_list and declared is not None:
        declared = _part(declared, "items")
    types = _part(declared, "").get("bsonType")
    named = [one for one in (types if isinstance(types, list) else [types]) if one not in (None, "null")]
    if len(named) == 1:
        return str(named[0])
    return "number" if set(named) <= _NUMBERS and named else None


_NUMBERS = frozenset({"int", "long", "double", "decimal", "number"})


def _part(declared: Any, name: str) -> Mapping[str, Any]:
    part = declared.get(name) if name and isinstance(declared, Mapping) else declared
    return part if isinstance(part, Mapping) else {}
