"""References, and the objects that replace them (docs/language.md#resolve)."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from tests.server.running import MASTER, Api, name, status

OK, BAD_VALUE = (200, "Success"), (400, "BadParameterValue")
JSON = {**MASTER, "Content-Type": "application/json"}


@pytest.fixture(scope="module", autouse=True)
def custom_references(api: Api) -> None:
    """Content items that refer to files, in custom properties."""
    for one in ({"name": "cover", "isList": False}, {"name": "attachments", "isList": True}):
        api.make("contentitems/customproperties", fieldType="objectRef", objectEntityType="file", **one)


def test_single_references(api: Api) -> None:
    """A reference is written as a number or as the object that responses have, and read as an object with an id."""
    user, group = api.make("users", name="U"), api.make("contentgroups", name=name())
    item = api.make("contentitems", title="T", author=user, contentGroup={"objectId": group})
    plain = api.read(f"contentitems/{item}")
    assert (plain["author"], plain["contentGroup"]) == ({"objectId": user}, {"objectId": group})
    found = api.read(f"contentitems/{item}", resolve="author,contentGroup")
    assert found["author"] == api.read(f"users/{user}")
    assert found["contentGroup"] == api.read(f"contentgroups/{group}")
    assert api.read(f"contentitems/{item}", resolve="author")["contentGroup"] == {"objectId": group}
    assert status(api.send("PUT", f"contentitems/{item}", json={"author": None})) == OK
    assert api.read(f"contentitems/{item}", resolve="author")["author"] is None


@pytest.mark.parametrize("order_by", ["title", "author desc", "author,title desc"])
def test_pages_of_cursors_have_their_references_resolved(api: Api, order_by: str) -> None:
    """Cursors have the values that are stored, in whatever order, and not the objects in their places."""
    users = [api.make("users", name=text) for text in ("Ada", "Bo")]
    mark = name()
    items = [api.make("contentitems", title=f"{mark}{at}", author=users[at % 2]) for at in range(5)]
    query = json.dumps({"title": {"$startsWith": mark}})
    params = {"query": query, "orderBy": order_by, "resolve": "author", "limit": "2"}
    found: list[tuple[int, str]] = []
    after: dict[str, str] | None = {}
    while after is not None:
        _, page = api.send("GET", "contentitems", params={**params, **after})
        found += [(one["objectId"], one["author"]["name"]) for one in page["data"]]
        after = {"after": page["nextCursor"]} if "nextCursor" in page else None
    whole = api.send("GET", "contentitems", params={**params, "limit": "100"})[1]["data"]
    assert found == [(one["objectId"], one["author"]["name"]) for one in whole]
    assert sorted(found) == [(item, ("Ada", "Bo")[at % 2]) for at, item in enumerate(items)]


def test_a_resolved_object_may_be_sent_back(api: Api) -> None:
    """Of an object in a reference's place the id is taken."""
    user = api.make("users", name="U")
    item = api.make("contentitems", title="T", author=user)
    found = api.read(f"contentitems/{item}", resolve="author")
    assert status(api.send("PUT", f"contentitems/{item}", json=found)) == OK
    assert api.read(f"contentitems/{item}")["author"] == {"objectId": user}
    assert status(api.send("PUT", f"contentitems/{item}", json={"author": {"name": "U"}})) == BAD_VALUE


def test_lists_of_references(api: Api) -> None:
    """Each reference of a list is resolved in its place, the same one twice, too."""
    one, two = (api.make("users", name=text) for text in ("one", "two"))
    segment = api.make("usersegments", name=name(), users=[two, one, two])
    plain = api.read(f"usersegments/{segment}")["users"]
    assert plain == [{"objectId": two}, {"objectId": one}, {"objectId": two}]
    users = api.read(f"usersegments/{segment}", resolve="users")["users"]
    assert [user["name"] for user in users] == ["two", "one", "two"]
    empty = api.make("usersegments", name=name(), users=[])
    assert api.read(f"usersegments/{empty}", resolve="users")["users"] == []
    none = api.make("usersegments", name=name())
    assert api.read(f"usersegments/{none}", resolve="users")["users"] is None


def test_organizations_of_users_are_shown_on_request_only(api: Api) -> None:
    """Neither a single user nor a collection nor a resolved user has them, unless `resolve` names them."""
    organization = api.make("organizations", name="O")
    user = api.make("users", username=name(), organizations=[organization])
    query = json.dumps({"objectId": user})
    assert "organizations" not in api.read(f"users/{user}")
    assert "organizations" not in api.send("GET", "users", params={"query": query})[1]["data"][0]
    item = api.make("contentitems", title="T", author=user)
    assert "organizations" not in api.read(f"contentitems/{item}", resolve="author")["author"]
    shown = api.send("GET", "users", params={"query": query, "resolve": "organizations"})[1]["data"][0]
    assert shown["organizations"] == [api.read(f"organizations/{organization}")]
    assert api.ids("users", query=json.dumps({"organizations": organization})) == [user]


def test_references_in_custom_properties(api: Api) -> None:
    """A custom property of type objectRef is resolved by its name in the nested object, single or a list."""
    files = [api.make("files", name=f"file {number}") for number in range(3)]
    item = api.make("contentitems", title="T", customProperties={"cover": files[0], "attachments": files[1:]})
    resolve = "customProperties.cover,customProperties.attachments"
    shown = api.read(f"contentitems/{item}", resolve=resolve)["customProperties"]
    assert shown["cover"]["name"] == "file 0"
    assert [one["name"] for one in shown["attachments"]] == ["file 1", "file 2"]
    plain = api.read(f"contentitems/{item}")["customProperties"]
    assert plain == {"cover": {"objectId": files[0]}, "attachments": [{"objectId": one} for one in files[1:]]}
    condition = {"customProperties.attachments": files[2], "customProperties.cover.objectId": files[0]}
    assert api.ids("contentitems", query=json.dumps(condition)) == [item]
    assert api.read(f"contentitems/{api.make('contentitems', title='T')}", resolve=resolve)["customProperties"] == {
        "cover": None,
        "attachments": None,
    }


def test_references_to_objects_that_are_not_there(api: Api) -> None:
    """A new reference to an object that never was, or was deleted, is refused with its place."""
    deleted = api.make("users", name="D")
    assert status(api.send("DELETE", f"users/{deleted}")) == OK
    there = api.make("users", name="T")
    for wrong in (deleted, 10**9):
        segment = api.make("usersegments", name=name())
        for method, path, body, pointer in (
            ("POST", "contentitems", {"title": "T", "author": "?"}, "/author"),
            ("POST", "usersegments", {"name": name(), "users": [there, "?"]}, "/users/1"),
            ("PUT", f"usersegments/{segment}", {"users": ["?", there]}, "/users/0"),
            ("POST", "contentitems", {"title": "T", "customProperties": {"attachments": ["?"]}},
             "/customProperties/attachments/0"),
        ):  # fmt: skip
            content = json.dumps(body).replace('"?"', f"\n{wrong}")
            refused = api.send(method, path, headers=JSON, content=content)
            assert status(refused) == BAD_VALUE, refused
            [problem] = refused[1]["problems"]
            assert (problem["code"], problem["pointer"]) == ("unknown_object", pointer)
            assert (problem["line"], problem["column"]) == (2, 1)
            assert str(wrong) in problem["message"]


def test_references_to_objects_that_are_deleted_later(api: Api) -> None:
    """They stay references, which nothing resolves; the object that has them can be changed, and resolves them again
    when they are restored."""
    user, other = api.make("users", name="U"), api.make("users", name="O")
    segment = api.make("usersegments", name=name(), users=[user, other])
    item = api.make("contentitems", title="T", author=user)
    api.send("DELETE", f"users/{user}")
    assert api.read(f"contentitems/{item}", resolve="author")["author"] == {"objectId": user}
    users = api.read(f"usersegments/{segment}", resolve="users")["users"]
    assert (users[0], users[1]["name"]) == ({"objectId": user}, "O")
    assert status(api.send("PUT", f"usersegments/{segment}", json={"description": "D"})) == OK
    assert status(api.send("PUT", f"usersegments/{segment}", json={"users": [user]})) == OK
    assert api.ids("contentitems", query=json.dumps({"author": user})) == [item]
    api.send("POST", f"users/{user}")
    assert api.read(f"contentitems/{item}", resolve="author")["author"]["name"] == "U"


@pytest.mark.parametrize(
    "resolve", ["", "nothing", "title", "author,author", "author,", "objectId", "author.objectId.x"]
)
def test_what_cannot_be_resolved(api: Api, resolve: str) -> None:
    """`resolve` names references, each once; all else is refused, on single objects and on collections."""
    item = api.make("contentitems", title="T")
    assert status(api.send("GET", f"contentitems/{item}", params={"resolve": resolve})) == BAD_VALUE
    assert status(api.send("GET", "contentitems", params={"resolve": resolve})) == BAD_VALUE


class Statements(logging.Handler):
    """What the store logs: each statement that it sends to the database."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.sent.append(record.getMessage())


def test_resolving_takes_no_more_statements_for_more_records(api: Api) -> None:
    """A page of 1, 10 or 100 records, each of which refers to others of three entities, takes the same statements:
    one for the page, and one for each entity that is referred to, once for users in two places."""
    mark = name()
    users = [api.make("users", name=f"user {number}") for number in range(100)]
    file, group = api.make("files", name="F"), api.make("contentgroups", name=name())
    for author in users:
        custom = {"cover": file, "attachments": [file]}
        api.make("contentitems", title="T", text=mark, author=author, contentGroup=group, customProperties=custom)
    resolve = "author,contentGroup,customProperties.cover,customProperties.attachments"
    params = {"query": json.dumps({"text": mark}), "resolve": resolve}
    counted = {}
    for limit in (1, 10, 100):
        answer, sent = statements(
            lambda limit=limit: api.send("GET", "contentitems", params={**params, "limit": limit})
        )
        found = answer[1]["data"]
        assert [one["author"]["name"] for one in found] == [f"user {number}" for number in range(limit)]
        assert {one["customProperties"]["attachments"][0]["name"] for one in found} == {"F"}
        counted[limit] = len(sent)
    assert counted == {1: 4, 10: 4, 100: 4}
    _, plain = statements(lambda: api.send("GET", "contentitems", params={"query": params["query"], "limit": 100}))
    assert len(plain) == 1


def test_single_objects_are_resolved_in_as_few_statements(api: Api) -> None:
    """One statement for the object, and one for all that a list of references names."""
    users = [api.make("users", name=f"user {number}") for number in range(50)]
    segment = api.make("usersegments", name=name(), users=users)
    found, sent = statements(lambda: api.read(f"usersegments/{segment}", resolve="users"))
    assert [one["name"] for one in found["users"]] == [f"user {number}" for number in range(50)]
    assert len(sent) == 2


def statements(call: Any) -> tuple[Any, list[str]]:
    """What a call gives, and the statements that the store sent meanwhile."""
    logger, handler = logging.getLogger("examples.server.store"), Statements()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        return call(), handler.sent
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


def found(api: Api, path: str, query: dict[str, Any]) -> list[int]:
    """The ids that a search selects."""
    return list(api.ids(path, query=json.dumps(query)))


def test_criteria_follow_references(api: Api) -> None:
    """Through single references, lists of them and those in custom properties, and through several."""
    mail = f"{name()}@x.org"
    organization = api.make("organizations", name=name())
    owner = api.make("users", username=name(), email=mail, organizations=[organization])
    other = api.make("users", username=name(), email=f"{mail}x")
    mine, theirs = (api.make("contentitems", title=mail, author=user) for user in (owner, other))
    none = api.make("contentitems", title=mail)
    ours = {"title": mail}
    assert found(api, "contentitems", {"author.email": mail}) == [mine]
    assert found(api, "contentitems", {**ours, "author.email": {"$ne": mail}}) == [theirs, none]
    assert found(api, "contentitems", {**ours, "author.organizations.objectId": organization}) == [mine]
    assert found(api, "contentitems", {**ours, "author.organizations.name": {"$ne": None}}) == [mine]
    assert found(api, "contentitems", {"author": {"$elemMatch": {"email": mail, "objectId": owner}}}) == [mine]
    segment = api.make("usersegments", name=name(), users=[other, owner, owner])
    assert found(api, "usersegments", {"users.email": mail}) == [segment]
    file = api.make("files", name=mail)
    item = api.make("contentitems", title="T", customProperties={"cover": file, "attachments": [file]})
    assert found(api, "contentitems", {"customProperties.cover.name": mail}) == [item]
    assert found(api, "contentitems", {"customProperties.attachments.name": {"$startsWith": mail}}) == [item]
    query = json.dumps({"author.email": {"$startsWith": mail}})
    params = {"query": query, "getTotalCount": "true", "limit": "1", "orderBy": "objectId desc"}
    page = api.send("GET", "contentitems", params=params)[1]
    assert ([one["objectId"] for one in page["data"]], page["totalCount"]) == ([theirs], 2)


def test_criteria_lead_to_no_deleted_object(api: Api) -> None:
    """As `resolve` does not: a reference to a deleted object is one to nothing, until it is restored."""
    mail = f"{name()}@x.org"
    user = api.make("users", username=name(), email=mail)
    item = api.make("contentitems", title=mail, author=user)
    assert found(api, "contentitems", {"author.email": mail}) == [item]
    assert status(api.send("DELETE", f"users/{user}", headers=MASTER)) == OK
    assert found(api, "contentitems", {"author.email": mail}) == []
    assert found(api, "contentitems", {"title": mail, "author.email": None}) == [item]
    assert found(api, "contentitems", {"title": mail, "author": user}) == [item]
    assert status(api.send("POST", f"users/{user}", headers=MASTER)) == OK
    assert found(api, "contentitems", {"author.email": mail}) == [item]


@pytest.mark.parametrize(
    "path",
    ["author.passwordHash", "author.isDeleted", "author.userpassword", "author.revision", "author.organizations.x"],
)
def test_criteria_do_not_reach_what_clients_do_not_read(api: Api, path: str) -> None:
    """Hidden and write-only fields of other entities are unknown, as those of the entity itself."""
    answer = api.send("GET", "contentitems", params={"query": json.dumps({path: "x"})})
    assert status(answer) == BAD_VALUE
    [problem] = answer[1]["problems"]
    assert (problem["code"], problem["pointer"]) == ("unknown_field", f"/query/{path}")
    assert path.split(".")[-1] not in problem.get("hint", "")
