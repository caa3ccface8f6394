"""Logins: passwords and session keys, of which only digests are stored."""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode
from datetime import datetime, timedelta, timezone
from hashlib import scrypt, sha256

import criteria
from criteria import Search
from criteria.web import ApiError, ApiStatus, is_same
from examples.server.objects import Objects, Record, alive

LIFETIME = timedelta(days=1)
_WORK = {"n": 2**14, "r": 8, "p": 1}


def with_password_hash(record: Record) -> Record:
    """A user's record as stored: a password is replaced by its digest, and null removes it."""
    found = dict(record)
    if "userpassword" in found:
        password = found.pop("userpassword")
        found["passwordHash"] = None if password is None else _hashed(password)
    return found


def _hashed(password: str) -> str:
    salt = secrets.token_bytes(16)
    digest = scrypt(password.encode("utf-8"), salt=salt, **_WORK)
    return f"{b64encode(salt).decode()}:{b64encode(digest).decode()}"


_NOBODY = {"passwordHash": _hashed(secrets.token_urlsafe())}


class Sessions:
    """The sessions of users."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

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
        key = secrets.token_urlsafe(32)
        self._objects.create("userSession", {"user": user["objectId"], "keyHash": _digest(key)})
        return key

    def user_of(self, key: str) -> int | None:
        """The user of a session; None for an unknown session or a deleted user."""
        session = self._session(key)
        return session["user"] if session and self._objects.is_there("user", session["user"]) else None

    def end(self, key: str) -> None:
        """Ends a session."""
        session = self._session(key)
        if session is not None:
            self._objects.delete("userSession", session["objectId"])

    def end_all(self, user_id: int) -> None:
        """Ends the sessions of a user."""
        entity = self._objects.entity("userSession")
        query = criteria.parse({"user": user_id}, entity.stored) & alive(entity)
        for session in self._objects.store.find(Search(query, limit=None)):
            self._objects.delete("userSession", session["objectId"])

    def _session(self, key: str) -> Record | None:
        entity = self._objects.entity("userSession")
        oldest = (datetime.now(timezone.utc) - LIFETIME).isoformat(timespec="milliseconds")
        wanted = {"keyHash": _digest(key), "createDate": {"$gte": oldest}}
        found = self._objects.store.find(Search(criteria.parse(wanted, entity.stored) & alive(entity), limit=1))
        return found[0] if found else None


def _digest(key: str) -> str:
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
