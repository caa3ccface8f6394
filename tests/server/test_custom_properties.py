"""Custom properties of the five extensible types (docs/language.md#custom-properties)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest

from examples.server.catalogue import DEFINITION, EXTENSIBLE, REFERABLE, Catalogue
from examples.server.entities import RESOURCES
from examples.server.store import open_store
from tests.server.running import MASTER, Api, name, running, status

OK, BAD_VALUE, NOT_FOUND = (200, "Success"), (400, "BadParameterValue"), (404, "ObjectNotFound")
TAKEN = (400, "ObjectAlreadyExists")
PATHS = {resource.entity: resource.path for resource in RESOURCES}
EXTENSIBLE_PATHS = [PATHS[entity] for entity in EXTENSIBLE]

VALUES: dict[str, tuple[Any, Any]] = {
    "string": ("a", "b"),
    "integer": (-(2**53), 2**53),
    "boolean": (False, True),
    "decimal": ("-1.0000000000", "12.5000000000"),
    "double": (-0.5, 1e100),
    "date": ("0001-01-01", "2024-02-29"),
    "dateTime": ("1969-12-31T23:59:59.999Z", "2024-02-29T00:00:00.000Z"),
    "guid": ("00000000-0000-0000-0000-00000000000a", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
}
"""Two values of each type, the smaller one first, as they are read."""


def least(path: str) -> dict[str, Any]:
    """The smallest body of an extensible entity."""
    return {"username" if path == "users" else "title" if path == "contentitems" else "name": name()}


def property_name() -> str:
    """The name of a custom property that no entity has."""
    return name().replace("-", "_")


def types() -> Iterator[dict[str, Any]]:
    """Every field type, and an objectRef to every entity."""
    yield from ({"fieldType": one} for one in VALUES)
    yield from ({"fieldType": "objectRef", "objectEntityType": one} for one in REFERABLE)


@pytest.fixture(scope="module")
def referred(api: Api) -> dict[str, tuple[int, int]]:
    """Two objects of each entity that can be referred to."""
    return {
        entity: (api.make(PATHS[entity], **least(PATHS[entity])), api.make(PATHS[entity], **least(PATHS[entity])))
        for entity in REFERABLE
    }


@dataclass(frozen=True, slots=True)
class Kind:
    """A custom property, and two values of it, the smaller one first: as they are written, shown, and searched for."""

    definition: dict[str, Any]
    written: list[Any]
    shown: list[Any]
    searched: list[Any]

    @property
    def name(self) -> str:
        return str(self.definition["name"])

    @property
    def is_sortable(self) -> bool:
        return not self.definition["isList"]


def kinds(referred: dict[str, tuple[int, int]]) -> Iterator[Kind]:
    """Every field type, to every entity, single and as a list, unique and not."""
    for one, is_list, is_unique in product(types(), (False, True), (False, True)):
        definition = {
            "name": property_name(),
            "objectEntityType": None,
            **one,
            "isList": is_list,
            "isUnique": is_unique,
        }
        target = definition["objectEntityType"]
        values = VALUES[one["fieldType"]] if target is None else referred[target]
        shown = [value if target is None else {"objectId": value} for value in values]
        written = [[value] if is_list else value for value in values]
        yield Kind(definition, written, [[value] if is_list else value for value in shown], list(values))


@pytest.mark.heavy("many requests")
@pytest.mark.parametrize("path", EXTENSIBLE_PATHS)
def test_every_kind_of_custom_property(api: Api, path: str, referred: dict[str, tuple[int, int]]) -> None:
    """Each type, single and as a list, unique and not, is made, and at once written, read, searched and sorted by; in
    the end it is deleted, and takes its values along. Entities other than users, which the same functions serve, take
    every fifth in turn."""
    every = list(kinds(referred))
    if path != "users":
        every = every[EXTENSIBLE_PATHS.index(path) :: 5]
    numbers = {kind.name: api.make(f"{path}/customproperties", **kind.definition) for kind in every}
    listed = api.send("GET", f"{path}/customproperties", params={"limit": "1000"})[1]["data"]
    by_number = {one["objectId"]: one for one in listed}
    assert all(kind.definition.items() <= by_number[numbers[kind.name]].items() for kind in every)
    custom = [{kind.name: kind.written[index] for kind in every} for index in (0, 1)]
    objects = [api.make(path, **least(path), customProperties=values) for values in custom]
    for index, number in enumerate(objects):
        found = api.read(f"{path}/{number}")["customProperties"]
        assert {kind.name: found[kind.name] for kind in every} == {kind.name: kind.shown[index] for kind in every}
    for kind in every:
        _check_searches(api, path, kind, objects)
        again = {"customProperties": {kind.name: kind.written[0]}}
        expected = TAKEN if kind.definition["isUnique"] else OK
        assert status(api.send("PUT", f"{path}/{objects[1]}", json=again)) == expected
    wrong = {kind.name: kind.searched[0] if kind.definition["isList"] else kind.written for kind in every}
    code, refused = api.send("PUT", f"{path}/{objects[1]}", json={"customProperties": wrong})
    assert (code, refused["apiStatusCode"]) == BAD_VALUE
    assert {one["pointer"] for one in refused["problems"]} == {f"/customProperties/{kind.name}" for kind in every}
    for number in numbers.values():
        assert status(api.send("DELETE", f"{path}/customproperties/{number}")) == OK
    for number in objects:
        assert not {kind.name for kind in every} & set(api.read(f"{path}/{number}")["customProperties"])


def _check_searches(api: Api, path: str, kind: Kind, objects: list[int]) -> None:
    """Objects are found by a custom property, and in its order where its type has one that all engines share."""
    field = f"customProperties.{kind.name}"
    assert api.ids(path, query=json.dumps({field: kind.searched[1]})) == objects[1:]
    in_order = {"query": json.dumps({field: {"$ne": None}}), "orderBy": f"{field} desc"}
    if kind.is_sortable:
        assert api.ids(path, **in_order) == objects[::-1]
    else:
        assert status(api.send("GET", path, params=in_order)) == BAD_VALUE


@pytest.mark.parametrize("path", EXTENSIBLE_PATHS)
def test_the_schema_of_custom_properties(api: Api, path: str) -> None:
    """A definition is created, read, changed, listed and deleted."""
    base, key = f"{path}/customproperties", property_name()
    number = api.make(base, name=key, fieldType="integer", description="D")
    made = api.read(f"{base}/{number}")
    assert (made["objectId"], made["name"], made["fieldType"], made["description"]) == (number, key, "integer", "D")
    assert (made["isUnique"], made["isList"], made["objectEntityType"]) == (False, False, None)
    assert api.ids(base, query=json.dumps({"name": key})) == [number]
    assert status(api.send("PUT", f"{base}/{number}", json={"description": None, "fieldType": "string"})) == OK
    changed = api.read(f"{base}/{number}")
    assert changed == {**made, "description": None, "fieldType": "string", "updateDate": changed["updateDate"]}
    listed = api.send("GET", base, params={"query": json.dumps({"name": key}), "getTotalCount": "true"})[1]
    assert (listed["totalCount"], listed["hasMoreRecords"], listed["data"]) == (1, False, [changed])
    assert status(api.send("DELETE", f"{base}/{number}")) == OK
    for method in ("GET", "PUT", "DELETE"):
        body: dict[str, Any] = {"json": {}} if method == "PUT" else {}
        assert status(api.send(method, f"{base}/{number}", **body)) == NOT_FOUND
    assert api.ids(base, query=json.dumps({"name": key})) == []


def test_a_definition_is_its_own_entitys(api: Api) -> None:
    """Under the address of another entity it is not there; two entities may have a custom property of one name."""
    key = property_name()
    number = api.make("users/customproperties", name=key, fieldType="integer")
    for method in ("GET", "PUT", "DELETE"):
        body: dict[str, Any] = {"json": {}} if method == "PUT" else {}
        assert status(api.send(method, f"organizations/customproperties/{number}", **body)) == NOT_FOUND
    api.make("organizations/customproperties", name=key, fieldType="string")
    assert status(api.send("POST", "users/customproperties", json={"name": key, "fieldType": "string"})) == TAKEN
    other = api.make("users/customproperties", name=f"{key}_2", fieldType="string")
    assert status(api.send("PUT", f"users/customproperties/{other}", json={"name": key})) == TAKEN
    user = api.make("users", username=name(), customProperties={key: 1})
    organization = api.make("organizations", name="O", customProperties={key: "1"})
    assert api.ids("users", query=json.dumps({f"customProperties.{key}": 1})) == [user]
    assert api.ids("organizations", query=json.dumps({f"customProperties.{key}": "1"})) == [organization]


BAD_DEFINITIONS: list[dict[str, Any]] = [
    {},
    {"name": "a"},
    {"fieldType": "string"},
    {"name": None, "fieldType": "string"},
    {"name": "", "fieldType": "string"},
    {"name": "$a", "fieldType": "string"},
    {"name": "a.b", "fieldType": "string"},
    {"name": "a b", "fieldType": "string"},
    {"name": 5, "fieldType": "string"},
    {"name": "a", "fieldType": "text"},
    {"name": "a", "fieldType": None},
    {"name": "a", "fieldType": "objectRef"},
    {"name": "a", "fieldType": "objectRef", "objectEntityType": "referralDiscount"},
    {"name": "a", "fieldType": "objectRef", "objectEntityType": "nothing"},
    {"name": "a", "fieldType": "string", "objectEntityType": "user"},
    {"name": "a", "fieldType": "string", "isUnique": "true"},
    {"name": "a", "fieldType": "string", "isList": 1},
    {"name": "a", "fieldType": "string", "nullable": False},
    {"name": "a", "fieldType": "string", "entity": "user"},
    {"name": "a", "fieldType": "string", "key": "user.a"},
    {"name": "a", "fieldType": "string", "objectId": 3},
]


@pytest.mark.parametrize("definition", BAD_DEFINITIONS, ids=str)
def test_definitions_that_are_refused(api: Api, definition: dict[str, Any]) -> None:
    """What is no custom property is `BadParameterValue` with its place, and leaves nothing behind."""
    code, refused = api.send("POST", "users/customproperties", json=definition)
    assert (code, refused["apiStatusCode"]) == BAD_VALUE
    assert all(problem["pointer"] for problem in refused["problems"])
    user = api.make("users", username=name())
    assert "a" not in api.read(f"users/{user}")["customProperties"]


def test_entities_without_custom_properties(api: Api) -> None:
    """Files, file groups and discounts cannot be extended: they have no `customProperties`, and take none."""
    for path, body in (("files", {"name": "F"}), ("filegroups", {"name": name()}),
                       ("promo/referrals/discounts", {"code": name()})):  # fmt: skip
        for custom in ({}, {"a": 1}, None):
            assert status(api.send("POST", path, json={**body, "customProperties": custom})) == BAD_VALUE
        assert "customProperties" not in api.read(f"{path}/{api.make(path, **body)}")
        assert api.send("GET", f"{path}/customproperties")[0] == 404


def test_extensible_objects_have_the_member_even_without_custom_properties(new_store: Callable[[], str]) -> None:
    """Without custom properties the member is present and empty, and may be sent back."""
    with running(new_store()) as api:
        for path in EXTENSIBLE_PATHS:
            number = api.make(path, **least(path), customProperties={})
            assert api.read(f"{path}/{number}")["customProperties"] == {}
            assert status(api.send("PUT", f"{path}/{number}", json={"customProperties": {}})) == OK
            assert status(api.send("PUT", f"{path}/{number}", json={"customProperties": {"a": 1}})) == BAD_VALUE


def test_custom_properties_are_written_one_by_one(api: Api) -> None:
    """A PUT changes those that it names; null takes one away, and null in the place of all takes all away."""
    keys = [property_name() for _ in range(2)]
    for key in keys:
        api.make("users/customproperties", name=key, fieldType="integer")
    user = api.make("users", username=name(), customProperties=dict.fromkeys(keys, 1))

    def after(custom: Any) -> list[Any]:
        assert status(api.send("PUT", f"users/{user}", json={"customProperties": custom})) == OK
        found = api.read(f"users/{user}")["customProperties"]
        return [found[key] for key in keys]

    assert after({keys[0]: 2}) == [2, 1]
    assert after({keys[1]: None}) == [2, None]
    assert after({}) == [2, None]
    assert after(None) == [None, None]
    assert after({keys[1]: 3}) == [None, 3]


def test_unique_values_of_lists(api: Api) -> None:
    """No two objects share an item; one object may have it twice. Deleting and emptying free it."""
    key = property_name()
    api.make("users/customproperties", name=key, fieldType="string", isList=True, isUnique=True)
    first = api.make("users", username=name(), customProperties={key: ["a", "b", "a"]})
    second = api.make("users", username=name(), customProperties={key: ["c"]})
    for wanted, expected in ((["c", "b"], TAKEN), (["c", "d"], OK), ([None], OK), (["c"], OK)):
        answer = api.send("PUT", f"users/{second}", json={"customProperties": {key: wanted}})
        assert status(answer) == expected
    assert api.send("PUT", f"users/{second}", json={"customProperties": {key: ["a"]}})[1]["problems"][0]["pointer"] == (
        f"/customProperties/{key}"
    )
    api.send("DELETE", f"users/{first}")
    assert status(api.send("PUT", f"users/{second}", json={"customProperties": {key: ["a"]}})) == OK
    assert status(api.send("POST", f"users/{first}")) == TAKEN
    api.send("PUT", f"users/{second}", json={"customProperties": {key: []}})
    assert status(api.send("POST", f"users/{first}")) == OK


@pytest.mark.parametrize(
    ("field_type", "one", "same", "other"),
    [
        ("double", 0.0, -0.0, 1e-300),
        ("double", 1, 1.0, 2),
        ("decimal", "1", 1, "2"),
        ("date", "2024-02-29", "2024-02-29", "2024-03-01"),
        ("dateTime", "2024-01-01T00:00:00Z", "2024-01-01T01:00:00+01:00", "2024-01-01T00:00:00.001Z"),
        ("guid", "AAAAAAAA-0000-0000-0000-000000000000", "aaaaaaaa-0000-0000-0000-000000000000",
         "baaaaaaa-0000-0000-0000-000000000000"),
        ("string", "e\u0301", "e\u0301", "\u00e9"),
    ],
)  # fmt: skip
def test_values_that_are_equal_are_not_unique(api: Api, field_type: str, one: Any, same: Any, other: Any) -> None:
    """Uniqueness is that of the values, whatever their spelling."""
    key = property_name()
    api.make("users/customproperties", name=key, fieldType=field_type, isUnique=True)
    api.make("users", username=name(), customProperties={key: one})
    assert status(api.send("POST", "users", json={"username": name(), "customProperties": {key: same}})) == TAKEN
    api.make("users", username=name(), customProperties={key: other})


def test_a_custom_property_with_values_keeps_its_type(api: Api) -> None:
    """Of a custom property with values only the description can change: not even values of deleted objects change
    their meaning."""
    key = property_name()
    number = api.make("users/customproperties", name=key, fieldType="integer")
    user = api.make("users", username=name(), customProperties={key: 5})
    reference = {"fieldType": "objectRef", "objectEntityType": "user"}
    changes = [{"fieldType": "string"}, {"name": f"{key}_2"}, {"isList": True}, {"isUnique": True}, reference]
    for is_deleted in (False, True):
        if is_deleted:
            api.send("DELETE", f"users/{user}")
        for change in changes:
            code, refused = api.send("PUT", f"users/customproperties/{number}", json=change)
            assert (code, {one["code"] for one in refused["problems"]}) == (400, {"read_only"})
        assert status(api.send("PUT", f"users/customproperties/{number}", json={"description": "new"})) == OK
    api.send("POST", f"users/{user}")
    assert api.read(f"users/{user}")["customProperties"][key] == 5
    api.send("PUT", f"users/{user}", json={"customProperties": {key: None}})
    assert status(api.send("PUT", f"users/customproperties/{number}", json={"fieldType": "string"})) == OK
    assert status(api.send("PUT", f"users/{user}", json={"customProperties": {key: "x"}})) == OK


@pytest.mark.parametrize(
    ("old", "new"), [("integer", "string"), ("string", "integer"), ("dateTime", "date"), ("date", "boolean")]
)
@pytest.mark.parametrize("is_list", [False, True])
@pytest.mark.heavy("many requests")
def test_another_of_the_same_name(api: Api, old: str, new: str, is_list: bool) -> None:
    """Deleting a custom property takes its values away, deleted objects' too; another one of the same name and another
    type works, and unique values of the old one are free."""
    key = property_name()
    small, large = ([value] if is_list else value for value in VALUES[old])
    number = api.make("users/customproperties", name=key, fieldType=old, isList=is_list, isUnique=True)
    users = [api.make("users", username=name(), customProperties={key: value}) for value in (small, large)]
    api.send("DELETE", f"users/{users[1]}")
    assert status(api.send("DELETE", f"users/customproperties/{number}")) == OK
    assert key not in api.read(f"users/{users[0]}")["customProperties"]
    field = f"customProperties.{key}"
    for params in ({"query": json.dumps({field: None})}, {"orderBy": field}):
        assert status(api.send("GET", "users", params=params)) == BAD_VALUE
    api.make("users/customproperties", name=key, fieldType=new, isUnique=True)
    api.send("POST", f"users/{users[1]}")
    for user in users:
        assert api.read(f"users/{user}")["customProperties"][key] is None
    assert api.ids("users", query=json.dumps({field: {"$ne": None}})) == []
    value = VALUES[new][1]
    assert status(api.send("PUT", f"users/{users[0]}", json={"customProperties": {key: value}})) == OK
    assert api.ids("users", query=json.dumps({field: value})) == users[:1]


def test_unique_values_of_a_deleted_custom_property_are_free(api: Api) -> None:
    """The same property made again has no values that are taken."""
    key = property_name()
    for _ in range(2):
        number = api.make("users/customproperties", name=key, fieldType="string", isUnique=True)
        api.make("users", username=name(), customProperties={key: "the same"})
        assert status(api.send("DELETE", f"users/customproperties/{number}")) == OK


def test_values_are_removed_from_records_that_have_no_room_together(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long records are read a few at a time, all of them."""
    key = property_name()
    number = api.make("usersegments/customproperties", name=key, fieldType="integer", isList=True)
    made = [api.make("usersegments", name=name(), customProperties={key: [1] * 50}) for _ in range(40)]
    monkeypatch.setattr("criteria.web.room.MAX_PAGE_BYTES", 1000)
    assert status(api.send("PUT", f"usersegments/customproperties/{number}", json={"isList": False})) == BAD_VALUE
    assert status(api.send("DELETE", f"usersegments/customproperties/{number}")) == OK
    api.make("usersegments/customproperties", name=key, fieldType="integer", isList=True)
    for one in made:
        assert api.read(f"usersegments/{one}")["customProperties"][key] is None


def test_custom_properties_survive_a_restart(new_store: Callable[[], str]) -> None:
    """A server that starts again on the same database knows the custom properties, their values and what is unique."""
    url = new_store()
    with running(url) as api:
        kept = api.make("users/customproperties", name="kept", fieldType="integer", isUnique=True)
        gone = api.make("users/customproperties", name="gone", fieldType="integer")
        user = api.make("users", username="u", customProperties={"kept": 5, "gone": 6})
        api.send("DELETE", f"users/customproperties/{gone}")
        before = api.read(f"users/{user}")
    with running(url) as api:
        assert api.read(f"users/{user}") == before
        assert before["customProperties"] == {"kept": 5}
        assert api.ids("users/customproperties") == [kept]
        assert api.ids("users", query='{"customProperties.kept": {"$gt": 4}}') == [user]
        assert status(api.send("POST", "users", json={"customProperties": {"kept": 5}})) == TAKEN
        assert api.make("users", username="v", customProperties={"kept": 6}) > user


@pytest.mark.heavy("starts servers again")
def test_what_a_kill_left_undone_is_done_at_the_next_start(new_store: Callable[[], str]) -> None:
    """Deleting a custom property is two steps: its definition goes, then its values. A server that was killed between
    them takes the values away when it starts again, and another property of the name works."""
    url = new_store()
    with running(url) as api:
        number = api.make("users/customproperties", name="age", fieldType="integer", isUnique=True)
        user = api.make("users", username="u", customProperties={"age": 5})
    store = open_store(url)
    try:
        Catalogue(store).objects.delete(DEFINITION, number)  # the first step alone
    finally:
        store.close()
    with running(url) as api:
        assert api.read(f"users/{user}")["customProperties"] == {}
        api.make("users/customproperties", name="age", fieldType="string", isUnique=True)
        assert api.read(f"users/{user}")["customProperties"] == {"age": None}
        assert status(api.send("PUT", f"users/{user}", json={"customProperties": {"age": "5"}})) == OK


@pytest.mark.parametrize("wrong", ["a b", "a.b", "é", "1", "$a", "AND", ""])
def test_a_wrong_name_is_reported_at_its_pointer(api: Api, wrong: str) -> None:
    """A name that no custom property can have is refused at its position in the body, however many others there are."""
    api.make("users/customproperties", name=property_name(), fieldType="string")
    body = json.dumps({"fieldType": "string", "name": wrong}).encode()
    headers = {**MASTER, "Content-Type": "application/json"}
    code, refused = api.send("POST", "users/customproperties", headers=headers, content=body)
    [problem] = refused["problems"]
    place = body.index(b'"name": ') + len(b'"name": ') + 1
    assert (code, problem["pointer"], problem["column"]) == (400, "/name", place)


def test_entities_are_what_their_definitions_say_after_a_failure(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the database fails right after a definition was written, the next request sees what was written."""

    def fail(*arguments: object) -> None:
        raise OSError("the database is gone")

    def failing(method: str, path: str, **request: Any) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(Catalogue, "_load", fail)
            assert api.send(method, path, **request)[0] == 500

    key = property_name()
    failing("POST", "users/customproperties", json={"name": key, "fieldType": "integer"})
    number = api.make("users", username=name(), customProperties={key: 5})
    query = json.dumps({"name": key})
    [definition] = api.ids("users/customproperties", query=query)
    failing("DELETE", f"users/customproperties/{definition}")
    assert status(api.send("PUT", f"users/{number}", json={"customProperties": {key: 6}})) == BAD_VALUE
    assert key not in api.read(f"users/{number}")["customProperties"]
    failing("POST", "users/customproperties", json={"name": key, "fieldType": "string"})
    assert api.read(f"users/{number}")["customProperties"][key] is None
    [definition] = api.ids("users/customproperties", query=query)
    failing("PUT", f"users/customproperties/{definition}", json={"isList": True})
    assert status(api.send("PUT", f"users/{number}", json={"customProperties": {key: ["x"]}})) == OK


@pytest.mark.parametrize("is_renamed", [False, True])
def test_what_a_failure_left_undone_is_done_before_the_name_comes_back(
    api: Api, monkeypatch: pytest.MonkeyPatch, is_renamed: bool
) -> None:
    """When the database fails between the two steps the property is gone at once, and no old value comes back with
    another one of its name."""
    key = property_name()
    number = api.make("users/customproperties", name=key, fieldType="integer")
    user = api.make("users", username=name(), customProperties={key: 5})

    def fail(*arguments: object) -> None:
        raise OSError("the database is gone")

    with monkeypatch.context() as patch:
        patch.setattr(Catalogue, "_forget", fail)
        assert api.send("DELETE", f"users/customproperties/{number}")[0] == 500
    assert key not in api.read(f"users/{user}")["customProperties"]
    if is_renamed:
        other = api.make("users/customproperties", name=property_name(), fieldType="string")
        assert status(api.send("PUT", f"users/customproperties/{other}", json={"name": key})) == OK
    else:
        api.make("users/customproperties", name=key, fieldType="string")
    assert api.read(f"users/{user}")["customProperties"][key] is None


def test_writes_give_back_unique_values_of_a_property_that_is_being_deleted(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An object that is written between the two steps of a deletion loses its value with all that belongs to it: no
    property of the same name finds it taken."""
    key = property_name()
    unique = {"name": key, "fieldType": "string", "isUnique": True}
    number = api.make("users/customproperties", **unique)
    ids = [api.make("users", username=name(), customProperties={key: f"{index}"}) for index in range(4)]
    api.send("DELETE", f"users/{ids[3]}")

    def fail(*arguments: object) -> None:
        raise OSError("the database is gone")

    with monkeypatch.context() as patch:
        patch.setattr(Catalogue, "_forget", fail)
        assert api.send("DELETE", f"users/customproperties/{number}")[0] == 500
    assert status(api.send("PUT", f"users/{ids[0]}", json={"name": "n", "customProperties": {}})) == OK
    assert status(api.send("DELETE", f"users/{ids[1]}")) == OK
    assert status(api.send("POST", f"users/{ids[3]}")) == OK
    api.make("users/customproperties", **unique)
    for index, number in enumerate(ids):
        if index != 1:
            assert api.read(f"users/{number}")["customProperties"][key] is None
        api.make("users", username=name(), customProperties={key: f"{index}"})


def test_criteria_name_a_new_property_through_a_reference_at_once(api: Api) -> None:
    """What searches may name is kept between requests, but not when a custom property comes or goes."""
    age, user = property_name(), api.make("users", username=name())
    item = api.make("contentitems", title=name(), author=user)
    query = {"query": json.dumps({f"author.customProperties.{age}": 7})}
    assert status(api.send("GET", "contentitems", params=query)) == BAD_VALUE
    definition = api.make("users/customproperties", name=age, fieldType="integer")
    assert status(api.send("PUT", f"users/{user}", json={"customProperties": {age: 7}})) == OK
    assert api.ids("contentitems", **query) == [item]
    assert status(api.send("DELETE", f"users/customproperties/{definition}")) == OK
    assert status(api.send("GET", "contentitems", params=query)) == BAD_VALUE
