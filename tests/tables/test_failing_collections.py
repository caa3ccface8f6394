"""Collections about which MongoDB does not answer, and what is no collection: refused with a code and a hint."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any

import bson
import pytest
from bson import Binary, DatetimeMS, Int64
from bson.codec_options import CodecOptions, DatetimeConversion
from bson.errors import InvalidBSON
from bson.raw_bson import RawBSONDocument
from pymongo import AsyncMongoClient, MongoClient
from pymongo.errors import OperationFailure, PyMongoError

import criteria
from criteria import CriteriaError, Field, Problem, Schema
from tests.conftest import Engines
from tests.engines.documents import MongoEngine

KEY = Field("id", "integer", is_unique=True, nullable=False, column="_id")
SCHEMA = Schema("foreign", [KEY, Field("name", "string")], system_properties=False)
NOWHERE = "mongodb://127.0.0.1:1"


@pytest.fixture
def engine(engines: Engines) -> MongoEngine:
    """MongoDB, with an empty collection."""
    engine = engines.get("mongodb")
    assert isinstance(engine, MongoEngine)
    engine.database.drop_collection("foreign")
    return engine


@pytest.fixture
def collection(engine: MongoEngine) -> Any:
    """An empty collection."""
    return engine.database["foreign"]


def refusal(collection: Any, schema: Schema = SCHEMA, *, verify: bool = True) -> Problem:
    """How reading a collection is refused, with one problem; no coroutine is left that nobody awaits."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(CriteriaError) as error:
            criteria.tables.collection(collection, schema, verify=verify)
    [problem] = error.value.problems
    assert problem.hint
    if problem.code == "database_error":
        assert isinstance(error.value.__cause__, (PyMongoError, InvalidBSON))
    return problem


@contextmanager
def connected(engine: MongoEngine, **options: Any) -> Iterator[Any]:
    """The collection, in a client of its own."""
    with engine.server.connect(**options) as client:
        yield client[engine.database.name]["foreign"]


@pytest.mark.parametrize("verify", [True, False])
def test_a_server_that_is_away(verify: bool) -> None:
    with MongoClient[dict[str, Any]](NOWHERE, serverSelectionTimeoutMS=100) as client:
        problem = refusal(client["shop"]["foreign"], verify=verify)
    assert problem.code == "database_error"
    assert problem.message.startswith('The database did not answer about "foreign": 127.0.0.1:1: ')
    assert "check its address" in str(problem.hint)


def test_a_closed_client(engine: MongoEngine) -> None:
    with connected(engine) as other:
        pass
    problem = refusal(other)
    assert (problem.code, problem.hint) == ("database_error", "Pass a collection of an open client.")


def test_a_time_that_is_too_short(engine: MongoEngine) -> None:
    """A view computes for seconds, and the client waits for a fifth of one."""
    engine.database.drop_collection("slow")
    engine.database["foreign"].insert_many([{"_id": at} for at in range(20)])
    numbers = {"$map": {"input": {"$range": [0, 500_000]}, "in": {"$multiply": ["$$this", "$_id"]}}}
    engine.database.create_collection(
        "slow", viewOn="foreign", pipeline=[{"$project": {"name": {"$toString": {"$sum": numbers}}}}]
    )
    try:
        with connected(engine, socketTimeoutMS=200, retryReads=False) as other:
            problem = refusal(other.database["slow"])
    finally:
        engine.database.drop_collection("slow")
    assert problem.code == "database_error"
    assert "verify=False" in str(problem.hint)


def test_a_broken_view(engine: MongoEngine) -> None:
    """The refusal has the pointer of the field whose values could not be looked at."""
    engine.database["foreign"].insert_one({"_id": 1})
    engine.database.drop_collection("broken")
    divided = {"$project": {"name": {"$divide": [1, 0]}}}
    engine.database.create_collection("broken", viewOn="foreign", pipeline=[divided])
    try:
        problem = refusal(engine.database["broken"])
    finally:
        engine.database.drop_collection("broken")
    assert (problem.code, problem.pointer) == ("database_error", "/id")
    assert problem.message.startswith('The database did not answer about field "id" of "broken": ')
    assert "rights" in str(problem.hint)


def test_what_is_no_collection(collection: Any) -> None:
    others: Mapping[str, Any] = {
        "a value of class Database": collection.database,
        "a value of class MongoClient": collection.database.client,
        "null": None,
        '"foreign"': "foreign",
    }
    for shown, other in others.items():
        problem = refusal(other)
        assert problem.code == "unsupported"
        assert problem.message == f"Documents are read from a collection, not from {shown}."


def test_an_asynchronous_collection_is_refused() -> None:
    """Nothing is asked, so that no coroutine is left."""
    collection = AsyncMongoClient[dict[str, Any]](NOWHERE)["shop"]["foreign"]
    problem = refusal(collection)
    assert (problem.code, problem.message) == ("unsupported", "This collection is asynchronous.")
    assert "pymongo.MongoClient" in str(problem.hint)


OPTIONS: Mapping[str, CodecOptions[Any]] = {
    "default": CodecOptions(),
    "standard": CodecOptions(tz_aware=True, uuid_representation=4),
    "raw": CodecOptions(document_class=RawBSONDocument),
    "clamped": CodecOptions(datetime_conversion=DatetimeConversion.DATETIME_CLAMP),
}
KEYS: Mapping[str, tuple[Any, str]] = {
    "text that is not UTF-8": ("hiXX", "hi"),
    "an instant that Python does not have": (DatetimeMS(2**62), "4611686018427387904"),
    "a guid that is too short": (Binary(b"abc", 4), "abc"),
    "a guid": (Binary(bytes(16), 4), "00"),
    "a document": ({"a": datetime(2026, 6, 1, tzinfo=timezone.utc)}, "2026"),
}


def encoded(document: Any) -> RawBSONDocument:
    """A document in which XX is no UTF-8."""
    return RawBSONDocument(bson.encode(document).replace(b"XX", b"\xff\xfe"))


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize(("key", "shown"), KEYS.values(), ids=KEYS)
def test_the_document_that_is_named_has_any_key(
    key: Any, shown: str, options: CodecOptions[Any], collection: Any
) -> None:
    """Whatever its `_id` is, and whatever the collection reads: the key is no integer, and the refusal shows it."""
    collection.insert_many([{"_id": Int64(1)}, encoded({"_id": key})])
    problem = refusal(collection.with_options(codec_options=options))
    assert (problem.code, problem.pointer) == ("unfit_column", "/id")
    assert problem.message.startswith('The document whose _id is "')
    assert shown in problem.message


def test_a_guid_as_a_key_is_shown_as_the_collection_reads_it(collection: Any) -> None:
    collection.insert_one({"_id": Binary(bytes(range(16)), 4)})
    standard = collection.with_options(codec_options=CodecOptions(uuid_representation=4))
    assert "00010203-0405-0607-0809-0a0b0c0d0e0f" in refusal(standard).message


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_text_that_is_not_utf_8_in_a_date(options: CodecOptions[Any], collection: Any) -> None:
    """The server itself fails on it. The refusal says of which field, and shows nothing of the text."""
    schema = Schema("foreign", [KEY, Field("day", "date")], system_properties=False)
    collection.insert_one(encoded({"_id": Int64(1), "day": "hiddenXX"}))
    problem = refusal(collection.with_options(codec_options=options), schema)
    assert (problem.code, problem.pointer) == ("database_error", "/day")
    assert "UTF-8" in str(problem.hint)
    assert "hidden" not in f"{problem.message}{problem.hint}"


def test_text_that_is_not_utf_8_elsewhere_is_let_through(collection: Any) -> None:
    """Of strings MongoDB compares the bytes, and what no field reads is not looked at."""
    collection.insert_one(encoded({"_id": Int64(1), "name": "hiXX", "other": "XX"}))
    assert criteria.tables.collection(collection, SCHEMA).schema == SCHEMA


def test_a_validator_that_python_cannot_read(engine: MongoEngine) -> None:
    """Validators may hold instants that Python does not have."""
    engine.database.create_collection("foreign", validator={"at": {"$lt": DatetimeMS(2**62)}})
    problem = refusal(engine.database["foreign"])
    assert (problem.code, "out of range" in problem.message) == ("database_error", True)


def test_what_the_user_may_not_do(collection: Any) -> None:
    """Exceptions of the server keep their words."""

    class Forbidden(type(collection.database)):  # type: ignore[misc]
        def list_collections(self, *arguments: Any, **options: Any) -> Any:
            raise OperationFailure("not authorized on shop to execute command", 13)

    problem = refusal(Forbidden(collection.database.client, collection.database.name)["foreign"])
    assert problem.code == "database_error"
    assert "not authorized" in problem.message
    assert "rights" in str(problem.hint)
