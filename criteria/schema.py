"""Schemas: the allow-list of what queries may name, and the types of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from criteria.errors import CriteriaError, Problem, quoted
from criteria.types import Field, FieldType

SYSTEM_PROPERTIES = (
    Field("objectId", FieldType.INTEGER, description="Unique object identifier", is_unique=True, nullable=False),
    Field("createDate", FieldType.DATE_TIME, description="Set by the system when the object is created"),
    Field("updateDate", FieldType.DATE_TIME, description="Set by the system when the object is updated"),
)
"""The properties that every object of the documents has (section 8)."""

CUSTOM_PROPERTIES = "customProperties"
"""The nested object that holds the documents' custom properties (section 9)."""


@dataclass(frozen=True, slots=True, init=False)
class Schema:
    """The fields of one entity.

    `fields` holds all of them: the system properties (unless `system_properties=False`), the given ones, and the
    custom properties as `customProperties.<name>`. `max_limit` bounds the `limit` of search requests.
    Raises `CriteriaError` (`invalid_schema`) when two fields cannot stand beside each other.
    """

    name: str
    fields: tuple[Field, ...]
    max_limit: int | None
    _by_name: Mapping[str, Field] = field(repr=False, compare=False)

    def __init__(
        self,
        name: str,
        fields: Iterable[Field],
        *,
        custom_properties: Iterable[Field] = (),
        system_properties: bool = True,
        max_limit: int | None = None,
    ) -> None:
        custom = tuple(_custom(one) for one in custom_properties)
        every = (*(SYSTEM_PROPERTIES if system_properties else ()), *fields, *custom)
        problems = tuple(_conflicts(every))
        if problems:
            raise CriteriaError(*problems)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "fields", every)
        object.__setattr__(self, "max_limit", max_limit)
        object.__setattr__(self, "_by_name", {one.name: one for one in every})

    @classmethod
    def from_json(cls, source: str | bytes | Mapping[str, Any]) -> Schema:
        """A schema from its file format: JSON text, or the decoded object.

        The format is the documents' custom property schema (section 9) with `nullable`, `column`, `precision`,
        `scale` and `collation` beside it: `{"name": ..., "fields": [...], "customProperties": [...],
        "systemProperties": true, "maxLimit": ...}`. Raises `CriteriaError` with every problem.
        """
        from criteria.schema_json import read_schema

        return read_schema(source)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all fields."""
        return tuple(self._by_name)

    @property
    def key(self) -> Field | None:
        """The field that ends every order: the first that is unique, not nullable and sortable."""
        return next((one for one in self.fields if one.is_unique and not one.nullable and _can_end_order(one)), None)

    def find(self, name: str) -> Field | None:
        """The field of a name, or None. `ref.objectId` is the field `ref` when that is an objectRef."""
        found = self._by_name.get(name)
        if found is None and name.endswith(".objectId"):
            reference = self._by_name.get(name.removesuffix(".objectId"))
            return reference if reference is not None and reference.field_type is FieldType.OBJECT_REF else None
        return found

    def decode(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """A typed record from a JSON one. Raises `CriteriaError` (`invalid_record`) with every problem."""
        from criteria.records import decode_record

        return decode_record(self, record)

    def encode(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """A JSON record from a typed one. Raises `CriteriaError` (`invalid_record`) with every problem."""
        from criteria.records import encode_record

        return encode_record(self, record)

    def __repr__(self) -> str:
        return f"Schema({self.name!r}, {len(self.fields)} fields)"


def _custom(one: Field) -> Field:
    if one.is_nested:
        message = f"The custom property {quoted(one.name)} has a dot in its name."
        raise CriteriaError(Problem("invalid_schema", message))
    attributes = {
        name: getattr(one, name)
        for name in ("description", "object_entity_type", "is_unique", "is_list", "nullable", "precision", "scale",
                     "collation")
    }  # fmt: skip
    return Field(f"{CUSTOM_PROPERTIES}.{one.name}", one.field_type, **attributes)


def _can_end_order(one: Field) -> bool:
    return not one.is_list and not one.is_nested and one.field_type is not FieldType.GUID


def _conflicts(fields: tuple[Field, ...]) -> Iterable[Problem]:
    """Two fields with one name, one column, or one inside the other."""
    names: set[str] = set()
    columns: dict[str, Field] = {}
    for one in fields:
        if one.name in names:
            yield Problem("invalid_schema", f"There are two fields {quoted(one.name)}.")
            continue
        names.add(one.name)
        other = columns.setdefault(one.column, one)
        if other is not one and not (one.is_nested and other.is_nested and one.path[0] == other.path[0]):
            message = f"{quoted(other.name)} and {quoted(one.name)} are both stored in column {quoted(one.column)}."
            yield Problem("invalid_schema", message)
    for one in fields:
        for end in range(1, len(one.path)):
            outer = ".".join(one.path[:end])
            if outer in names:
                message = f"{quoted(outer)} is a field, and {quoted(one.name)} says that it is an object."
                yield Problem("invalid_schema", message)
