"""Asks a collection of PyMongo about its validator and its documents."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from criteria.errors import CriteriaError, Problem
from criteria.messages import quoted
from criteria.tables.unanswered import unanswered

Result = TypeVar("Result")


class Documents:
    """A collection of PyMongo, whose documents other programs may have written.

    Raises `CriteriaError` (`unsupported`) for anything else, and `database_error` for every exception of the driver.
    """

    def __init__(self, collection: Any) -> None:
        _check(collection)
        self._collection = collection
        self._name: str = quoted(collection.name)
        self.uuid_representation: int = collection.codec_options.uuid_representation

    def validator(self) -> Any:
        """The validator of the collection; an empty one if it has none."""
        found = _answered(self._options, self._name)
        return found.get("validator", {})

    def _options(self) -> Any:
        found = list(self._collection.database.list_collections(filter={"name": self._collection.name}))
        return found[0].get("options", {}) if found else {}

    def fulfilling(self, condition: Any, field: str, pointer: str) -> str | None:
        """The `_id` of a document that fulfils a condition on a field, as messages show it; None if none does."""
        readable = self._collection.with_options(codec_options=_readable())

        def ask() -> str | None:
            found = readable.find_one(condition, {"_id": True})
            return None if found is None else self._shown(found["_id"])

        return _answered(ask, f"field {quoted(field)} of {self._name}", pointer)

    def _shown(self, key: Any) -> str:
        from bson import Binary

        if isinstance(key, Binary):
            with suppress(ValueError):  # no guid, or one that the collection does not read either
                key = key.as_uuid(self.uuid_representation)
        return quoted(str(key))


def _check(collection: Any) -> None:
    """Raises `CriteriaError` (`unsupported`) for what is no collection of PyMongo."""
    names = [(base.__module__.partition(".")[0], base.__name__) for base in type(collection).__mro__]
    if ("pymongo", "Collection") in names:
        return
    packages = {package for package, _ in names}
    if ("pymongo", "AsyncCollection") in names or "motor" in packages:
        raise CriteriaError(Problem("unsupported", "This collection is asynchronous.", hint=_SYNCHRONOUS))
    shown = f"a value of class {names[0][1]}" if "pymongo" in packages else quoted(collection)
    message = f"Documents are read from a collection, not from {shown}."
    raise CriteriaError(Problem("unsupported", message, hint=_COLLECTION))


_COLLECTION = "Pass a collection of PyMongo, such as client.shop.orders."
_SYNCHRONOUS = "Pass the same collection of a pymongo.MongoClient. The result serves asynchronous collections as well."


def _readable() -> Any:
    """Codec options that read every document, also text that is not UTF-8 and instants that Python does not have."""
    from bson.codec_options import CodecOptions, DatetimeConversion

    return CodecOptions(unicode_decode_error_handler="replace", datetime_conversion=DatetimeConversion.DATETIME_AUTO)


def _answered(ask: Callable[[], Result], about: str, pointer: str = "") -> Result:
    try:
        return ask()
    except Exception as error:
        raise unanswered(error, about, _hint(error), pointer) from error


_CLOSED = "Pass a collection of an open client."
_SLOW = (
    "Allow operations more time on this client (timeoutMS, socketTimeoutMS), or pass verify=False: then no query reads "
    "the whole collection."
)
_UNREACHABLE = "The server has to answer the client: check its address, and that it runs."
_NOT_UTF_8 = "A document may hold text that is not UTF-8 in the field. Correct such texts."
_FAILED = "find() and listing collections have to work on this collection, with its user's rights."

_CANCELLED_CODES = (50, 262, 11601)
"""Codes of errors: an operation that took too long, by its own limit or the server's, and one that was killed."""

_REGULAR_EXPRESSION = 51156
"""The code of an error: a regular expression that fails on its input. Those of the library fail on no UTF-8."""


def _hint(error: Exception) -> str:
    code, name = getattr(error, "code", None), type(error).__name__
    if name == "InvalidOperation" or "closed" in str(error):
        return _CLOSED
    if name == "ServerSelectionTimeoutError":
        return _UNREACHABLE
    if getattr(error, "timeout", False) is True or code in _CANCELLED_CODES:
        return _SLOW
    return _NOT_UTF_8 if code == _REGULAR_EXPRESSION else _FAILED
