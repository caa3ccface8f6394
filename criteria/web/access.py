"""Who sends a request: API key, user session or master key (docs/server.md#keys)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import sha256
from hmac import compare_digest

from criteria.text.ascii_case import ascii_lower
from criteria.web.requests import BLANKS
from criteria.web.status import ApiError, ApiStatus

_KEY = re.compile("[!-~]+")
_TOKEN = re.compile(r"[0-9A-Za-z!#$%&'*+.^_`|~-]+")


class Access(IntEnum):
    """What a caller may do. Each level includes those below it."""

    NONE = 0
    APPLICATION = 1
    USER = 2
    MASTER = 3


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request: a level of access, and the user whose session it is, with the session's key."""

    access: Access
    user_id: int | None = None
    session_key: str | None = field(default=None, repr=False, compare=False)

    def require(self, access: Access) -> None:
        """Raises `ApiError` (`AccessDenied`) when the caller has less."""
        if self.access < access:
            raise ApiError(ApiStatus.ACCESS_DENIED, "User not authorized for this action.")


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of an application, and the names of its headers. Neither `repr` nor errors show a key.

    Raises `ValueError` for keys that a header cannot hold, such as an empty one, for two equal keys, and for invalid
    header names.
    """

    api_key: str = field(repr=False)
    master_key: str = field(repr=False)
    api_key_header: str = "X-Instabot-Api-Key"
    master_scheme: str = "X-Instabot-Master-Api-Key"
    session_scheme: str = "X-Instabot-User-Session"
    _digests: tuple[bytes, bytes] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuses an empty key: from a variable that is not set, it would open the server to everybody."""
        for name in ("api_key", "master_key"):
            if not _KEY.fullmatch(getattr(self, name)):
                raise ValueError(f"The {name} must consist of visible ASCII characters, at least one.")
        object.__setattr__(self, "_digests", (_digest(self.api_key), _digest(self.master_key)))
        if is_same(self.api_key, self.master_key):
            raise ValueError("The api_key and the master_key must differ.")
        words = [self.api_key_header, self.master_scheme, self.session_scheme]
        if not all(_TOKEN.fullmatch(word) for word in words) or words[1].lower() == words[2].lower():
            raise ValueError("The header and the two schemes must be HTTP tokens, and the schemes must differ.")

    def caller(self, headers: Iterable[tuple[str, str]], user_of_session: Callable[[str], int | None]) -> Caller:
        """Who sent a request with these headers; `user_of_session` returns the user of a session key, or None.

        Raises `ApiError`: `ApiKeyInvalid` for a wrong API key, `AuthenticationFailed` for a wrong Authorization header.
        A request without an API key has no access.
        """
        api_key, master_key = self._digests
        header = self.api_key_header.lower()
        found = [(ascii_lower(name), value) for name, value in headers]
        keys = [value.strip(BLANKS) for name, value in found if name == header]
        if not keys:
            return Caller(Access.NONE)
        if len(keys) > 1 or not compare_digest(_digest(keys[0]), api_key):
            raise ApiError(ApiStatus.API_KEY_INVALID, "API Key is invalid.")
        given = [value.strip(BLANKS) for name, value in found if name == "authorization"]
        if not given:
            return Caller(Access.APPLICATION)
        scheme, _, credentials = given[0].partition(" ")
        if len(given) == 1 and ascii_lower(scheme) == self.master_scheme.lower():
            if compare_digest(_digest(credentials.strip(BLANKS)), master_key):
                return Caller(Access.MASTER)
        elif len(given) == 1 and ascii_lower(scheme) == self.session_scheme.lower():
            session_key = credentials.strip(BLANKS)
            user_id = user_of_session(session_key)
            if user_id is not None:
                return Caller(Access.USER, user_id, session_key)
        challenge = {"WWW-Authenticate": f"{self.master_scheme}, {self.session_scheme}"}
        raise ApiError(ApiStatus.AUTHENTICATION_FAILED, "Authentication failed.", headers=challenge)


def is_same(given: str, expected: str) -> bool:
    """Whether two secrets are equal, in a time that depends neither on where they differ nor on their lengths."""
    return compare_digest(_digest(given), _digest(expected))


def _digest(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()
