"""The entities with their present custom properties (docs/language.md#custom-properties).

Definitions are objects of the store, so they survive a restart. One process serves a database: it keeps the entities in
memory, and no object is written while it changes them. What takes long keeps nobody waiting: searches use the entities
as they were when they began, and values are looked for, and deleted, while others read and write.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from threading import Condition, Lock
from typing import Any

import criteria
from criteria import CriteriaError, Field, Problem, Query, Schema, Search
from criteria.schema.custom_properties import CUSTOM_PROPERTIES
from criteria.web import ApiError, Entity, JsonObject, RequestError, page_room
from criteria.web.room import BATCH
from examples.server.entities import ENTITIES, MAX_RECORDS, RESOURCES
from examples.server.objects import Objects, Record, alive, kept_unique
from examples.server.store import Replacement, Store

DEFINITION = "customProperty"
EXTENSIBLE = tuple(resource.entity for resource in RESOURCES if resource.is_extensible)
MAX_PROPERTIES = 100
"""Custom properties of one entity."""

FORGOTTEN = 50
"""Objects whose values of a deleted custom property are removed in one transaction. A commit waits for the disk, and
others who write may wait for the transaction."""

MAX_DESCRIPTION = 1000
"""Bytes of the description of a custom property as JSON, in which a control character takes six. The OpenAPI document,
which everybody may read, has each one several times."""

REFERABLE = ("user", "userSegment", "organization", "contentItem", "contentGroup", "file", "fileGroup")


class Entities:
    """The entities with their custom properties as they are at a time, and their objects."""

    def __init__(self, entities: Mapping[str, Entity], store: Store) -> None:
        self.by_name = entities
        self.objects = Objects(store, self.entity)
        self._searchable: dict[str, Schema] = {}

    def entity(self, name: str) -> Entity:
        """An entity with its custom properties."""
        return self.by_name[name]

    def searchable(self, name: str) -> Schema:
        """What criteria may name: the fields of an entity that clients see, and through references those of others.

        Only the master key searches, and it reads all of these entities. Sessions and definitions are not among them.
        """
        found = self._searchable.get(name)
        if (
            found is None
        ):  # made once: the library compares schemas for each query, which takes no time for the same one
            public = {resource.entity: self.entity(resource.entity).public for resource in RESOURCES}
            found = self._searchable[name] = self.entity(name).public.with_entities(public)
        return found


class Catalogue:
    """The present entities and their objects."""

    def __init__(self, store: Store) -> None:
        made = {name: make(() if name in EXTENSIBLE else None) for name, make in ENTITIES.items()}
        self._store = store
        self._entities = Entities(made, store)
        self.generation = 0  # of the entities: it grows when they change
        self._outdated: set[str] = set()
        self._unforgotten: dict[str, Schema] = {}  # what is stored, with deleted custom properties
        self._gate = Gate()
        self._turn = Lock()
        self.objects = Objects(store, self.entity, self._unforgotten.get)
        for entity in made.values():
            store.prepare(entity.stored)
        for name in EXTENSIBLE:
            self._load(name)
        self._forget_deleted()  # the server was killed before it could

    def entity(self, name: str) -> Entity:
        """A present entity with its custom properties."""
        return self._entities.entity(name)

    def searchable(self, name: str) -> Schema:
        """What criteria may name at present."""
        return self._entities.searchable(name)

    def present(self) -> Entities:
        """The entities as they are now, for what may take long. They are not to be written with."""
        with self.in_use():
            return self._entities

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """A block during which the entities do not change."""
        while True:
            self._gate.enter()
            try:
                if not self._outdated:
                    yield
                    return
            finally:
                self._gate.leave()
            with self._gate.exclusive():
                self._catch_up()

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """A block in which definitions change: one after the other."""
        with self._turn:
            with self.in_use():
                pass  # catches up
            self._forget_deleted()  # the database failed before it could
            yield

    @contextmanager
    def _changing(self, name: str) -> Iterator[None]:
        """An exclusive block, after which the entity is made anew from its definitions, even if something failed: it
        may have been written. What is refused is not written."""
        with self._gate.exclusive():
            self._catch_up()
            self._outdated.add(name)
            try:
                yield
            except (ApiError, RequestError):
                self._outdated.discard(name)
                raise
            finally:
                self._catch_up()

    def _catch_up(self) -> None:
        """Makes outdated entities anew: their definitions have changed, or may have."""
        for name in tuple(self._outdated):
            self._load(name)

    def define(self, name: str, body: JsonObject) -> int:
        """Creates a custom property, which can be written and searched at once. Returns its id."""
        with self._in_turn(), self._changing(name):
            values = _defined(name, self.entity(DEFINITION).read(body))
            if len(self._custom(name)) >= MAX_PROPERTIES:
                message = f"The {name} has {MAX_PROPERTIES} custom properties already, which is the most."
                raise body.refused([Problem("too_many_values", message, hint="Delete one that is not needed.")])
            _check_description(values, body)
            self._check_fits(name, values, body)
            return self.objects.create(DEFINITION, {**values, "entity": name, "isForgotten": False})

    def redefine(self, name: str, object_id: int, body: JsonObject) -> None:
        """Changes the description of a custom property or, while no object has a value, any part of it."""
        with self._in_turn(), self.objects.noting() as written:
            before = self._definition(name, object_id)
            after = {**before, **_defined(name, self.entity(DEFINITION).read(body, before))}
            changed = [one for one in _FACTS if after[one] != before[one]]
            is_used = bool(changed) and any(self._having(self.entity(name).stored, before["name"]))
            with self._changing(name):
                if changed and (is_used or any(self._having_of(written, name, before["name"]))):
                    message = "Objects have values of this custom property, so only its description can change."
                    hint = "Or delete it, and create another one."
                    raise body.refused(Problem("read_only", message, f"/{one}", hint=hint) for one in changed)
                if after["description"] != before["description"]:
                    _check_description(after, body)
                self._check_fits(name, after, body, without=before["name"])
                self.objects.change(DEFINITION, object_id, lambda record: {**after, "revision": record["revision"]})

    def undefine(self, name: str, object_id: int) -> None:
        """Deletes a custom property and its values."""
        with self._in_turn():
            with self._changing(name):
                self._definition(name, object_id)
                self.objects.delete(DEFINITION, object_id)
            self._forget_deleted()

    def definition(self, name: str, object_id: int) -> Record:
        """A custom property of an entity as JSON."""
        return self.entity(DEFINITION).to_json(self._definition(name, object_id))

    def _definition(self, name: str, object_id: int) -> Record:
        entity = self.entity(DEFINITION)
        return self.objects.record(entity, object_id, definitions_of(entity, name) & alive(entity))

    def _load(self, name: str) -> None:
        """Makes an entity anew from its definitions."""
        entity = self.entity(DEFINITION)
        unforgotten = definitions_of(entity, name) & criteria.parse({"isForgotten": False}, entity.stored)
        found = self._store.find(Search(unforgotten, limit=None))
        made = ENTITIES[name]([custom_property(one) for one in found if not one["isDeleted"]])
        if any(one["isDeleted"] for one in found):
            self._unforgotten[name] = ENTITIES[name](map(custom_property, found)).stored
        else:
            self._unforgotten.pop(name, None)
        self._entities = Entities({**self._entities.by_name, name: made}, self._store)
        self.generation += 1
        self._outdated.discard(name)

    def _check_fits(self, name: str, values: Record, body: JsonObject, without: str | None = None) -> None:
        """Raises `RequestError` for a definition that is not a valid field, or that conflicts with another one."""
        try:
            field = custom_property(values)
            others = [one for one in self._custom(name) if one.name not in (without, field.name)]
            ENTITIES[name]([*others, field])
        except CriteriaError as error:
            raise body.refused(_in_definition(error.problems)) from None

    def _custom(self, name: str) -> tuple[Field, ...]:
        return self.entity(name).custom_properties or ()

    def _forget_deleted(self) -> None:
        """Removes the values of deleted custom properties: new ones may have the same names and other types. Others may
        write meanwhile: each write of an object removes its values, too."""
        definitions = self.entity(DEFINITION)
        unfinished = criteria.parse({"isDeleted": True, "isForgotten": False}, definitions.stored)
        every = criteria.parse({}, definitions.stored)
        for definition in self._store.find(Search(unfinished, limit=None)):
            self._forget(definition)
            self.objects.change(DEFINITION, definition["objectId"], _forgotten, scope=every)
        self._unforgotten.clear()

    def _forget(self, definition: Record) -> None:
        """Replaces each value of a deleted custom property by null, until no object has one."""
        key, stored = definition["name"], self._unforgotten[definition["entity"]]
        are_left = True
        while are_left:  # somebody has written an object meanwhile, or the database has given up a transaction
            are_left = False
            for some in self._having_together(stored, key):
                for start in range(0, len(some), FORGOTTEN):
                    changes = [_without(stored, record, key) for record in some[start : start + FORGOTTEN]]
                    are_left = not self._store.replace_all(stored, changes) or are_left

    def _having(self, stored: Schema, custom_property: str) -> Iterator[Record]:
        """All records that have a value of a custom property, deleted records and empty lists included."""
        return chain.from_iterable(self._having_together(stored, custom_property))

    def _having_together(self, stored: Schema, custom_property: str) -> Iterator[list[Record]]:
        """The same, as many at a time as have room in memory."""
        last = 0
        while True:
            query = criteria.parse({"objectId": {"$gt": last}}, stored)
            found = self._some(query)
            if not found:
                return
            yield [one for one in found if one[CUSTOM_PROPERTIES][custom_property] is not None]
            last = found[-1]["objectId"]

    def _having_of(self, written: Iterable[tuple[str, int]], name: str, custom_property: str) -> Iterator[Record]:
        """As `_having`, of the objects of an entity that were written."""
        ids = [object_id for entity, object_id in written if entity == name]
        stored = self.entity(name).stored
        for start in range(0, len(ids), BATCH):
            query = criteria.parse({"objectId": {"$in": ids[start : start + BATCH]}}, stored)
            for one in self._store.find(Search(query, limit=None)):
                if one[CUSTOM_PROPERTIES][custom_property] is not None:
                    yield one

    def _some(self, query: Query) -> list[Record]:
        """The first records of a query, as many as have room in memory."""
        try:
            return self._store.find(Search(query, limit=MAX_RECORDS), page_room())[:MAX_RECORDS]
        except RequestError:  # they are long, each of them within its bound
            return self._store.find(Search(query, limit=BATCH))[:BATCH]


_FACTS = ("name", "fieldType", "objectEntityType", "isUnique", "isList")


def definitions_of(entity: Entity, name: str) -> Query:
    """The custom properties of the entity `name`, deleted ones included; `entity` is that of definitions."""
    return criteria.parse({"entity": name}, entity.stored)


def custom_property(values: Mapping[str, Any]) -> Field:
    """The field of a definition. Raises `CriteriaError` (`invalid_schema`)."""
    is_reference, target = values["fieldType"] == "objectRef", values.get("objectEntityType")
    if is_reference and target not in REFERABLE:
        message = "An objectRef needs an objectEntityType."
        hint = f"Use one of {', '.join(REFERABLE)}."
        raise CriteriaError(Problem("invalid_schema", message, "/objectEntityType", hint=hint))
    if target is not None and not is_reference:
        message = "Only an objectRef has an objectEntityType."
        raise CriteriaError(Problem("invalid_schema", message, "/objectEntityType"))
    return Field(
        values["name"],
        values["fieldType"],
        description=values.get("description"),
        object_entity_type=target,
        is_unique=values.get("isUnique") or False,
        is_list=values.get("isList") or False,
    )


def _check_description(values: Record, body: JsonObject) -> None:
    """Raises `RequestError` (`too_long`) for a description that is too long."""
    text = json.dumps(values.get("description") or "", ensure_ascii=False)
    if len(text.encode()) - len('""') > MAX_DESCRIPTION:
        message = f"The description has more than {MAX_DESCRIPTION} bytes as JSON."
        raise body.refused([Problem("too_long", message, "/description")])


def _in_definition(problems: Iterable[Problem]) -> Iterator[Problem]:
    """Problems of an entity's schema as problems of the definition that caused them."""
    for one in problems:
        yield replace(one, pointer=re.sub(f"^/{CUSTOM_PROPERTIES}/[0-9]+", "", one.pointer))


def _without(stored: Schema, record: Record, key: str) -> Replacement:
    """A record whose value of a custom property is replaced by null, with its unique values before and after."""
    after = {**record, CUSTOM_PROPERTIES: {**record[CUSTOM_PROPERTIES], key: None}}
    return after, kept_unique(stored, record), kept_unique(stored, after)


def _forgotten(definition: Record) -> Record:
    return {**definition, "isForgotten": True}


def _defined(name: str, values: Record) -> Record:
    """A definition as stored: with defaults (docs/language.md#custom-properties) and a key unique to the entity."""
    flags = {flag: values.get(flag) or False for flag in ("isUnique", "isList")}
    return {**values, **flags, "key": f"{name}.{values['name']}"}


class Gate:
    """A lock that many hold together or one alone. Waiting for it alone takes precedence over later arrivals."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._holders = 0
        self._waiting = 0

    def enter(self) -> None:
        """Holds the lock together with others. `leave` ends that."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting == 0 and self._holders >= 0)
            self._holders += 1

    def leave(self) -> None:
        """Ends what `enter` began."""
        with self._changed:
            self._holders -= 1
            if self._holders == 0:
                self._changed.notify_all()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """A block that no one else may be in."""
        with self._changed:
            self._waiting += 1
            self._changed.wait_for(lambda: self._holders == 0)
            self._waiting -= 1
            self._holders = -1
        try:
            yield
        finally:
            with self._changed:
                self._holders = 0
                self._changed.notify_all()
