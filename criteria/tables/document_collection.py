"""`Collection`: how a MongoDB collection that somebody else created stores the fields of a schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from criteria.errors import CriteriaError, Problem
from criteria.messages import quoted
from criteria.schema.field import HashedOnce
from criteria.schema.schema import Schema


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Collection(HashedOnce):
    """How a MongoDB collection stores the fields of a schema.

    `criteria.compile(query, "mongo", collection=collection)` compiles for it. `criteria.tables.collection` reads one
    from the `$jsonSchema` validator of a collection.

    - `schema`: what may be asked.
    - `stored`: for the fields that are not stored as `criteria.storage` stores them, the BSON type, by the field's name
      (docs/tables.md#mongodb): of a decimal `"double"`; of a string `"objectId"`; of a date `"date"`; of a dateTime
      `"string"`; of a guid `"string"`, `"pythonLegacy"`, `"javaLegacy"` or `"csharpLegacy"`.

    Raises `CriteriaError`: `unfit_column` with a problem for each field that cannot be stored as its BSON type;
    `unsupported` for fields that MongoDB cannot hold.
    """

    schema: Schema
    stored: Mapping[str, str] = field(hash=False)
    codecs: Mapping[str, Any] = field(compare=False)
    """How each of these fields is stored, by its name: a `criteria.backends.mongo.codecs.BsonCodec`."""

    def __init__(self, schema: Schema, stored: Mapping[str, str] | None = None) -> None:
        if not isinstance(schema, Schema):
            raise CriteriaError(Problem("invalid_schema", f"A collection needs a Schema, not {quoted(schema)}."))
        object.__setattr__(self, "schema", schema)
        object.__setattr__(self, "stored", dict(stored or {}))
        self.check()

    def check(self) -> None:
        """Looks at every field beside its BSON type. Raises `CriteriaError` (`unfit_column`, `unsupported`)."""
        from criteria.backends.mongo.codecs import codecs_of

        object.__setattr__(self, "codecs", codecs_of(self.schema, self.stored))

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            return self.hashed_once(self.schema, frozenset(self.stored.items()))

    def __repr__(self) -> str:
        return f"Collection({self.schema.name!r}, {self.stored!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Codecs are made of functions, so they are found again."""
        return Collection, (self.schema, self.stored)
