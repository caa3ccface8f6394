"""The OpenAPI document of an application with searches."""

# No `from __future__ import annotations`: FastAPI could not evaluate those that name local variables.

import json
from typing import Annotated, Any

import pytest
from fastapi import FastAPI
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

import criteria
from criteria import Field, Query, Schema, Search
from criteria.fastapi import installing
from criteria.web.openapi import component
from tests.fastapi.apps import FILMS, application, ask

JSON = "application/json"


def parameters(document: dict[str, Any], path: str) -> dict[str, Any]:
    """The parameters of an operation by name."""
    return {one["name"]: one for one in document["paths"][path]["get"]["parameters"]}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The document that the application serves."""
    served: dict[str, Any] = ask(application(), "GET", "/openapi.json").json()
    return served


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    """With and without `install`, and it stays the same when it is asked for again."""
    OpenAPIV31SpecValidator(document).validate()
    OpenAPIV31SpecValidator(application(is_installed=False).openapi()).validate()
    app = application()
    assert app.openapi() == app.openapi() == document


def test_the_parameter_is_json_with_examples(document: dict[str, Any]) -> None:
    """Its content is JSON with the schema of the allowed queries, for which Swagger UI has an editor."""
    found = parameters(document, "/v1/plain")
    assert {"query", "orderBy", "limit", "skip", "after", "before", "getTotalCount", "resolve"} == {*found}
    content = found["query"]["content"][JSON]
    assert content["schema"] == {"$ref": "#/components/schemas/FilmCriteria"}
    for example in content["examples"].values():
        criteria.parse(example["value"], FILMS)
    assert "schema" not in found["query"]
    assert found["limit"]["schema"]["maximum"] == 50
    assert found["resolve"]["schema"]["pattern"] == "^(?:sequelOf)(?:,(?:sequelOf))*$"
    assert not any(one["required"] for one in found.values())


def test_headers_of_pages_are_documented(document: dict[str, Any]) -> None:
    """`PAGE_HEADERS` names both, beside the content of the response."""
    found = document["paths"]["/v1/paged"]["get"]["responses"]["200"]
    assert {"Link", "X-Total-Count"} == {*found["headers"]}
    assert JSON in found["content"]


def test_bodies_are_documented(document: dict[str, Any]) -> None:
    """Criteria in the body, as a search and as a type, name the same component."""
    for path in ("/v1/posted", "/v1/typed"):
        content = document["paths"][path]["post"]["requestBody"]["content"][JSON]
        assert content["schema"]["$ref"] == "#/components/schemas/FilmCriteria"
    names = [one["name"] for one in document["paths"]["/v1/posted"]["post"]["parameters"]]
    assert "query" not in names


def test_the_schema_allows_what_the_endpoint_does(document: dict[str, Any]) -> None:
    """It accepts and refuses as the endpoint."""
    schema = {"$ref": "#/components/schemas/FilmCriteria", "components": document["components"]}
    validator = Draft202012Validator(schema)
    for allowed in ({}, {"year": {"$gte": 1}}, {"NOT": {"kind": "short"}}, {"sequelOf.objectId": 1}):
        assert validator.is_valid(allowed)
        assert ask(application(), "POST", "/v1/posted", json=allowed).status_code == 200
    wrong: tuple[dict[str, Any], ...] = ({"yeer": 1}, {"kind": "x"}, {"year": {"$contains": "1"}}, {"AND": []})
    for refused in wrong:
        assert not validator.is_valid(refused)
        assert ask(application(), "POST", "/v1/posted", json=refused).status_code == 422


def test_several_schemas_with_listed_values() -> None:
    """Definitions of one name that differ are two components, and an endpoint's own examples are shown."""
    app = FastAPI()
    schemas = [
        Schema(name, [Field("kind", "string", values=values)], system_properties=False)
        for name, values in (("a", ["x", "y"]), ("b", ["p", "q"]))
    ]
    for schema in schemas:
        examples = {"some": {"kind": (schema.fields[0].values or ())[0]}}

        def found(search: Annotated[Search, criteria.fastapi.search(schema, examples=examples)]) -> None: ...

        app.get(f"/{schema.name}")(found)
    third = Schema("c", [Field("kind", "string", values=["m"])], system_properties=False)
    criteria.fastapi.install(app, third)
    document = app.openapi()
    OpenAPIV31SpecValidator(document).validate()
    for schema, value in ((schemas[0], "x"), (schemas[1], "p")):
        content = parameters(document, f"/{schema.name}")["query"]["content"][JSON]
        assert content["examples"] == {"some": {"value": {"kind": value}}}
        validator = Draft202012Validator({**content["schema"], "components": document["components"]})
        assert validator.is_valid({"kind": value})
        assert not validator.is_valid({"kind": "m"})
    validator = Draft202012Validator({"$ref": "#/components/schemas/CCriteria", "components": document["components"]})
    assert validator.is_valid({"kind": "m"})
    assert not validator.is_valid({"kind": "x"})


@pytest.mark.parametrize("is_installed", [False, True])
def test_entities_that_refer_to_each_other(is_installed: bool) -> None:
    """The document and its page are served where a user's boss is a user, and where 14 entities are in a row."""
    key = Field("id", "integer", is_unique=True, nullable=False)

    def schema_of(name: str, *others: str) -> Schema:
        fields = [Field(f"to_{one}", "objectRef", object_entity_type=one) for one in others]
        return Schema(name, [key, *fields], system_properties=False)

    names = [f"e{at}" for at in range(14)]
    row = {name: schema_of(name, *names[at:]) for at, name in enumerate(names, 1)}
    order = schema_of("order", "user").with_entities({"user": schema_of("user", "user")})
    parcel = schema_of("parcel", "e0").with_entities(row)
    app = FastAPI()

    @app.get("/orders")
    def orders(search: Annotated[Search, criteria.fastapi.search(order)]) -> None: ...

    @app.get("/parcels")
    def parcels(search: Annotated[Search, criteria.fastapi.search(parcel)]) -> None: ...

    if is_installed:
        criteria.fastapi.install(app, order, parcel)
    assert ask(app, "GET", "/docs").status_code == 200
    served = ask(app, "GET", "/openapi.json")
    assert served.status_code == 200
    document = served.json()
    OpenAPIV31SpecValidator(document).validate()
    for name, field in (("OrderCriteria", "to_user.id"), ("ParcelCriteria", "to_e0.id")):
        reference = {"$ref": f"#/components/schemas/{name}"}
        validator = Draft202012Validator({**reference, "components": document["components"]})
        assert validator.is_valid({field: 1})
        assert not validator.is_valid({field: "x"})


def test_schemas_are_drawn_once_for_a_document(monkeypatch: pytest.MonkeyPatch) -> None:
    """The document is completed when it is made, not at each request for it; and so is one that is made anew."""
    app = FastAPI()
    drawn: list[str] = []

    def component_of(name: str) -> str:
        drawn.append(name)
        return component(name)

    monkeypatch.setattr(installing, "component", component_of)
    criteria.fastapi.install(app, FILMS)
    first = json.dumps(app.openapi())
    assert [json.dumps(app.openapi()), drawn] == [first, [FILMS.name]]
    app.openapi_schema = None
    assert [json.dumps(app.openapi()), drawn] == [first, [FILMS.name, FILMS.name]]


def test_responses_with_criteria() -> None:
    """A type in a response is its JSON."""
    app = FastAPI()

    @app.get("/saved")
    def saved() -> Annotated[Query, criteria.pydantic.of(FILMS)]:
        return criteria.parse({"year": 1}, FILMS)

    assert ask(app, "GET", "/saved").json() == {"year": 1}
    OpenAPIV31SpecValidator(app.openapi()).validate()
