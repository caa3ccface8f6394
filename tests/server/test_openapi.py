"""The OpenAPI document of the server, and whether it and the server agree on bodies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from criteria import FieldType
from criteria.web import Keys
from examples.server.catalogue import Catalogue
from examples.server.entities import RESOURCES
from examples.server.openapi import EXAMPLES
from examples.server.routes import Api as Routes
from examples.server.store import open_store
from tests.conftest import capped
from tests.server.running import API_KEY, MASTER, MASTER_KEY, Api, running

EXTENSIBLE = [resource for resource in RESOURCES if resource.is_extensible]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The API, with custom properties of all types for content items."""
    with running(f"sqlite:///{tmp_path_factory.mktemp('store') / 'described.db'}") as found:
        for kind in FieldType:
            target = {"objectEntityType": "user"} if kind is FieldType.OBJECT_REF else {}
            definition = {"fieldType": kind.value, **target}
            found.make("contentitems/customproperties", name=f"one_{kind.value}", **definition)
            found.make("contentitems/customproperties", name=f"some_{kind.value}", isList=True, **definition)
        yield found


def fetch(api: Api) -> dict[str, Any]:
    """The document, got without any key."""
    response = api.bare.get(f"{api.url.removesuffix('/v1')}/openapi.json")
    assert response.status_code == 200
    found: dict[str, Any] = response.json()
    return found


def ask(api: Api, method: str, path: str, **request: Any) -> httpx.Response:
    """The response to a request with the master key."""
    headers = {**MASTER, "Content-Type": "application/json"} if "content" in request else MASTER
    return api.bare.request(method, f"{api.url}{path}", headers=headers, **request)


def validator(document: dict[str, Any], json_schema: dict[str, Any]) -> Draft202012Validator:
    """A validator of a schema of the document."""
    return Draft202012Validator({**json_schema, "components": document["components"]})


@pytest.mark.heavy("the whole document against the schema of OpenAPI")
def test_it_is_openapi(api: Api) -> None:
    """The document is one of OpenAPI 3.1, its schemas are JSON Schemas, and its references lead somewhere."""
    document = fetch(api)
    OpenAPIV31SpecValidator(deepcopy(document)).validate()
    for json_schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(json_schema)
    text = json.dumps(document)
    for pointer in set(re.findall(r'"\$ref": "#/([^"]*)"', text)):
        there: Any = document
        for step in pointer.split("/"):
            there = there[step]
    assert API_KEY not in text
    assert MASTER_KEY not in text


def test_all_that_can_be_asked_is_in_it(tmp_path: Any) -> None:
    """Each route of the server with each of its methods is an operation, and there are no others."""
    store = open_store(f"sqlite:///{tmp_path / 'empty.db'}")
    try:
        catalogue = Catalogue(store)
        routes = {
            (route.path, method)
            for route in Routes(catalogue, Keys(API_KEY, MASTER_KEY)).routes()
            for method in route.methods or ()
            if method != "HEAD" and route.path.startswith("/v1")
        }
        with running(f"sqlite:///{tmp_path / 'other.db'}") as api:
            paths = fetch(api)["paths"]
    finally:
        store.close()
    assert {(path, method.upper()) for path, item in paths.items() for method in item} == routes


def test_each_status_is_listed_with_its_code(api: Api) -> None:
    """Each operation lists the statuses (docs/server.md#responses) behind its HTTP codes."""
    document = fetch(api)
    create = document["paths"]["/v1/organizations"]["post"]["responses"]
    assert list(create) == ["201", "400", "401", "403", "500"]
    _, narrowed = create["400"]["content"]["application/json"]["schema"]["allOf"]
    assert set(narrowed["properties"]["apiStatusCode"]["enum"]) == {
        "BadRequest", "BadParameterValue", "ApiKeyInvalid", "ObjectAlreadyExists", "CustomDomainNameAlreadyUsed",
    }  # fmt: skip
    read = document["paths"]["/v1/organizations/{id}"]["get"]["responses"]
    assert list(read) == ["200", "400", "401", "403", "404", "500"]


@pytest.mark.parametrize("resource", EXTENSIBLE, ids=lambda resource: resource.entity)
def test_custom_properties_are_in_it_at_once(api: Api, resource: Any) -> None:
    """A custom property can be read, written, searched, sorted by and resolved as soon as it is there."""
    object_id = api.make(
        f"{resource.path}/customproperties", name="fresh", fieldType="objectRef", objectEntityType="file"
    )
    document = fetch(api)
    schemas, name = document["components"]["schemas"], resource.entity[:1].upper() + resource.entity[1:]
    for json_schema in (name, f"New{name}", f"{name}Change"):
        assert "fresh" in schemas[json_schema]["properties"]["customProperties"]["properties"]
    assert "customProperties.fresh" in schemas[f"{name}Criteria"]["properties"]
    parameters = {one["name"]: one for one in document["paths"][f"/v1/{resource.path}"]["get"]["parameters"]}
    assert parameters["query"]["content"]["application/json"]["schema"]["$ref"].endswith(f"/{name}Criteria")
    assert re.search(parameters["orderBy"]["schema"]["pattern"], "objectId, customProperties.fresh DESC")
    assert not re.search(parameters["orderBy"]["schema"]["pattern"], "customProperties.stale")
    assert "customProperties.fresh" in parameters["resolve"]["schema"]["items"]["enum"]
    ask(api, "DELETE", f"/{resource.path}/customproperties/{object_id}")
    assert "fresh" not in json.dumps(fetch(api))


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.entity)
def test_examples(api: Api, resource: Any) -> None:
    """What the document shows as a new object can be created, and what is read then is what the document says."""
    object_id = api.make(f"{resource.path}", **EXAMPLES[resource.entity])
    document = fetch(api)
    reading = document["paths"][f"/v1/{resource.path}/{{id}}"]["get"]
    json_schema = reading["responses"]["200"]["content"]["application/json"]["schema"]
    response = ask(api, "GET", f"/{resource.path}/{object_id}").json()
    validator(document, json_schema).validate(response)
    assert not validator(document, json_schema).is_valid(
        {**response, "data": {**response["data"], "passwordHash": "x"}}
    )


SEARCHES = [
    *(("limit", value) for value in ("0", "1000", "1001", "-1", "1.5", "a", "")),
    *(("skip", value) for value in ("0", "2147483647", "2147483648", "-1")),
    *(("getTotalCount", value) for value in ("true", "false", "1", "yes")),
    *(("resolve", value) for value in ("owner", "name", "owner,owner", "nobody", "")),
    *(
        ("orderBy", value)
        for value in ("name", "name desc,objectId", " name\tDESC , owner asc", "name up", "x", "", ",")
    ),
    *(("query", value) for value in ('{"name": "a"}', "{}", '{"name": 1}', '{"none": 1}', "[]")),
]


@pytest.mark.parametrize(("name", "value"), SEARCHES)
def test_parameters_of_searches(api: Api, document: dict[str, Any], name: str, value: str) -> None:
    """A search has a parameter's value if the document allows it, at the ends of ranges and in all spellings."""
    parameters = document["paths"]["/v1/organizations"]["get"]["parameters"]
    [parameter] = [one for one in parameters if one["name"] == name]
    json_schema = parameter["schema"] if "schema" in parameter else parameter["content"]["application/json"]["schema"]
    response = ask(api, "GET", "/organizations", params={name: value})
    is_valid = validator(document, json_schema).is_valid(_sent(json_schema, value))
    assert (response.status_code == 200) == is_valid, response.text
    assert response.status_code in (200, 400)


def _sent(json_schema: dict[str, Any], value: str) -> Any:
    """The value of a parameter's text."""
    if json_schema.get("type") == "string":
        return value
    if json_schema.get("type") == "array":
        return value.split(",")
    try:
        return json.loads(value)
    except ValueError:
        return value


def test_resolved_objects_are_described(api: Api) -> None:
    """Also where an object replaces a reference, the answer is what the document says."""
    owner = api.make("users", username="resolved", name="Owner")
    object_id = api.make("organizations", name="Owned", owner={"objectId": owner})
    document = fetch(api)
    json_schema = document["paths"]["/v1/organizations/{id}"]["get"]["responses"]["200"]["content"]["application/json"]
    response = ask(api, "GET", f"/organizations/{object_id}", params={"resolve": "owner"}).json()
    assert response["data"]["owner"]["name"] == "Owner"
    validator(document, json_schema["schema"]).validate(response)


TEXT = st.sampled_from(["", "a", "line\n", "😀", "\0"])
VALUES: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), TEXT,
    st.sampled_from([0, 1, -1, 1.0, 1.5, 2**63 - 1, 2**63, -(2**63), 10**25, 0.1, 1e300, "1", "1.50", "0.12345678901"]),
    st.sampled_from(["2024-01-31T09:30:00Z", "2024-01-31T09:30:00.1234Z", "2024-01-31", "2023-02-29T00:00:00Z",
                     "2024-01-31T10:30:00+01:00", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6ba7b810"]),
    st.sampled_from([{}, {"objectId": 1}, {"objectId": 1, "name": "a"}, {"objectId": "1"}, {"objectId": None}]),
)  # fmt: skip
ANY_VALUES = st.one_of(VALUES, st.lists(VALUES, max_size=2))

BEYOND = ("has too many digits after", "is not a moment that exists", "is no double", "years 1 to 9999")
"""What a schema cannot say of numbers and dates; see `criteria.query_json_schema`."""


def judge(api: Api, document: dict[str, Any], method: str, path: str, body: Any, **at: int) -> None:
    """A body that the schema allows is accepted, or refused for what a schema cannot say; and no other is accepted."""
    operation = document["paths"][f"/v1{path}"][method.lower()]
    json_schema = operation["requestBody"]["content"]["application/json"]["schema"]
    is_valid = validator(document, json_schema).is_valid(body)
    response = ask(api, method, path.format(**at), content=json.dumps(body).encode())
    answer = response.json()
    problems = [problem for problem in answer.get("problems", []) if not is_beyond(problem)]
    if response.status_code in (200, 201):
        assert is_valid, body
    elif problems:
        assert not is_valid, (body, problems)
    else:
        assert answer["problems"], (body, answer)


def is_beyond(problem: dict[str, Any]) -> bool:
    """Whether a problem is one that a schema cannot see."""
    return problem["code"] in ("unknown_object", "not_unique") or any(words in problem["message"] for words in BEYOND)


@pytest.fixture(scope="module")
def document(api: Api) -> dict[str, Any]:
    """The document while all the custom properties are there."""
    return fetch(api)


QUICK = settings(max_examples=capped(settings().max_examples // 2), suppress_health_check=[*HealthCheck])


def _body(document: dict[str, Any], json_schema: str) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with some of the members of a schema, and with one that it may not have."""
    members = [
        name
        for name in document["components"]["schemas"][json_schema]["properties"]
        if name[-4:] not in ("Date", "ctId")
    ]
    return st.dictionaries(st.sampled_from([*members, "passwordHash"]), ANY_VALUES, max_size=3)


@given(data=st.data())
@QUICK
def test_new_objects(api: Api, document: dict[str, Any], data: st.DataObject) -> None:
    """The schema of a new content item allows what the server accepts, members of all types and their lists."""
    custom = [f"{many}_{kind.value}" for many in ("one", "some") for kind in FieldType]
    body = {"title": "a", **data.draw(_body(document, "NewContentItem"))}
    nested = st.dictionaries(st.sampled_from([*custom, "none"]), ANY_VALUES, max_size=3)
    body["customProperties"] = data.draw(st.one_of(nested, VALUES))
    judge(api, document, "POST", "/contentitems", body)
    judge(api, document, "PUT", "/contentitems/{id}", body, id=_one(api))


def _one(api: Api) -> int:
    found = api.ids("contentitems", limit="1")
    return found[0] if found else api.make("contentitems", title="first")


@pytest.mark.parametrize(("path", "json_schema"), [("/users", "NewUser"), ("/files", "NewFile"),
                                            ("/promo/referrals/discounts", "NewReferralDiscount")])  # fmt: skip
@given(data=st.data())
@QUICK
def test_new_objects_of_other_entities(
    api: Api, document: dict[str, Any], path: str, json_schema: str, data: st.DataObject
) -> None:
    """The same of passwords, which are not read; of objects without custom properties; of decimals."""
    judge(api, document, "POST", path, data.draw(_body(document, json_schema)))


KINDS = [*(kind.value for kind in FieldType), "text", None]
TARGETS = ["user", "file", "referralDiscount", "", None]
OTHERS: dict[str, list[Any]] = {
    "name": ["b", "a.b", "", "AND", "not", "1a", "_", "é", "a\n", "a" * 983, "a" * 984, None, 1],
    "description": ["a", "", None, 1, "\0"],
    "isUnique": [True, False, None, "true"],
    "isList": [True, None, 1],
    "entity": ["user"],
    "objectId": [1],
}


def test_new_custom_properties(api: Api, document: dict[str, Any]) -> None:
    """The schema of definitions knows which types there are, and which of them names an entity."""
    definition = {"name": "a", "fieldType": "string"}
    bodies: list[dict[str, Any]] = [{"name": "a", "fieldType": kind, "objectEntityType": target}
                                    for kind in KINDS for target in TARGETS]  # fmt: skip
    bodies += [{"name": "a", "fieldType": kind} for kind in KINDS]
    bodies += [{**definition, member: value} for member, values in OTHERS.items() for value in values]
    bodies += [{}, {"name": "a"}, {"fieldType": "string"}]
    path = "/usersegments/customproperties"
    for body in bodies:
        judge(api, document, "POST", path, body)
        for object_id in api.ids(path[1:]):
            ask(api, "DELETE", f"{path}/{object_id}")


@given(
    body=st.dictionaries(st.sampled_from(["username", "userpassword", "email"]), st.one_of(TEXT, st.none()), max_size=3)
)
@QUICK
def test_logins(api: Api, document: dict[str, Any], body: dict[str, Any]) -> None:
    """A login has two strings; whether they are those of a user is told by another status than BadParameterValue."""
    json_schema = document["components"]["schemas"]["Login"]
    response = ask(api, "POST", "/usersession", json=body)
    assert response.status_code == (401 if validator(document, json_schema).is_valid(body) else 400)
