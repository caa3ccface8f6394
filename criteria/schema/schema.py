"""Schemas: the allow-list of what queries may name, and the types of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from criteria.errors import CriteriaError, Problem, Refusal, listed, nearest, quoted
from criteria.limits import MAX_RECORDS
from criteria.schema.field import SEGMENT, Field, FieldType, HashedOnce, invalid_name, is_encodable

SYSTEM_PROPERTIES = (
    Field("objectId", FieldType.INTEGER, description="Unique object identifier", is_unique=True, nullable=False),
    Field("createDate", FieldType.DATE_TIME, description="Set by the system when the object is created"),
    Field("updateDate", FieldType.DATE_TIME, description="Set by the system when the object is updated"),
)
"""The system properties that every object of the reference API has (docs/language.md#schema)."""

CUSTOM_PROPERTIES = "customProperties"
"""The nested object that holds custom properties (docs/language.md#custom-properties)."""


@dataclass(frozen=True, slots=True, init=False)
class Schema(HashedOnce):
    """The fields of one entity.

    `fields` holds all of them: the system properties (unless `system_properties=False`), the given ones, and the
    custom properties as `customProperties.<name>`. `max_limit` bounds the `limit` of search requests.
    Raises `CriteriaError` (`invalid_schema`) when two fields contradict each other.
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
        problems = list(argument_faults(name, system_properties, max_limit))
        own, custom = _listed("fields", fields, problems), _listed("customProperties", custom_properties, problems)
        _refuse(problems or _custom_faults(custom))
        system = SYSTEM_PROPERTIES if system_properties else ()
        every = (*system, *own, *map(_custom, custom))
        pointers = [*[""] * len(system), *_pointers("fields", own), *_pointers("customProperties", custom)]
        _refuse(_conflicts(every, pointers))
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "fields", every)
        object.__setattr__(self, "max_limit", max_limit)
        object.__setattr__(self, "_by_name", {one.name: one for one in every})

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            return self.hashed_once(self.name, self.fields)

    @classmethod
    def from_json(cls, source: str | bytes | Mapping[str, Any]) -> Schema:
        """A schema from its file format: JSON text, or the decoded object.

        The format is described in docs/language.md#schema: `{"name": ..., "fields": [...], "customProperties": [...],
        "systemProperties": true, "maxLimit": ...}`. Raises `CriteriaError` with every problem.
        """
        from criteria.schema.reading import read_schema

        return read_schema(source)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all fields."""
        return tuple(self._by_name)

    @property
    def key(self) -> Field | None:
        """The field that completes every order: the first that is unique, not nullable and sortable."""
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
        from criteria.values.records import decode_record

        return decode_record(self, record)

    def encode(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """A JSON record from a typed one. Raises `CriteriaError` (`invalid_record`) with every problem."""
        from criteria.values.records import encode_record

        return encode_record(self, record)

    def __repr__(self) -> str:
        limit = "" if self.max_limit is None else f", max_limit={self.max_limit}"
        return f"Schema({self.name!r}, {len(self.fields)} fields{limit})"


def argument_faults(name: object, system_properties: object, max_limit: object) -> Iterator[Problem]:
    """What is wrong with a schema apart from its fields, by the keys of the schema file."""
    if not isinstance(name, str):
        yield Problem("invalid_schema", "A schema has a name, which is a string.", "/name")
    elif not is_encodable(name):
        yield Problem("invalid_schema", "A lone surrogate is not a character.", "/name")
    if not isinstance(system_properties, bool):
        yield Problem("invalid_schema", "systemProperties is true or false.", "/systemProperties")
    is_count = isinstance(max_limit, int) and not isinstance(max_limit, bool)
    if max_limit is not None and not (is_count and 0 < max_limit <= MAX_RECORDS):  # type: ignore[operator]
        yield Problem("invalid_schema", "maxLimit is a whole number from 1 to 2^31-1.", "/maxLimit")


def unknown_field(schema: Schema, name: str, *, hinted: bool = True) -> Refusal:
    """The refusal of a name that the schema does not have; `hinted` adds the nearest name that it has."""
    hint = None
    if hinted:
        names = schema.names
        others = " and others" if len(names) > _MAX_NAMED else ""
        hint = nearest(name, names) or f"The fields are {', '.join(map(quoted, names[:_MAX_NAMED]))}{others}."
    return Refusal("unknown_field", f"There is no field {quoted(name)} in {quoted(schema.name)}.", hint)


_MAX_NAMED = 12


def _refuse(problems: Iterable[Problem]) -> None:
    found = listed(problems)
    if found:
        raise CriteriaError(*found)


def _listed(key: str, fields: Any, problems: list[Problem]) -> tuple[Field, ...]:
    """The fields that were given under a key, as far as they are fields."""
    if isinstance(fields, (str, bytes, Mapping)) or not isinstance(fields, Iterable):
        problems.append(Problem("invalid_schema", f"{key} is a list of fields, not {quoted(fields)}.", f"/{key}"))
        return ()
    found = tuple(fields)
    problems += [
        Problem("invalid_schema", f"{quoted(one)} is not a Field.", pointer)
        for one, pointer in zip(found, _pointers(key, found), strict=True)
        if not isinstance(one, Field)
    ]
    return found


def _custom_faults(custom: Sequence[Field]) -> Iterator[Problem]:
    """Why a field cannot be a custom property."""
    for one, pointer in zip(custom, _pointers("customProperties", custom), strict=True):
        shown = quoted(one.name)
        if one.is_nested:
            yield Problem("invalid_schema", f"Custom property {shown} has a dot in its name.", pointer + "/name")
        elif one.column != one.name:
            message = f"Custom properties are stored together: {shown} has no column of its own."
            yield Problem("invalid_schema", message, pointer + "/column")
        elif not SEGMENT.fullmatch(one.name):
            message = f"The custom property {shown} is named by letters A-Z, digits and underscores."
            yield Problem("invalid_schema", message, pointer + "/name")
        elif invalid_name(_custom_name(one)):
            yield Problem("invalid_schema", f"The name of the custom property {shown} is too long.", pointer + "/name")


def _pointers(key: str, entries: Sequence[object]) -> list[str]:
    return [f"/{key}/{index}" for index in range(len(entries))]


def _custom(one: Field) -> Field:
    """A custom property as a field of the schema."""
    attributes = {
        name: getattr(one, name)
        for name in (
            "description",
            "object_entity_type",
            "is_unique",
            "is_list",
            "nullable",
            "precision",
            "scale",
            "collation",
        )
    }
    return Field(_custom_name(one), one.field_type, **attributes)


def _custom_name(one: Field) -> str:
    return f"{CUSTOM_PROPERTIES}.{one.name}"


def _can_end_order(one: Field) -> bool:
    return not one.is_list and not one.is_nested and one.field_type is not FieldType.GUID


def _conflicts(fields: Sequence[Field], pointers: Sequence[str]) -> Iterator[Problem]:
    """Two fields with one name, one column, or one inside the other; the later one is blamed."""
    names: set[str] = set()
    objects: set[str] = set()
    columns: dict[str, Field] = {}
    homes: dict[str, str] = {}
    for one, pointer in zip(fields, pointers, strict=True):
        outer = {".".join(one.path[:end]) for end in range(1, len(one.path))}
        other = columns.setdefault(one.column, one)
        is_shared = one.is_nested and other.is_nested and one.path[0] == other.path[0]
        home = homes.setdefault(one.path[0], one.column) if one.is_nested else one.column
        if one.name in names:
            yield Problem("invalid_schema", f"There are two fields {quoted(one.name)}.", pointer)
        elif one.name in objects or outer & names:
            message = f"{quoted(one.name)} is a field and an object, or lies inside a field."
            yield Problem("invalid_schema", message, pointer)
        elif other is not one and not is_shared:
            message = f"{quoted(other.name)} and {quoted(one.name)} are both stored in column {quoted(one.column)}."
            yield Problem("invalid_schema", message, pointer)
        elif home != one.column:
            message = f"{quoted(one.path[0])} is stored in two columns, {quoted(home)} and {quoted(one.column)}."
            yield Problem("invalid_schema", message, pointer)
        names.add(one.name)
        objects |= outer
