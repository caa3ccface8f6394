"""Who a request comes from, by its headers."""

from __future__ import annotations

import pytest

from criteria.web import Access, ApiError, ApiStatus, Caller, Keys, is_same

KEYS = Keys("the-api-key", "the-master-key")
API = ("X-Instabot-Api-Key", "the-api-key")


def of(*headers: tuple[str, str], keys: Keys = KEYS) -> Caller:
    """The caller who sent these headers; the session `s` is that of user 7."""
    return keys.caller(headers, {"s": 7}.get)


def test_three_levels_of_access() -> None:
    """The API key, a session and the master key give a level each; each level includes those below it."""
    assert of() == Caller(Access.NONE)
    assert of(API) == Caller(Access.APPLICATION)
    assert of(API, ("Authorization", "X-Instabot-User-Session s")) == Caller(Access.USER, 7)
    assert of(API, ("Authorization", "X-Instabot-Master-Api-Key  the-master-key ")) == Caller(Access.MASTER)
    for level in Access:
        Caller(Access.MASTER).require(level)
        if level is not Access.NONE:
            with pytest.raises(ApiError) as denied:
                Caller(Access.NONE).require(level)
            assert denied.value.status is ApiStatus.ACCESS_DENIED


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([(API[0], "another")], ApiStatus.API_KEY_INVALID),
        ([API, API], ApiStatus.API_KEY_INVALID),
        ([API, ("Authorization", "X-Instabot-Master-Api-Key the-api-key")], ApiStatus.AUTHENTICATION_FAILED),
        ([API, ("Authorization", "X-Instabot-Master-Api-Key the-master-key\udce9")], ApiStatus.AUTHENTICATION_FAILED),
        ([API, ("Authorization", "X-Instabot-User-Session t")], ApiStatus.AUTHENTICATION_FAILED),
        ([API, ("Authorization", "Basic s")], ApiStatus.AUTHENTICATION_FAILED),
        ([(API[0], "the-api-key\xa0")], ApiStatus.API_KEY_INVALID),
        ([(API[0], "\x0bthe-api-key")], ApiStatus.API_KEY_INVALID),
        ([(API[0], "the-api-key\u2003")], ApiStatus.API_KEY_INVALID),
        ([API, ("Authorization", "X-Instabot-Master-Api-Key the-master-key\x85")], ApiStatus.AUTHENTICATION_FAILED),
        ([API, ("Authorization", "X-Instabot-Master-Api-Key\u3000the-master-key")], ApiStatus.AUTHENTICATION_FAILED),
        ([API, ("Authorization", "X-Instabot-Master-Api-\u212aey the-master-key")], ApiStatus.AUTHENTICATION_FAILED),
    ],
)
def test_invalid_keys(headers: list[tuple[str, str]], status: ApiStatus) -> None:
    """A wrong key is an error, which holds neither the key that was sent nor the right one."""
    with pytest.raises(ApiError) as refused:
        of(*headers)
    assert refused.value.status is status
    told = f"{refused.value!r} {refused.value.to_json()} {refused.value.headers}"
    for _, value in (*headers, *(("", key) for key in ("the-api-key", "the-master-key"))):
        assert value not in told


def test_names_of_headers_are_ascii() -> None:
    """Letter case does not matter, and no other character is one of these letters: U+212A is not a K."""
    assert of(("x-instabot-API-KEY", "the-api-key")) == Caller(Access.APPLICATION)
    assert of(("X-Instabot-Api-\u212aey", "the-api-key")) == Caller(Access.NONE)
    assert of(API, ("AUTHORIZATION", "x-INSTABOT-user-session\u0020s")) == Caller(Access.USER, 7)


def test_the_words_of_headers_are_configurable() -> None:
    """Another server has other names for the same."""
    keys = Keys("a", "m", "X-Key", "Root", "Login")
    assert of(("x-key", "a"), ("authorization", "root m"), keys=keys) == Caller(Access.MASTER)
    assert of(("X-Key", "a"), ("Authorization", "Login s"), keys=keys) == Caller(Access.USER, 7)
    assert of(API, keys=keys) == Caller(Access.NONE)


def test_keys_are_not_shown() -> None:
    """No `repr` has a key."""
    assert "the-" not in repr(KEYS)
    assert "X-Instabot-Api-Key" in repr(KEYS)


@pytest.mark.parametrize(
    "arguments",
    [
        ("", "m"), ("a", ""), ("a", " "), ("a b", "m"), ("a", "m\n"), ("é", "m"), ("a", "m", "X Key"),
        ("a", "m", "X-Key", ""), ("a", "m", "X-Key", "Same", "same"),
    ],
)  # fmt: skip
def test_keys_that_would_open_or_close_everything(arguments: tuple[str, ...]) -> None:
    """An empty key, one that no header can hold, and names that are not HTTP tokens are refused at once."""
    with pytest.raises(ValueError, match=r"visible ASCII|HTTP tokens") as refused:
        Keys(*arguments)
    assert all(key not in str(refused.value) for key in ("m\n", "é", "a b"))


def test_secrets_are_compared_whole() -> None:
    """Only the same text is the same secret."""
    assert is_same("secret", "secret")
    for other in ("", "secre", "secrets", "Secret", "\udce9"):
        assert not is_same(other, "secret")


def test_the_keys_differ() -> None:
    """With equal keys everybody with the API key would have the master key."""
    with pytest.raises(ValueError, match="must differ"):
        Keys("the-same", "the-same")
