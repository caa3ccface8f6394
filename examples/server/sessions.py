"""Logins: passwords and session keys, of which only digests are stored.

A session's digest is made from its key and from the user's password digest. It is compared at each use, so that no
session outlives the password that it began with, whatever happens at the same time.
"""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from hashlib import scrypt, sha256
from time import monotonic

import criteria
from criteria import Field, Search
from criteria.web import ApiError, ApiStatus, Entity, JsonObject, RequestError, is_same
from examples.server.objects import Change, Objects, Record, alive

LIFETIME = timedelta(days=1)
MAX_SESSIONS = 100
"""Live sessions of one user; a further one ends the oldest."""

PURGE_SECONDS = 60.0
"""Time between two removals of sessions that are over."""

_WORK = {"n": 2**14, "r": 8, "p": 1}


_PASSWORD = Entity("user", [Field("userpassword", "string")])


def password_hashed(body: JsonObject) -> Change:
    """Replaces the password of a record by the digest of that in a body; null removes it.

    The digest, which takes long, is made now: the change may run several times. A password that is none has no digest,
    and makes the record invalid.
    """
    digest: Record = {}
    if "userpassword" in body:
        with suppress(RequestError):
            password = _PASSWORD.read(JsonObject(userpassword=body["userpassword"]))["userpassword"]
            digest = {"passwordHash": None if password is None else _hashed(password)}
    return lambda record: {**{name: value for name, value in record.items() if name != "userpassword"}, **digest}


def _hashed(password: str) -> str:
    salt = secrets.token_bytes(16)
    digest = scrypt(password.encode("utf-8"), salt=salt, **_WORK)
    return f"{b64encode(salt).decode()}:{b64encode(digest).decode()}"


_NOBODY = {"passwordHash": _hashed(secrets.token_urlsafe())}


class Sessions:
    """The sessions of users."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._next_purge = 0.0

    def begin(self, username: str, password: str) -> str:
        """A new session key. Raises `ApiError` (`AuthenticationFailed`).

        An unknown user takes as long to refuse as a wrong password.
        """
        users = self._objects.entity("user")
        query = criteria.parse({"username": username}, users.stored) & alive(users)
        found = self._objects.store.find(Search(query, limit=1))
        user = found[0] if found else _NOBODY
        salt, _, digest = (user["passwordHash"] or _NOBODY["passwordHash"]).partition(":")
        tried = scrypt(password.encode("utf-8"), salt=b64decode(salt), **_WORK)
        if not is_same(b64encode(tried).decode(), digest) or not found:
            raise ApiError(ApiStatus.AUTHENTICATION_FAILED, "There is no user with this name and password.")
        self._purge_now_and_then()
        key = f"{user['objectId']}.{secrets.token_urlsafe(32)}"
        self._objects.create("userSession", {"user": user["objectId"], "keyHash": _digest(key, user)})
        self._end_oldest(int(user["objectId"]))
        return key

    def _end_oldest(self, user_id: int) -> None:
        """Removes the sessions of a user before the newest `MAX_SESSIONS`."""
        entity = self._objects.entity("userSession")
        living = criteria.parse({"user": user_id}, entity.stored) & alive(entity)
        newest_first = criteria.parse_order_by("objectId desc", entity.stored)
        for one in self._objects.store.find(Search(living, newest_first, limit=1, skip=MAX_SESSIONS))[:1]:
            older = {"user": user_id, "objectId": {"$lte": one["objectId"]}}
            self._objects.store.remove(criteria.parse(older, entity.stored))

    def user_of(self, key: str) -> int | None:
        """The user of a session; None for an unknown session or a deleted user."""
        session = self._session(key)
        return session["user"] if session else None

    def user_in(self, user: Record, key: str) -> int | None:
        """The user of a session that the state `user` of its user has; None for any other session.

        What was compared with another state of the user may have ended since.
        """
        is_its = key.partition(".")[0] == str(user["objectId"])
        return int(user["objectId"]) if is_its and self._session_of(user, key) else None

    def end(self, key: str) -> None:
        """Ends a session."""
        session = self._session(key)
        if session is not None:
            self._end(session)

    def end_all(self, user_id: int) -> None:
        """Ends the sessions of a user, with one statement."""
        entity = self._objects.entity("userSession")
        self._objects.store.remove(criteria.parse({"user": user_id}, entity.stored))

    def purge(self) -> None:
        """Removes sessions that have ended or expired, with one statement."""
        entity = self._objects.entity("userSession")
        over = {"OR": [{"createDate": {"$lt": _oldest()}}, {"isDeleted": True}]}
        self._objects.store.remove(criteria.parse(over, entity.stored))

    def _purge_now_and_then(self) -> None:
        now = monotonic()
        if now >= self._next_purge:
            self._next_purge = now + PURGE_SECONDS
            self.purge()

    def _end(self, session: Record) -> None:
        try:
            self._objects.delete("userSession", session["objectId"])
        except ApiError as error:
            if error.status is not ApiStatus.OBJECT_NOT_FOUND:  # another request has ended it
                raise

    def _session(self, key: str) -> Record | None:
        user = self._user(key)
        return None if user is None else self._session_of(user, key)

    def _session_of(self, user: Record, key: str) -> Record | None:
        entity = self._objects.entity("userSession")
        wanted = {"user": user["objectId"], "keyHash": _digest(key, user), "createDate": {"$gte": _oldest()}}
        found = self._objects.store.find(Search(criteria.parse(wanted, entity.stored) & alive(entity), limit=1))
        return found[0] if found else None

    def _user(self, key: str) -> Record | None:
        """The user whose number a session key begins with."""
        number = key.partition(".")[0]
        if not (number.isascii() and number.isdigit() and len(number) < 19):
            return None
        users = self._objects.entity("user")
        query = criteria.parse({"objectId": int(number)}, users.stored) & alive(users)
        found = self._objects.store.find(Search(query, limit=1))
        return found[0] if found else None


def _oldest() -> str:
    return (datetime.now(timezone.utc) - LIFETIME).isoformat(timespec="milliseconds")


def _digest(key: str, user: Record) -> str:
    return sha256(f"{user['passwordHash']}\n{key}".encode("utf-8", "surrogatepass")).hexdigest()
