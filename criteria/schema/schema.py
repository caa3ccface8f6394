"""Schemas: the fields that queries may use (docs/language.md#schema)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from os import PathLike
from types import ModuleType
from typing import Any, Literal

from criteria.errors import LONE_SURROGATE, CriteriaError, Problem, listed, to_pointer
from criteria.limits import MAX_RECORDS
from criteria.messages import is_encodable, quoted
from criteria.schema.conflicts import conflicts
from criteria.schema.custom_properties import custom_faults, custom_property
from criteria.schema.field import (
    ATTRIBUTES,
    MAX_SEGMENTS,
    SEGMENT,
    ElementField,
    Field,
    FieldType,
    HashedOnce,
    invalid_name,
)
from criteria.schema.keys import default_key, key_faults, key_names

SYSTEM_PROPERTIES = (
    Field("objectId", FieldType.INTEGER, description="Unique object identifier", is_unique=True, nullable=False),
    Field("createDate", FieldType.DATE_TIME, description="Set by the system when the object is created"),
    Field("updateDate", FieldType.DATE_TIME, description="Set by the system when the object is updated"),
)
"""The system properties that every object of the reference API has (docs/language.md#schema)."""


@dataclass(frozen=True, slots=True, init=False)
class Schema(HashedOnce):
    """The fields of one entity, which are all that queries of it may use (docs/language.md#schema).

    - `name`: the name of the entity.
    - `fields`: any iterable of `Field` and `ObjectList`. The attribute has the system properties first, then the given
      fields, then the custom properties as `customProperties.<name>`. `object_lists` has the lists of objects.
    - `custom_properties`: fields that are stored together (docs/language.md#custom-properties).
    - `system_properties`: False leaves out objectId, createDate and updateDate.
    - `key`: the names of the fields that together identify a record, such as `("tenantId", "orderId")`. By default the
      first field that is unique, not nullable, not a list and not a path. The attribute has the fields: they end every
      order (docs/language.md#keys). Empty when there is no key.
    - `max_limit`: the greatest `limit` of a search request, 1 to 2^31-1, or None.

    `entities` has the schemas into which references lead. `with_entities` sets it.

    Raises `CriteriaError` (`invalid_schema`) for wrong arguments, and when two fields have the same name or column.
    """

    name: str
    fields: tuple[Field, ...]
    object_lists: tuple[ObjectList, ...]
    key: tuple[Field, ...]
    max_limit: int | None
    entities: Mapping[str, Schema]
    _by_name: Mapping[str, Field] = field(repr=False, compare=False)

    def __init__(
        self,
        name: str,
        fields: Iterable[Field | ObjectList],
        *,
        custom_properties: Iterable[Field] = (),
        system_properties: bool = True,
        key: Iterable[str] | None = None,
        max_limit: int | None = None,
    ) -> None:
        problems = list(argument_faults(name, system_properties, max_limit))
        named = None if key is None else key_names(key, problems)
        given, custom = _listed("fields", fields, problems), _listed("customProperties", custom_properties, problems)
        _refuse(problems or custom_faults(custom))
        system = SYSTEM_PROPERTIES if system_properties else ()
        places = (*system, *(_place(one) for one in given), *map(custom_property, custom))
        pointers = [*[""] * len(system), *_pointers("fields", given), *_pointers("customProperties", custom)]
        every = (*system, *(one for one in given if isinstance(one, Field)), *map(custom_property, custom))
        by_name = {one.name: one for one in every}
        _refuse(chain(conflicts(places, pointers), key_faults(named or (), by_name)))
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "object_lists", tuple(one for one in given if isinstance(one, ObjectList)))
        object.__setattr__(self, "fields", every)
        object.__setattr__(self, "key", default_key(every) if named is None else tuple(map(by_name.__getitem__, named)))
        object.__setattr__(self, "max_limit", max_limit)
        object.__setattr__(self, "entities", {})
        object.__setattr__(self, "_by_name", by_name)

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            return self.hashed_once(self.name, self.fields, self.object_lists)

    @classmethod
    def from_json(cls, source: str | bytes | Mapping[str, Any]) -> Schema:
        """The schema of a schema file, given as JSON text (bytes are UTF-8) or decoded (docs/language.md#schema).

        Its keys are `name`, `fields`, `customProperties`, `systemProperties`, `key` and `maxLimit`. Raises
        `CriteriaError` with every problem, with lines and columns when the source is text.
        """
        from criteria.schema.reading import read_schema

        return read_schema(source)

    @classmethod
    def from_file(cls, path: str | PathLike[str]) -> Schema:
        """The schema of a schema file (docs/language.md#schema).

        Raises what `from_json` does, and `OSError` if the file cannot be read.
        """
        from pathlib import Path

        return cls.from_json(Path(path).read_bytes())

    @classmethod
    def from_annotations(
        cls,
        annotated: type,
        *,
        name: str | None = None,
        include: Iterable[str] | None = None,
        exclude: Iterable[str] = (),
        key: Iterable[str] | None = None,
        max_limit: int | None = None,
        naive: Literal["utc", "never"] | None = None,
    ) -> Schema:
        """The schema of a Pydantic model, dataclass, TypedDict, msgspec struct or attrs class (docs/fastapi.md).

        The fields have the names of the members in JSON, and their attributes as columns. A schema lists what clients
        may search: `include` names the members that it has, `exclude` those that it has not, such as `"address.zip"`.
        `name` is that of the class by default; `key` and `max_limit` are those of `Schema`. `naive` says of datetimes
        without a zone that they are in UTC (`"utc"`), or that there are none (`"never"`).

        Raises `CriteriaError`: `invalid_schema` for each member that cannot be a field, with what to do;
        `unknown_option` for names that no member has.
        """
        from criteria.annotations.reading import annotated_schema

        return annotated_schema(
            annotated, name=name, include=include, exclude=exclude, key=key, max_limit=max_limit, naive=naive
        )

    def with_entities(self, entities: Mapping[str, Schema]) -> Schema:
        """The schema with the schemas of other entities, into which its references lead (docs/language.md#references).

        `entities` has the schemas by the names that `object_entity_type` has, perhaps this one's too. They replace
        those that the schema had, and hold for the references of the entities as well. What they name, clients can
        query.

        Raises `CriteriaError` (`invalid_schema`) for what is not a mapping of schemas, and for an entity without an id:
        neither `objectId` nor its key is one integer.
        """
        if type(entities) is dict and entities == self.entities:  # known to be right
            return self
        known = _entities(entities)
        return self if known == self.entities else self._referring(known)

    def _referring(self, entities: Mapping[str, Schema]) -> Schema:
        """The schema with other entities, which have none themselves."""
        found = object.__new__(Schema)
        for attribute in ("name", "fields", "object_lists", "key", "max_limit", "_by_name"):
            object.__setattr__(found, attribute, getattr(self, attribute))
        object.__setattr__(found, "entities", entities)
        object.__setattr__(found, "_hash", hash(self))  # it is that of the fields
        return found

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all fields."""
        return tuple(self._by_name)

    @property
    def searchable_names(self) -> tuple[str, ...]:
        """The names that criteria may use: of the fields, of the lists of objects, of the paths through those, and of
        the paths through one reference."""
        through = [
            name for one in self.object_lists for name in (one.name, *(f"{one.name}.{inner}" for inner in one.names))
        ]
        referred = [f"{one.name}.{inner}" for one in self.references for inner in one.element.searchable_names]
        return (*self.names, *through, *referred)

    @property
    def references(self) -> tuple[Reference, ...]:
        """The references that lead into another entity."""
        if not self.entities:
            return ()
        found = (self._reference(one.name) for one in self.fields if one.object_entity_type is not None)
        return tuple(one for one in found if one is not None)

    def _reference(self, name: str) -> Reference | None:
        """The reference of a name, if it leads into another entity."""
        place = self._by_name.get(name)
        if place is None or place.object_entity_type is None or place.object_entity_type not in self.entities:
            return None
        return Reference(place, self.entities[place.object_entity_type])

    def inside(self, one: ObjectList | Reference) -> Schema:
        """The schema of the objects of a list, or of those that a reference refers to: it has the entities of this
        one."""
        return one.element._referring(self.entities) if self.entities else one.element

    def covers(self, other: Schema) -> bool:
        """Whether this schema has all fields of another one, lists of objects included."""
        return other is self or (
            other._by_name.items() <= self._by_name.items() and set(other.object_lists) <= set(self.object_lists)
        )

    def find(self, name: str) -> Field | None:
        """The field of a name, or None. `ref.objectId` is another name of the objectRef `ref`."""
        found = self._by_name.get(name)
        if found is None and name.endswith(".objectId"):
            reference = self._by_name.get(name.removesuffix(".objectId"))
            return reference if reference is not None and reference.field_type is FieldType.OBJECT_REF else None
        return found

    def find_through(self, name: str) -> tuple[tuple[ObjectList | Reference, ...], Field | None] | None:
        """The lists of objects and the references that a name leads through, and the field in the objects of the last
        one.

        The field is None when the name is that of a list of objects. None when the name leads through none of them, as
        that of a field does (docs/language.md#lists-of-objects, docs/language.md#references).
        """
        if name.count(".") >= MAX_SEGMENTS:
            return None
        lists = (one for one in self.object_lists if name.startswith(one.name))  # thousands may not
        through: tuple[ObjectList | Reference, ...] = (*lists, *self._references_before(name))
        for one in through:
            if name == one.name and isinstance(one, ObjectList):
                return (one,), None
            if name.startswith(f"{one.name}.") and self.find(name) is None:
                element, inner = self.inside(one), name.removeprefix(f"{one.name}.")
                found = element.find(inner)
                if found is not None:
                    return (one,), found
                deeper = element.find_through(inner)
                return None if deeper is None else ((one, *deeper[0]), deeper[1])
        return None

    def _references_before(self, name: str) -> Iterator[Reference]:
        """The references whose names are the beginning of a path. It does not ask each: thousands may be none."""
        if self.entities:
            ends = (at for at, character in enumerate(name) if character == ".")
            yield from (one for end in ends if (one := self._reference(name[:end])) is not None)

    def find_objects(self, name: str) -> tuple[ObjectList | Reference, ...] | None:
        """The lists of objects and the references that a name leads through, the last one of which it names. None when
        it names none of them."""
        reference = self._reference(name)
        if reference is not None:
            return (reference,)
        through = self.find_through(name)
        if through is None or through[1] is None:
            return None if through is None else through[0]
        schema = self
        for one in through[0]:
            schema = schema.inside(one)
        last = schema.find_objects(through[1].name)
        return None if last is None else (*through[0], *last)

    def decode(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """A typed record from a JSON record (docs/language.md#records): instants become `datetime`, decimals `Decimal`.

        Keys that the schema does not name are kept. Raises `CriteriaError` (`invalid_record`) with every problem.
        """
        return _records().decode_record(self, record)  # type: ignore[no-any-return]

    def encode(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """A JSON record from a typed record, in canonical form (docs/language.md#canonical-form).

        Keys that the schema does not name are kept. Raises `CriteriaError` (`invalid_record`) with every problem.
        """
        return _records().encode_record(self, record)  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        limit = "" if self.max_limit is None else f", max_limit={self.max_limit}"
        key = "" if self.key == default_key(self.fields) else f", key={tuple(one.name for one in self.key)}"
        lists = f", {len(self.object_lists)} lists of objects" if self.object_lists else ""
        entities = f", {len(self.entities)} entities" if self.entities else ""
        return f"Schema({self.name!r}, {len(self.fields)} fields{lists}{entities}{key}{limit})"

    def _repr_markdown_(self) -> str:
        from criteria.text.markdown import code_cell, literal

        kinds = [f"list of {one.field_type.value}" if one.is_list else one.field_type.value for one in self.fields]
        rows = [
            f"| {code_cell(one.name)} | {kind} | {literal(one.description or '')} |"
            for one, kind in zip(self.fields, kinds, strict=True)
        ]
        return "\n".join(["| field | type | |", "|---|---|---|", *rows])


@cache
def _records() -> ModuleType:
    """`values.records`, imported at the first record. An import statement would take time at every call."""
    from criteria.values import records

    return records


@dataclass(frozen=True, slots=True, init=False, repr=False)
class ObjectList(HashedOnce):
    """A field whose value is a list of objects (docs/language.md#lists-of-objects).

    - `name`: as of a `Field`.
    - `fields`: the fields of each object: any iterable of `Field` and `ObjectList`.
    - `description`, `nullable`, `column`: as of a `Field`. SQL tables store the list as JSON.

    `element` is the schema of the objects. `place` is a field with the name, the path and the column of the list.

    Raises `CriteriaError` (`invalid_schema`) with every wrong argument.
    """

    place: Field
    element: Schema

    def __init__(
        self,
        name: str,
        fields: Iterable[Field | ObjectList],
        *,
        description: str | None = None,
        nullable: bool = True,
        column: str | None = None,
    ) -> None:
        place = Field(name, FieldType.STRING, description=description, is_list=True, nullable=nullable, column=column)
        element = Schema(name, fields, system_properties=False)
        _refuse(_list_faults(place))
        _refuse(_element_faults(place, element))
        inside: list[Field | ObjectList] = [*map(_element_field, element.fields)]
        inside += map(_element_list, element.object_lists)
        element = Schema(name, inside, system_properties=False)
        object.__setattr__(self, "place", place)
        object.__setattr__(self, "element", element)

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            return self.hashed_once(self.place, self.element)

    @property
    def name(self) -> str:
        """The name of the list."""
        return self.place.name

    @property
    def names(self) -> tuple[str, ...]:
        """What criteria over the objects may name."""
        return self.element.searchable_names

    def __repr__(self) -> str:
        return f"ObjectList({self.name!r}, {len(self.element.fields)} fields)"


@dataclass(frozen=True, slots=True, repr=False)
class Reference(HashedOnce):
    """An objectRef that leads into another entity (docs/language.md#references).

    - `place`: the field.
    - `element`: the schema of the entity.
    """

    place: Field
    element: Schema

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            return self.hashed_once(self.place, self.element)

    @property
    def name(self) -> str:
        """The name of the field."""
        return self.place.name

    @property
    def entity(self) -> str:
        """The name of the entity."""
        assert self.place.object_entity_type is not None
        return self.place.object_entity_type

    @property
    def key(self) -> Field:
        """The field of the entity that has its ids."""
        found = _id_field(self.element)
        assert found is not None
        return found

    def __repr__(self) -> str:
        return f"Reference({self.name!r}, {self.entity!r})"


def _id_field(schema: Schema) -> Field | None:
    """The field of an entity with the ids: `objectId`, or else its key. None if that is not one integer."""
    own = schema.find("objectId")
    found = (own,) if own is not None else schema.key
    is_id = len(found) == 1 and found[0].field_type is FieldType.INTEGER and not found[0].is_list
    return found[0] if is_id and not found[0].is_nested else None


def _entities(given: Any) -> Mapping[str, Schema]:
    """The schemas of entities by name, without entities of their own. Raises `CriteriaError` (`invalid_schema`)."""
    if not isinstance(given, Mapping):
        message = f"entities is a mapping of names to schemas, not {quoted(given)}."
        raise CriteriaError(Problem("invalid_schema", message, "/entities"))
    _refuse(_entity_faults(given))
    return {name: one._referring({}) if one.entities else one for name, one in given.items()}


def _entity_faults(given: Mapping[Any, Any]) -> Iterator[Problem]:
    for name, one in given.items():
        is_schema = isinstance(name, str) and isinstance(one, Schema)
        if is_schema and _id_field(one) is not None:
            continue
        at = to_pointer(["entities", name if isinstance(name, str) else quoted(name)])
        if not is_schema:
            yield Problem("invalid_schema", f"Entity {quoted(name)} needs a Schema, not {quoted(one)}.", at)
        else:
            message = f"References cannot refer to {quoted(name)}: it has no id."
            hint = "Declare an integer as its objectId, or as its key."
            yield Problem("invalid_schema", message, at, hint=hint)


def _place(given: Field | ObjectList) -> Field:
    return given.place if isinstance(given, ObjectList) else given


def _list_faults(place: Field) -> Iterator[Problem]:
    if not all(map(SEGMENT.fullmatch, place.path)):
        message = (
            f"The name of the list of objects {quoted(place.name)} may have only letters A-Z, digits and underscores."
        )
        yield Problem("invalid_schema", message, "/name")


def _element_field(one: Field) -> ElementField:
    attributes = {attribute: getattr(one, attribute) for attribute in ATTRIBUTES.values()}
    return ElementField(one.name, one.field_type, **attributes)


def _element_list(one: ObjectList) -> ObjectList:
    """A list of objects that is inside the objects of another one."""
    inner = object.__new__(ObjectList)
    object.__setattr__(inner, "place", _element_field(one.place))
    object.__setattr__(inner, "element", one.element)
    return inner


def _element_faults(place: Field, element: Schema) -> Iterator[Problem]:
    """The problems of fields that cannot be in the objects of a list."""
    if not element.fields and not element.object_lists:
        yield Problem("invalid_schema", "The objects of a list have one or more fields.", "/fields")
    for one in (*element.fields, *(inner.place for inner in element.object_lists)):
        shown = quoted(one.name)
        if one.column != one.path[0]:
            yield Problem("invalid_schema", f"{shown} is in a list of objects and has no column of its own.", "/fields")
        if one.is_unique:
            yield Problem("invalid_schema", f"{shown} is in a list of objects and cannot be unique.", "/fields")
        if not all(map(SEGMENT.fullmatch, one.path)) or invalid_name(f"{place.name}.{one.name}"):
            message = (
                f"{shown} is in a list of objects: its path has at most 8 names of letters A-Z, digits and underscores."
            )
            yield Problem("invalid_schema", message, "/fields")


def argument_faults(name: object, system_properties: object, max_limit: object) -> Iterator[Problem]:
    """The problems of a schema's arguments other than its fields, at the keys of the schema file."""
    if not isinstance(name, str):
        yield Problem("invalid_schema", "A schema has a name, which is a string.", "/name")
    elif not is_encodable(name):
        yield Problem("invalid_schema", LONE_SURROGATE, "/name")
    if not isinstance(system_properties, bool):
        yield Problem("invalid_schema", "systemProperties is true or false.", "/systemProperties")
    is_count = isinstance(max_limit, int) and not isinstance(max_limit, bool)
    if max_limit is not None and not (is_count and 0 < max_limit <= MAX_RECORDS):  # type: ignore[operator]
        yield Problem("invalid_schema", "maxLimit is a whole number from 1 to 2^31-1.", "/maxLimit")


def _refuse(problems: Iterable[Problem]) -> None:
    found = listed(problems)
    if found:
        raise CriteriaError(*found)


def _listed(key: str, fields: Any, problems: list[Problem]) -> tuple[Any, ...]:
    """The given fields as a tuple. Appends a problem for each that is neither a `Field` nor a list of objects."""
    if isinstance(fields, (str, bytes, Mapping)) or not isinstance(fields, Iterable):
        problems.append(Problem("invalid_schema", f"{key} is a list of fields, not {quoted(fields)}.", f"/{key}"))
        return ()
    found = tuple(fields)
    problems += listed(
        Problem("invalid_schema", f"{quoted(one)} is not a Field.", f"/{key}/{index}")
        for index, one in enumerate(found)
        if not isinstance(one, Field) and not (isinstance(one, ObjectList) and key == "fields")
    )
    return found


def _pointers(key: str, entries: Sequence[object]) -> list[str]:
    return [f"/{key}/{index}" for index in range(len(entries))]
