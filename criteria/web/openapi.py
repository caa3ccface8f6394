"""The OpenAPI 3.1 document of an API with criteria, for any framework.

`OpenApiDocument` collects entities and operations. Functions here and in `criteria.web.response_schemas` make the parts
of an operation. docs/openapi.md has an example.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from criteria.json_schema import query_json_schema
from criteria.json_schema.examples import examples as drawn_examples
from criteria.json_schema.operands import JsonSchema
from criteria.json_schema.patterns import literal_pattern
from criteria.json_schema.query import OF_ONE_SCHEMA, entity_definitions
from criteria.limits import DEFAULT_LIMITS, MAX_RECORDS, MAX_SORT_KEYS, Limits
from criteria.schema.field import IS_ORDERED, Field, FieldType
from criteria.schema.schema import Schema
from criteria.search.search import DEFAULT_LIMIT
from criteria.web.access import Access, Keys
from criteria.web.entity import Entity
from criteria.web.object_schemas import (
    definition_json_schema,
    portable_json_schema,
    read_json_schema,
    write_json_schema,
)
from criteria.web.response_schemas import (
    SCHEMAS,
    cursor_json_schema,
    error_json_schema,
    problem_json_schema,
    success_json_schema,
)
from criteria.web.status import CREATED, ApiStatus

ALWAYS = (
    ApiStatus.BAD_REQUEST,
    ApiStatus.BAD_PARAMETER_VALUE,
    ApiStatus.API_KEY_INVALID,
    ApiStatus.AUTHENTICATION_FAILED,
    ApiStatus.ACCESS_DENIED,
    ApiStatus.UNIDENTIFIED_ERROR,
)
"""The error statuses that every request may have."""

_MEANING = {
    ApiStatus.AUTHENTICATION_FAILED: "The Authorization header is wrong, or the user name or password of a login is.",
    ApiStatus.ACCESS_DENIED: "The caller may not do this, or sent no API key.",
    ApiStatus.OBJECT_NOT_FOUND: "There is no such object.",
    ApiStatus.UNIDENTIFIED_ERROR: "The server failed.",
}


class OpenApiDocument:
    """An OpenAPI document to which entities and operations are added."""

    def __init__(
        self, title: str, version: str, keys: Keys, *, description: str = "", limits: Limits = DEFAULT_LIMITS
    ) -> None:
        self._info = {"title": title, "version": version, **({"description": description} if description else {})}
        self._limits = limits
        self._paths: dict[str, JsonSchema] = {}
        self._entities: dict[str, Entity] = {}
        self._schemas: dict[str, JsonSchema] = {"Error": error_json_schema(), "Problem": problem_json_schema()}
        self._security = security_schemes(keys)

    def add(
        self,
        *entities: Entity,
        examples: Mapping[str, JsonSchema] | None = None,
        follows_references: bool = False,
    ) -> None:
        """Adds the schemas of entities: for `user` these are `User`, `NewUser`, `UserChange` and `UserCriteria`.

        References between these entities can be resolved, and with `follows_references` criteria may lead through them
        (docs/language.md#references). `examples` are new objects by entity name.
        """
        known = {entity.name: entity.public for entity in (*self._entities.values(), *entities)}
        for entity in entities:
            name = component(entity.name)
            example = {"examples": [examples[entity.name]]} if examples and entity.name in examples else {}
            json_schemas = {
                name: read_json_schema(entity, lambda target: self.shown(target) if target in known else None),
                f"New{name}": {**write_json_schema(entity, is_new=True), **example},
                f"{name}Change": {**write_json_schema(entity, is_new=False), **example},
                **criteria_json_schemas(
                    entity.public.with_entities(known) if follows_references else entity.public,
                    f"{name}Criteria",
                    self._limits,
                ),
            }
            self._add(entity, json_schemas)

    def add_definitions(self, entity: Entity, referable: Iterable[str]) -> None:
        """Adds the schemas of an entity whose objects define custom properties (docs/language.md#custom-properties).

        `referable` are the entities that references may be to.
        """
        name, targets = component(entity.name), tuple(referable)
        json_schemas = {
            name: read_json_schema(entity),
            f"New{name}": definition_json_schema(targets, is_new=True),
            f"{name}Change": definition_json_schema(targets, is_new=False),
            **criteria_json_schemas(entity.public, f"{name}Criteria", self._limits),
        }
        self._add(entity, json_schemas)

    def _add(self, entity: Entity, json_schemas: Mapping[str, JsonSchema]) -> None:
        for key, json_schema in json_schemas.items():
            self.schema(key, json_schema)
        self._entities[entity.name] = entity

    def schema(self, name: str, json_schema: JsonSchema) -> JsonSchema:
        """Adds a schema and returns a reference to it. Raises `ValueError` if another schema has the name."""
        if self._schemas.setdefault(name, json_schema) != json_schema:
            raise ValueError(f"Two different schemas are named {name}.")
        return {"$ref": f"{SCHEMAS}{name}"}

    def shown(self, entity: str) -> JsonSchema:
        """A reference to the schema of objects as clients read them."""
        return {"$ref": f"{SCHEMAS}{component(entity)}"}

    def new(self, entity: str) -> JsonSchema:
        """A reference to the schema of new objects."""
        return {"$ref": f"{SCHEMAS}New{component(entity)}"}

    def change(self, entity: str) -> JsonSchema:
        """A reference to the schema of changes to objects."""
        return {"$ref": f"{SCHEMAS}{component(entity)}Change"}

    def criteria(self, entity: str) -> JsonSchema:
        """A reference to the schema of criteria."""
        return {"$ref": f"{SCHEMAS}{component(entity)}Criteria"}

    def operation(
        self,
        method: str,
        path: str,
        operation_id: str,
        summary: str,
        *,
        tag: str,
        access: Iterable[Access],
        parameters: Sequence[JsonSchema] = (),
        body: JsonSchema | None = None,
        found: JsonSchema | None = None,
        is_creation: bool = False,
        statuses: Iterable[ApiStatus] = (),
        links: JsonSchema | None = None,
        headers: JsonSchema | None = None,
    ) -> None:
        """Adds an operation: a method at a path.

        `access` are the levels of access that may call it, `body` and `found` the schemas of the request's body and of
        the whole response (by default one without data), `headers` those of the response, and `statuses` its error
        statuses in addition to `ALWAYS`.
        """
        success: JsonSchema = {
            "description": "Done." if not is_creation else "Created.",
            "content": _json_content(success_json_schema() if found is None else found),
            **({"headers": headers} if headers else {}),
            **({"links": links} if links else {}),
        }
        operation: JsonSchema = {
            "operationId": operation_id,
            "summary": summary,
            "tags": [tag],
            "security": [_REQUIREMENTS[level] for level in access],
            **({"parameters": list(parameters)} if parameters else {}),
            **({"requestBody": {"required": True, "content": _json_content(body)}} if body else {}),
            "responses": {
                str(CREATED if is_creation else ApiStatus.SUCCESS.http): success,
                **_refusals([*ALWAYS, *statuses]),
            },
        }
        self._paths.setdefault(path, {})[method.lower()] = operation

    def to_json(self) -> JsonSchema:
        """The document."""
        return {
            "openapi": "3.1.0",
            "info": self._info,
            "paths": self._paths,
            "components": {
                "schemas": self._schemas,
                "responses": {status.code: _refusal([status]) for status in _MEANING},
                "securitySchemes": self._security,
            },
        }


def component(name: str) -> str:
    """The name of the schemas of an entity."""
    return re.sub("[^A-Za-z0-9._-]", "_", name[:1].upper() + name[1:])


def criteria_json_schemas(schema: Schema, name: str, limits: Limits = DEFAULT_LIMITS) -> dict[str, JsonSchema]:
    """The JSON Schema of queries over a schema under `name`, and the definitions, which entities share.

    Definitions of listed values are numbered in each schema, and those of lists of objects have the names of the lists,
    so `name` is part of their names. Those of other entities are the schemas of their queries.
    """
    drawn = query_json_schema(schema, limits=limits)
    definitions = {key: _without_paths(one, schema) for key, one in drawn["$defs"].items()}
    own = {key: f"{name}-{key}" for key in definitions if key.startswith(OF_ONE_SCHEMA)}
    others = {key: f"{component(entity)}Criteria" for entity, key in entity_definitions(schema).items()}
    named = {**{key: key for key in definitions}, **own, **others, "criteria": name}
    json_schemas = {
        named[key]: _moved(portable_json_schema(json_schema), named)
        for key, json_schema in definitions.items()
        if key not in others
    }
    json_schemas[name] = {
        "title": drawn["title"],
        "description": drawn["description"],
        **json_schemas[name],
        "examples": drawn_examples(schema),
    }
    return json_schemas


def _without_paths(definition: JsonSchema, schema: Schema) -> JsonSchema:
    """A definition without the paths into other entities: `$elemMatch` says the same, and refers to their criteria.

    With the paths of each entity the document would be many times as long.
    """
    begins = tuple(f"{one.name}." for one in schema.references)
    properties = definition.get("properties", {})
    own = {
        name: one for name, one in properties.items() if not name.startswith(begins) or schema.find(name) is not None
    }
    others = {key: value for key, value in definition.items() if key != "patternProperties" or any(value.values())}
    return {**others, **({"properties": own} if properties else {})}


def search_parameters(schema: Schema, *, query: JsonSchema | None = None) -> list[JsonSchema]:
    """The parameters of a search (docs/language.md#paging).

    `query` is the schema of criteria if they are a parameter and not the body.
    """
    max_limit = MAX_RECORDS if schema.max_limit is None else schema.max_limit
    criteria = {"name": "query", "in": "query", "description": "Criteria that records must meet."}
    found = [{**criteria, "content": {"application/json": {"schema": query}}}] if query else []
    found += [
        _parameter("orderBy", "Distinct field names, separated by commas, each optionally followed by asc or desc. "
                   f"With the key that ends every order there are at most {MAX_SORT_KEYS}.",
                   {"type": "string", "pattern": order_by_pattern(schema)}),
        _parameter("limit", "The largest number of records to return.",
                   {"type": "integer", "minimum": 0, "maximum": max_limit, "default": min(DEFAULT_LIMIT, max_limit)}),
        _parameter("skip", "The number of records to skip.",
                   {"type": "integer", "minimum": 0, "maximum": MAX_RECORDS, "default": 0}),
        _parameter("getTotalCount", "Whether to return the number of all matching records.",
                   {"type": "boolean", "default": False}),
        _parameter("after", "The cursor of a page, from its link to the next: continue after it. Not with skip.",
                   cursor_json_schema()),
        _parameter("before", "The cursor of a page, from its link to the previous: the page before it. Not with skip.",
                   cursor_json_schema()),
    ]  # fmt: skip
    return [*found, *resolve_parameters(schema)]


def resolve_parameters(schema: Schema) -> list[JsonSchema]:
    """The parameter `resolve` (docs/language.md#resolve), if there are references."""
    names = [field.name for field in schema.fields if field.field_type is FieldType.OBJECT_REF]
    json_schema = {"type": "array", "items": {"enum": names}, "minItems": 1, "uniqueItems": True}
    of_names = {"style": "form", "explode": False}
    words = "Names of references, separated by commas, to be replaced by the objects that they name."
    return [{**_parameter("resolve", words, json_schema), **of_names}] if names else []


def order_by_pattern(schema: Schema) -> str:
    """A regular expression for `orderBy`. It does not see that a name is repeated, or how many there are."""
    names = "|".join(literal_pattern(field.name) for field in schema.fields if _is_sortable(field))
    key = f"[ \\t]*(?:{names})(?:[ \\t]+(?:[aA][sS][cC]|[dD][eE][sS][cC]))?[ \\t]*"
    return f"^{key}(?:,{key})*$"


def id_parameter(name: str = "id") -> JsonSchema:
    """The id of an object as the last part of a path."""
    json_schema = {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}
    return {"name": name, "in": "path", "required": True, "description": "The objectId.", "schema": json_schema}


def security_schemes(keys: Keys) -> dict[str, JsonSchema]:
    """The three headers with keys (docs/server.md#keys), without the keys themselves."""

    def authorization(scheme: str, key: str) -> JsonSchema:
        words = f"`{scheme}`, a space, and {key}. HTTP has no such scheme, so the whole header is the value."
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": words}

    return {
        "apiKey": {"type": "apiKey", "in": "header", "name": keys.api_key_header, "description": "The API key."},
        "userSession": authorization(keys.session_scheme, "the session key of a user who is logged in"),
        "masterKey": authorization(keys.master_scheme, "the master key"),
    }


_REQUIREMENTS: dict[Access, JsonSchema] = {
    Access.NONE: {},
    Access.APPLICATION: {"apiKey": []},
    Access.USER: {"apiKey": [], "userSession": []},
    Access.MASTER: {"apiKey": [], "masterKey": []},
}


def _refusals(statuses: Iterable[ApiStatus]) -> dict[str, JsonSchema]:
    """Responses by HTTP code. A code with a single status is a component of the document."""
    by_code: dict[str, list[ApiStatus]] = {}
    for status in dict.fromkeys(statuses):
        by_code.setdefault(str(status.http), []).append(status)
    return {
        code: _refusal(each) if each[0] not in _MEANING else {"$ref": f"#/components/responses/{each[0].code}"}
        for code, each in sorted(by_code.items())
    }


def _refusal(statuses: Sequence[ApiStatus]) -> JsonSchema:
    codes = [status.code for status in statuses]
    described = _MEANING.get(statuses[0], f"The request is wrong: {', '.join(codes)}.")
    narrowed = {"type": "object", "properties": {"apiStatusCode": {"enum": codes}}}
    found = {"description": described, "content": _json_content({"allOf": [{"$ref": f"{SCHEMAS}Error"}, narrowed]})}
    if statuses[0] is ApiStatus.AUTHENTICATION_FAILED:
        words = "The schemes that the Authorization header may have. Absent after a failed login."
        found["headers"] = {"WWW-Authenticate": {"description": words, "schema": {"type": "string"}}}
    return found


def link_header() -> JsonSchema:
    """The header of a page that leads to others."""
    words = (
        "The next and the previous page (RFC 8288), if there are such: rel is next and prev. "
        "It is left out where it would be longer than 2048 characters."
    )
    return {"Link": {"description": words, "schema": {"type": "string"}}}


def _json_content(json_schema: JsonSchema) -> JsonSchema:
    return {"application/json": {"schema": json_schema}}


def _parameter(name: str, description: str, json_schema: JsonSchema) -> JsonSchema:
    return {"name": name, "in": "query", "description": description, "schema": json_schema}


def _moved(json_schema: Any, named: Mapping[str, str]) -> Any:
    """A schema whose references to its own definitions become references to schemas of the document."""
    if isinstance(json_schema, list):
        return [_moved(item, named) for item in json_schema]
    if not isinstance(json_schema, dict):
        return json_schema
    found = {key: _moved(value, named) for key, value in json_schema.items()}
    reference = found.get("$ref")
    if isinstance(reference, str):
        found["$ref"] = SCHEMAS + named[reference.removeprefix("#/$defs/")]
    return found


def _is_sortable(field: Field) -> bool:
    """Whether `orderBy` can name a field: it is ordered, and its name cannot be mistaken for a comma or direction."""
    has_order = not field.is_list and IS_ORDERED[field.field_type]
    return has_order and not re.search(r",|^[ \t]|[ \t]$|[ \t](?:asc|desc)$", field.name, re.IGNORECASE | re.ASCII)
