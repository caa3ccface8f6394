"""Creates, reads, changes, deletes, restores and searches objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from threading import Lock
from typing import Any

import criteria
from criteria import Field, FieldType, Page, Query, Schema, Search
from criteria.schema.custom_properties import CUSTOM_PROPERTIES
from criteria.web import (
    ApiError,
    ApiStatus,
    Entity,
    JsonObject,
    check_references,
    not_unique,
    page_room,
    replace_references,
    resolved,
    resolved_room,
    unique_values,
)
from examples.server.store import Store, Taken, Unique

Record = dict[str, Any]
Change = Callable[[Record], Record]

MAX_IDS = 1000


class Objects:
    """The objects of a store.

    `entity` returns an entity with its present custom properties. `unforgotten` returns what is stored of an entity
    while objects may have values of custom properties that are deleted; otherwise None.
    """

    def __init__(
        self, store: Store, entity: Callable[[str], Entity], unforgotten: Callable[[str], Schema | None] | None = None
    ) -> None:
        self.store = store
        self.entity = entity
        self._unforgotten = unforgotten or (lambda name: None)
        self._turns = Turns()
        self._written: set[tuple[str, int]] | None = None

    def create(self, name: str, values: Mapping[str, Any]) -> int:
        """Creates an object and returns its id. Raises `ApiError` for values that are not unique."""
        entity = self.entity(name)
        check_references(entity, {}, values, self._existing)
        now = _now()
        record = {**values, "createDate": now, "updateDate": now, "revision": 1, "isDeleted": False}
        try:
            object_id = self.store.insert(entity.stored, record, kept_unique(entity.stored, record))
        except Taken as taken:
            raise already_there(entity, taken.field) from None
        self._note(name, object_id)
        return object_id

    def change(self, name: str, object_id: int, change: Change, *, scope: Query | None = None) -> Record:
        """Writes what `change` makes of an object. Those who write the same object take turns, so each reads it once.

        Raises `ApiError` when there is no such object in the scope (by default: one that is not deleted).
        """
        with self._turns.of((name, object_id)):
            while True:  # somebody who takes no turns may have written
                after = self._changed(name, object_id, change, scope)
                if after is not None:
                    self._note(name, object_id)
                    return after

    def _changed(self, name: str, object_id: int, change: Change, scope: Query | None) -> Record | None:
        """What was written, without values of deleted custom properties; None if another write came in between."""
        entity = self.entity(name)
        stored = entity.stored
        unforgotten = self._unforgotten(name)
        found = self.record(entity, object_id, scope, unforgotten)
        had = kept_unique(unforgotten or stored, found)
        before = found if unforgotten is None else _present(entity, found)
        # later than before also within one millisecond: who sends it back has read this very state
        after = {**change(before), "updateDate": max(_now(), before["updateDate"] + timedelta(milliseconds=1))}
        check_references(entity, before, after, self._existing)
        try:
            is_written = self.store.replace(stored, after, had, kept_unique(stored, after))
        except Taken as taken:
            raise already_there(entity, taken.field) from None
        return after if is_written else None

    @contextmanager
    def noting(self) -> Iterator[set[tuple[str, int]]]:
        """A block with the names of entities and the ids of the objects that are written during it. No two threads are
        in such a block."""
        written: set[tuple[str, int]] = set()
        self._written = written
        try:
            yield written
        finally:
            self._written = None

    def _note(self, name: str, object_id: int) -> None:
        written = self._written
        if written is not None:
            written.add((name, object_id))

    def update(self, name: str, object_id: int, body: JsonObject, change: Change = dict) -> None:
        """Writes a client's changes over an object; `change` replaces values that are not stored as sent."""
        self.change(name, object_id, lambda record: change({**record, **self.entity(name).read(body, record)}))

    def delete(self, name: str, object_id: int) -> None:
        """Marks an object as deleted."""
        self.change(name, object_id, lambda record: {**record, "isDeleted": True})

    def restore(self, name: str, object_id: int) -> None:
        """Restores a deleted object. Raises `ApiError` (`BadRequest`) when it is not deleted."""

        def restored(record: Record) -> Record:
            if not record["isDeleted"]:
                raise ApiError(ApiStatus.BAD_REQUEST, f"The {name} {object_id} is not deleted.")
            return {**record, "isDeleted": False}

        self.change(name, object_id, restored, scope=criteria.parse({}, self.entity(name).stored))

    def record(
        self, entity: Entity, object_id: int, scope: Query | None = None, stored: Schema | None = None
    ) -> Record:
        """The record of an id, as `entity.stored` or another schema of it. Raises `ApiError` (`ObjectNotFound`)."""
        inside = alive(entity) if scope is None else scope
        query = criteria.parse({"objectId": object_id}, stored or entity.stored) & inside
        found = self.store.find(Search(query, limit=1))
        if not found:
            raise ApiError(ApiStatus.OBJECT_NOT_FOUND, f"There is no {entity.name} {object_id}.")
        return found[0]

    def is_there(self, name: str, object_id: int) -> bool:
        """Whether an object exists and is not deleted."""
        return bool(self._existing(name, [object_id]))

    def get(self, name: str, object_id: int, references: Sequence[Field] = (), scope: Query | None = None) -> Record:
        """One object as JSON."""
        entity = self.entity(name)
        return resolved(entity, [self.record(entity, object_id, scope)], references, self._fetch)[0]

    def search(self, name: str, search: Search, scope: Query | None = None) -> Page:
        """The page of a client's search among objects that are not deleted, within `scope` if given.

        References lead to objects that are not deleted.
        """
        entity = self.entity(name)
        living = {other: alive(self.entity(other)) for other in search.query.entities}
        query = search.query.within(living) & _alive(entity.stored, search.query.schema)
        inside = replace(search, query=query if scope is None else query & scope)
        is_counted = search.get_total_count or search.limit == 0  # no record is fetched to tell whether more follow
        total = self.store.count(inside) if is_counted else None
        is_plain = all(_has_plain_json(key.field, entity) for key in search.sort_keys)
        if is_plain and all(one.name not in entity.on_request for one in search.resolve):
            page = inside.page(self.store.find_json(inside, entity, page_room()), total)
            replace_references(page.data, search.resolve, self._fetch)
        else:
            page = inside.page(self.store.find(inside, page_room()), total)
            page = replace(page, data=tuple(resolved(entity, page.data, search.resolve, self._fetch)))
        return page if search.get_total_count or total is None else replace(page, total_count=None)

    def _fetch(self, name: str, object_ids: Sequence[int]) -> dict[int, Record]:
        entity = self.entity(name)
        room = resolved_room()
        searches = _living(entity.stored, object_ids)
        return {one["objectId"]: one for search in searches for one in self.store.find_json(search, entity, room)}

    def _existing(self, name: str, object_ids: Sequence[int]) -> set[int]:
        searches = _living(_sparse(name), object_ids)
        return {record["objectId"] for search in searches for record in self.store.find(search)}


def _present(entity: Entity, record: Record) -> Record:
    """A record with the custom properties that an entity has."""
    names = [one.name for one in entity.custom_properties or ()]
    return {**record, CUSTOM_PROPERTIES: {name: record[CUSTOM_PROPERTIES][name] for name in names}}


class Turns:
    """A lock for each object that somebody writes, as long as anybody holds it or waits for it."""

    def __init__(self) -> None:
        self._counting = Lock()
        self._locks: dict[tuple[str, int], tuple[Lock, int]] = {}

    @contextmanager
    def of(self, key: tuple[str, int]) -> Iterator[None]:
        """A block that no two threads are in for the same object."""
        lock = self._counted(key, 1)
        try:
            with lock:
                yield
        finally:
            self._counted(key, -1)

    def _counted(self, key: tuple[str, int], more: int) -> Lock:
        with self._counting:
            lock, users = self._locks.pop(key) if key in self._locks else (Lock(), 0)
            if users + more:
                self._locks[key] = lock, users + more
            return lock


@lru_cache(maxsize=100)
def _sparse(name: str) -> Schema:
    """A schema that reads only whether the objects of an entity are there, whatever they hold."""
    key = Field("objectId", "integer", is_unique=True, nullable=False)
    return Schema(name, [key, Field("isDeleted", "boolean", nullable=False)], system_properties=False)


def _living(stored: Schema, object_ids: Sequence[int]) -> Iterator[Search]:
    """The searches for the objects of these ids that are not deleted, one per thousand."""
    for start in range(0, len(object_ids), MAX_IDS):
        ids = list(object_ids[start : start + MAX_IDS])
        yield Search(criteria.parse({"objectId": {"$in": ids}}, stored) & _alive(stored), limit=None)


def _has_plain_json(key: Field, entity: Entity) -> bool:
    """Whether an object as clients read it has a value of a sort key for the cursors of its page."""
    return key.field_type is not FieldType.OBJECT_REF and key.name not in entity.on_request


def alive(entity: Entity) -> Query:
    """The condition that objects are not deleted."""
    return _alive(entity.stored)


@lru_cache(maxsize=100)
def _alive(stored: Schema, searched: Schema | None = None) -> Query:
    """The condition, for queries of a schema: with the same entities, joining the two makes no third schema."""
    return criteria.parse({"isDeleted": False}, stored, entities=None if searched is None else searched.entities)


def kept_unique(schema: Schema, record: Mapping[str, Any]) -> Unique:
    """The values that no other object may have; a deleted object has none."""
    return {} if record["isDeleted"] else unique_values(schema, record)


def already_there(entity: Entity, field: str) -> ApiError:
    """The error for a value that another object has already."""
    if field == "customDomainName":
        return not_unique(entity, field, ApiStatus.CUSTOM_DOMAIN_NAME_ALREADY_USED)
    return not_unique(entity, "name" if field == "key" else field)  # a definition's key is made of its name


def _now() -> datetime:
    now = datetime.now(timezone.utc)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
