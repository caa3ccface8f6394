"""The OpenAPI document of this server, made with `criteria.web.openapi`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from criteria.web import Access, ApiStatus, Entity, Keys
from criteria.web.object_schemas import write_json_schema
from criteria.web.openapi import (
    OpenApiDocument,
    component,
    id_parameter,
    link_header,
    resolve_parameters,
    search_parameters,
)
from criteria.web.response_schemas import page_json_schema, success_json_schema
from examples.server.catalogue import DEFINITION, REFERABLE
from examples.server.entities import LOGIN, RESOURCES, Resource

TITLE = "Users, organizations, content and files, searched with criteria"
MASTER = (Access.MASTER,)
EVERYBODY = (Access.APPLICATION, Access.USER, Access.MASTER)
NOT_FOUND = (ApiStatus.OBJECT_NOT_FOUND,)

EXAMPLES: dict[str, dict[str, Any]] = {
    "user": {"username": "ann", "userpassword": "correct horse", "email": "ann@example.com", "name": "Ann Example"},
    "userSegment": {"name": "Newcomers", "description": "Users of this month"},
    "organization": {"name": "Example Ltd", "customDomainName": "shop.example.com"},
    "contentItem": {"title": "Welcome", "tags": ["start"], "publishDate": "2024-01-31T09:30:00Z"},
    "contentGroup": {"name": "Pages for everybody"},
    "file": {"name": "logo.svg", "mimeType": "image/svg+xml", "size": 1200},
    "fileGroup": {"name": "Pictures"},
    "referralDiscount": {"code": "SPRING", "amount": "12.50"},
}


def document(entity: Callable[[str], Entity], keys: Keys, version: str) -> dict[str, Any]:
    """The document of the API with the present entities."""
    api = OpenApiDocument(TITLE, version, keys)
    api.add(*(entity(resource.entity) for resource in RESOURCES), examples=EXAMPLES, follows_references=True)
    api.add_definitions(entity(DEFINITION), REFERABLE)
    about = {name: {"type": "string"} for name in ("version", "applicationName")}
    api.operation("GET", "/v1", "about", "The version of the API", tag="about", access=EVERYBODY,
                  found=success_json_schema(_object(about)))  # fmt: skip
    _sessions(api)
    for resource in RESOURCES:
        _objects(api, resource, entity(resource.entity))
        if resource.is_extensible:
            _definitions(api, resource, entity(DEFINITION))
    return api.to_json()


def _sessions(api: OpenApiDocument) -> None:
    path, tag = "/v1/usersession", "usersession"
    login = api.schema("Login", {**write_json_schema(LOGIN, is_new=True),
                                 "examples": [{"username": "ann", "userpassword": "correct horse"}]})  # fmt: skip
    api.operation("POST", path, "beginSession", "Log in", tag=tag, access=EVERYBODY, body=login, is_creation=True,
                  found=success_json_schema(_object({"userSessionKey": {"type": "string"}})))  # fmt: skip
    api.operation("GET", path, "readSession", "The user who is logged in", tag=tag, access=[Access.USER],
                  statuses=NOT_FOUND, found=success_json_schema(api.shown("user")))  # fmt: skip
    api.operation("DELETE", path, "endSession", "Log out", tag=tag, access=[Access.USER])


def _objects(api: OpenApiDocument, resource: Resource, entity: Entity) -> None:
    name, base, kind, tag = component(resource.entity), f"/v1/{resource.path}", resource.entity, resource.path
    one, object_id = f"{base}/{{id}}", id_parameter()
    search, found = search_parameters(entity.public, query=api.criteria(kind)), page_json_schema(api.shown(kind))
    if kind == "user":
        only_known = "By default only known users are found, who have a username or an email."
        search.append({"name": "type", "in": "query", "description": only_known, "schema": {"enum": ["all"]}})
    is_user = kind == "user"
    readers = EVERYBODY if resource.is_open else (Access.USER, Access.MASTER) if is_user else MASTER
    writers = (Access.USER, Access.MASTER) if is_user else MASTER
    taken = _taken(entity)
    api.operation("POST", base, f"create{name}", f"Create a {kind}", tag=tag, access=MASTER, body=api.new(kind),
                  found=_created(), is_creation=True, statuses=taken,
                  links=_links("read", "change", "delete", "restore", name=name))  # fmt: skip
    api.operation("GET", base, f"find{name}", f"Search for {kind} objects", tag=tag, access=MASTER,
                  parameters=search, found=found, headers=link_header())  # fmt: skip
    api.operation("POST", f"{base}/query", f"query{name}", f"Search for {kind} objects", tag=tag, access=MASTER,
                  parameters=search[1:], body=api.criteria(kind), found=found)  # fmt: skip
    api.operation("GET", one, f"read{name}", f"Read a {kind}", tag=tag, access=readers, statuses=NOT_FOUND,
                  parameters=[object_id, *resolve_parameters(entity.public)],
                  found=success_json_schema(api.shown(kind)))  # fmt: skip
    api.operation("PUT", one, f"change{name}", f"Change a {kind}", tag=tag, access=writers, parameters=[object_id],
                  body=api.change(kind), statuses=[*NOT_FOUND, *taken])  # fmt: skip
    api.operation("DELETE", one, f"delete{name}", f"Delete a {kind}", tag=tag, access=MASTER, statuses=NOT_FOUND,
                  parameters=[object_id])  # fmt: skip
    api.operation("POST", one, f"restore{name}", f"Restore a {kind} that was deleted", tag=tag, access=MASTER,
                  parameters=[object_id], statuses=[*NOT_FOUND, *taken])  # fmt: skip


def _definitions(api: OpenApiDocument, resource: Resource, entity: Entity) -> None:
    base, tag, object_id = f"/v1/{resource.path}/customproperties", resource.path, id_parameter()
    name, what = f"{component(resource.entity)}CustomProperty", f"custom property of {resource.entity}"
    exists, shown = [ApiStatus.OBJECT_ALREADY_EXISTS], api.shown(DEFINITION)
    api.operation("POST", base, f"create{name}", f"Create a {what}", tag=tag, access=MASTER,
                  body=api.new(DEFINITION), found=_created(),
                  is_creation=True, statuses=exists, links=_links("read", "change", "delete", name=name))  # fmt: skip
    api.operation("GET", base, f"find{name}", f"Search for each {what}", tag=tag, access=MASTER,
                  found=page_json_schema(shown), headers=link_header(),
                  parameters=search_parameters(entity.public, query=api.criteria(DEFINITION)))  # fmt: skip
    for method, verb, body, found, statuses in (
        ("GET", "read", None, success_json_schema(shown), []),
        ("PUT", "change", api.change(DEFINITION), None, exists),
        ("DELETE", "delete", None, None, []),
    ):
        api.operation(method, f"{base}/{{id}}", f"{verb}{name}", f"{verb.capitalize()} a {what}", tag=tag,
                      access=MASTER, parameters=[object_id], body=body, found=found,
                      statuses=[*NOT_FOUND, *statuses])  # fmt: skip


def _created() -> dict[str, Any]:
    return success_json_schema(_object({"objectId": {"type": "integer"}}))


def _links(*verbs: str, name: str) -> dict[str, Any]:
    """Links from a created object to operations on it."""
    parameters = {"id": "$response.body#/data/objectId"}
    return {verb: {"operationId": f"{verb}{name}", "parameters": parameters} for verb in verbs}


def _taken(entity: Entity) -> list[ApiStatus]:
    """The statuses for values that must be unique; future custom properties may be unique, too."""
    fields = {field.name for field in entity.writable.fields if field.is_unique}
    found = [ApiStatus.OBJECT_ALREADY_EXISTS] if entity.custom_properties is not None or fields else []
    return [*found, *([ApiStatus.CUSTOM_DOMAIN_NAME_ALREADY_USED] if "customDomainName" in fields else [])]


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
