"""MongoDB: each object is one document, so that a write is atomic without transactions.

The document has a list of digests of its unique values, with a unique index over it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from time import monotonic, sleep
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import pymongo
from bson.codec_options import CodecOptions
from pymongo import ReadPreference
from pymongo.command_cursor import CommandCursor
from pymongo.cursor import Cursor
from pymongo.errors import DuplicateKeyError, PyMongoError
from pymongo.read_concern import ReadConcern

import criteria
from criteria import Query, Schema, Search
from criteria.backends.mongo import MongoPipelines
from criteria.web import Entity, Room
from examples.server.store import STATEMENT_SECONDS, Replacement, Taken, Unique
from examples.server.store.claims import Held, Renewal

LOG = logging.getLogger("examples.server.store")
COUNTERS, UNIQUE = "counters", "uniqueValues"
OPTIONS: Mapping[str, Any] = {
    "journal": True,  # acknowledged writes are on the disk
    "serverSelectionTimeoutMS": 10_000,
    "socketTimeoutMS": 40_000,  # longer than MongoDB runs a search
}


CLAIMS, CLAIM = "claims", "server"
LEASE_SECONDS = 10.0
"""Time after which the claim of a server that was killed is free. A server renews its own in time."""

PAUSE = 0.2


class MongoStore:
    """A store in a MongoDB database."""

    def __init__(self, url: str) -> None:
        said = {name.lower() for name, _ in parse_qsl(urlsplit(url).query)}  # options of the URL take precedence
        options = {name: value for name, value in OPTIONS.items() if name.lower() not in said}
        self._renewal: Renewal | None = None
        self._holder = uuid4().hex
        self._client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(url, **options)
        try:
            # The URL may name settings under which values come back as others, or a write is not there when it is read.
            self._database = self._client.get_default_database(
                codec_options=CodecOptions[dict[str, Any]](),
                read_preference=ReadPreference.PRIMARY,
                read_concern=ReadConcern("local"),
            )
            if not self._database.write_concern.acknowledged:
                raise ValueError("writes must be acknowledged: leave w=0 out")
            self._client.admin.command("ping")
        except BaseException:
            self._client.close()
            raise

    def claim(self, lost: Callable[[], None]) -> None:
        """A lease in a document. Waits for the end of that of a server that was killed."""
        self._database[CLAIMS].update_one({"_id": CLAIM}, {"$setOnInsert": {"expires": _EPOCH}}, upsert=True)
        seen = self._lease()
        until = monotonic() + LEASE_SECONDS + 1
        while not self._taken_over():
            if self._lease() != seen or monotonic() > until:  # somebody renews it
                raise Held
            sleep(PAUSE)
        self._renewal = Renewal(self._renew, LEASE_SECONDS / 4, lost)

    def _lease(self) -> Any:
        return (self._database[CLAIMS].find_one({"_id": CLAIM}) or {}).get("expires")

    def _taken_over(self) -> bool:
        free = {"_id": CLAIM, "$expr": {"$lt": ["$expires", "$$NOW"]}}
        return self._database[CLAIMS].update_one(free, self._renewed()).matched_count == 1

    def _renew(self) -> None:
        mine = {"_id": CLAIM, "holder": self._holder}
        if not self._database[CLAIMS].update_one(mine, self._renewed()).matched_count:
            raise Held

    def _renewed(self) -> list[dict[str, Any]]:
        """The lease of this server, by the clock of the database."""
        expires = {"$add": ["$$NOW", int(LEASE_SECONDS * 1000)]}
        return [{"$set": {"holder": self._holder, "expires": expires}}]

    def prepare(self, schema: Schema) -> None:
        """Creates a collection with two unique indexes."""
        collection = self._database[schema.name]
        collection.create_index("objectId", unique=True)
        collection.create_index(UNIQUE, unique=True, sparse=True)
        first = {"$setOnInsert": {"value": 0}}
        self._database[COUNTERS].update_one({"_id": schema.name}, first, upsert=True)

    def insert(self, schema: Schema, record: Mapping[str, Any], unique: Unique) -> int:
        """Inserts a document with the next id of its collection."""
        LOG.debug("next id of %s", schema.name)
        counter = self._database[COUNTERS].find_one_and_update(
            {"_id": schema.name},
            {"$inc": {"value": 1}},
            return_document=pymongo.ReturnDocument.AFTER,
        )
        assert counter is not None  # `prepare` made it
        document = self._document(schema, {**record, "objectId": counter["value"]}, unique)
        LOG.debug("insert into %s", schema.name)
        try:
            self._database[schema.name].insert_one(document)
        except DuplicateKeyError as error:
            raise _taken(error, unique) from None
        return int(counter["value"])

    def replace(self, schema: Schema, record: Mapping[str, Any], before: Unique, after: Unique) -> bool:
        """Replaces the document if it still has the revision that was read."""
        there = criteria.parse({"objectId": record["objectId"], "revision": record["revision"]}, schema)
        document = self._document(schema, {**record, "revision": record["revision"] + 1}, after)
        LOG.debug("replace in %s", schema.name)
        try:
            done = self._database[schema.name].replace_one(criteria.compile(there, "mongo"), document)
        except DuplicateKeyError as error:
            raise _taken(error, after) from None
        return done.matched_count == 1

    def replace_all(self, schema: Schema, changes: Sequence[Replacement]) -> bool:
        """One document after the other: each is atomic by itself."""
        are_written = [self.replace(schema, *change) for change in changes]  # the others, too, if one is not
        return all(are_written)

    def remove(self, query: Query) -> None:
        """One `delete_many`."""
        assert query.schema is not None
        LOG.debug("remove from %s", query.schema.name)
        self._database[query.schema.name].delete_many(criteria.compile(query, "mongo"))

    def find(self, search: Search, room: Room | None = None) -> list[dict[str, Any]]:
        """One `find`, or one `aggregate` for criteria that follow references."""
        if search.limit == 0:
            return []
        schema = search.query.schema
        assert schema is not None
        storage = criteria.storage(schema, "mongo")
        with self._cursor(search, schema) as documents:
            read = list(documents) if room is None else room.read(documents)
        return [storage.decode(document) for document in read]

    def _cursor(self, search: Search, schema: Schema) -> Cursor[dict[str, Any]] | CommandCursor[dict[str, Any]]:
        """Reads documents in batches, which MongoDB bounds. They have the columns of the schema alone."""
        collection = self._database[schema.name]
        columns = dict.fromkeys((one.column for one in schema.fields), 1)
        if search.query.entities:
            pipelines = self._pipelines(search)
            rows = [*pipelines.rows, {"$project": columns}]
            return collection.aggregate(rows, collation=pipelines.collation, maxTimeMS=_milliseconds())
        what = criteria.compile(search, "mongo")
        LOG.debug("find in %s: %s", schema.name, list(what.filter))
        return collection.find(
            what.filter,
            columns,
            sort=list(what.sort),
            skip=what.skip,
            limit=what.limit or 0,
            collation=what.collation,
            max_time_ms=_milliseconds(),
        )

    def _pipelines(self, search: Search) -> MongoPipelines:
        assert search.query.schema is not None
        LOG.debug("aggregate in %s", search.query.schema.name)
        return criteria.compile(search, "mongo", collections={name: name for name in search.query.entities})

    def find_json(self, search: Search, entity: Entity, room: Room) -> list[dict[str, Any]]:
        """What `find` returns."""
        return [entity.to_json(record) for record in self.find(search, room)]

    def count(self, search: Search) -> int:
        """One `count_documents`, or one `aggregate` for criteria that follow references."""
        schema = search.query.schema
        assert schema is not None
        if search.query.entities:
            pipelines = self._pipelines(replace(search, get_total_count=True))
            assert pipelines.count is not None
            found = self._database[schema.name].aggregate(
                pipelines.count, collation=pipelines.collation, maxTimeMS=_milliseconds()
            )
            counted = list(found)
            return counted[0]["count"] if counted else 0
        what = criteria.compile(search, "mongo")
        LOG.debug("count in %s: %s", schema.name, list(what.filter))
        return self._database[schema.name].count_documents(
            what.count_filter, collation=what.collation, maxTimeMS=_milliseconds()
        )

    def close(self) -> None:
        """Closes the connections."""
        if self._renewal is not None:
            self._renewal.stop()
            with suppress(PyMongoError):  # the lease ends by itself
                mine = {"_id": CLAIM, "holder": self._holder}
                self._database[CLAIMS].update_one(mine, {"$set": {"expires": _EPOCH}})
        self._client.close()

    def _document(self, schema: Schema, record: Mapping[str, Any], unique: Unique) -> dict[str, Any]:
        document: dict[str, Any] = criteria.storage(schema, "mongo").encode(record)
        return {**document, UNIQUE: sorted(unique)} if unique else document


_EPOCH = datetime(1970, 1, 1)


def _milliseconds() -> int:
    """How long MongoDB may take for a search."""
    return int(STATEMENT_SECONDS * 1000)


def _taken(error: DuplicateKeyError, unique: Unique) -> Exception:
    """The error that names the field whose value another document has."""
    digest = str(((error.details or {}).get("keyValue") or {}).get(UNIQUE))
    return Taken(unique[digest]) if digest in unique else error


def open_mongo(url: str) -> MongoStore:
    """A store in the database that the URL names."""
    return MongoStore(url)
