"""The OpenAPI 3.1 document of an API of the documents, with the language of criteria in it, whatever the framework.

`Document` grows by entities and operations; the parts of an operation have functions here and in
`criteria.web.envelope_forms`. docs/openapi.md has an example.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from criteria.json_schema import query_json_schema
from criteria.limits import DEFAULT_LIMITS, MAX_RECORDS, Limits
from criteria.schema.field import Field, FieldType
from criteria.schema.schema import Schema
from criteria.search.search import DEFAULT_LIMIT
from criteria.web.access import Access, Keys
from criteria.web.entity import Entity
from criteria.web.envelope_forms import SCHEMAS, error_form, problem_form, success_form
from criteria.web.forms import Form, definition_form, plain_form, read_form, write_form
from criteria.web.status import CREATED, ApiStatus

ALWAYS = (
    ApiStatus.BAD_REQUEST,
    ApiStatus.BAD_PARAMETER_VALUE,
    ApiStatus.API_KEY_INVALID,
    ApiStatus.AUTHENTICATION_FAILED,
    ApiStatus.ACCESS_DENIED,
    ApiStatus.UNIDENTIFIED_ERROR,
)
"""The statuses that each request may have that is not done."""

_MEANING = {
    ApiStatus.AUTHENTICATION_FAILED: "The Authorization header is incorrect, or so is what a user logs in with.",
    ApiStatus.ACCESS_DENIED: "The caller may not do this; so is one who sends no API key.",
    ApiStatus.OBJECT_NOT_FOUND: "There is no such object.",
    ApiStatus.UNIDENTIFIED_ERROR: "The server failed.",
}


class Document:
    """An OpenAPI document, which grows by entities and operations."""

    def __init__(
        self, title: str, version: str, keys: Keys, *, description: str = "", limits: Limits = DEFAULT_LIMITS
    ) -> None:
        self._info = {"title": title, "version": version, **({"description": description} if description else {})}
        self._limits = limits
        self._paths: dict[str, Form] = {}
        self._entities: dict[str, Entity] = {}
        self._schemas: dict[str, Form] = {"Error": error_form(), "Problem": problem_form()}
        self._security = security_schemes(keys)

    def add(self, *entities: Entity, examples: Mapping[str, Form] | None = None) -> None:
        """Adds the schemas of entities: of `user` these are `User`, `NewUser`, `UserChange` and `UserCriteria`.

        References between these entities can be resolved. `examples` are new objects, by the names of their entities.
        """
        known = {entity.name for entity in (*entities, *self._entities.values())}
        for entity in entities:
            name = component(entity.name)
            example = {"examples": [examples[entity.name]]} if examples and entity.name in examples else {}
            forms = {
                name: read_form(entity, lambda target: self.shown(target) if target in known else None),
                f"New{name}": {**write_form(entity, is_new=True), **example},
                f"{name}Change": {**write_form(entity, is_new=False), **example},
                **criteria_forms(entity.public, f"{name}Criteria", self._limits),
            }
            self._add(entity, forms)

    def add_definitions(self, entity: Entity, referable: Iterable[str]) -> None:
        """Adds the schemas of an entity whose objects are the definitions of custom properties (section 9), which may
        be references to `referable` entities."""
        name, targets = component(entity.name), tuple(referable)
        forms = {
            name: read_form(entity),
            f"New{name}": definition_form(targets, is_new=True),
            f"{name}Change": definition_form(targets, is_new=False),
            **criteria_forms(entity.public, f"{name}Criteria", self._limits),
        }
        self._add(entity, forms)

    def _add(self, entity: Entity, forms: Mapping[str, Form]) -> None:
        for key, form in forms.items():
            self.schema(key, form)
        self._entities[entity.name] = entity

    def schema(self, name: str, form: Form) -> Form:
        """Adds a schema, and gives a reference to it. Raises `ValueError` when there is another one of this name."""
        if self._schemas.setdefault(name, form) != form:
            raise ValueError(f"There are two schemas {name}.")
        return {"$ref": f"{SCHEMAS}{name}"}

    def shown(self, entity: str) -> Form:
        """A reference to the schema of objects as clients read them."""
        return {"$ref": f"{SCHEMAS}{component(entity)}"}

    def new(self, entity: str) -> Form:
        """A reference to the schema of new objects."""
        return {"$ref": f"{SCHEMAS}New{component(entity)}"}

    def change(self, entity: str) -> Form:
        """A reference to the schema of what is written over objects."""
        return {"$ref": f"{SCHEMAS}{component(entity)}Change"}

    def criteria(self, entity: str) -> Form:
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
        parameters: Sequence[Form] = (),
        body: Form | None = None,
        found: Form | None = None,
        is_creation: bool = False,
        statuses: Iterable[ApiStatus] = (),
        links: Form | None = None,
    ) -> None:
        """Adds what a method does at a path.

        `access` are the levels of those who may ask for it, `body` and `found` the schemas of what is sent and of the
        whole response (one without data when none is given), `statuses` those that a request may have that is not done,
        beside `ALWAYS`.
        """
        success: Form = {
            "description": "Done." if not is_creation else "Created.",
            "content": _json_content(success_form() if found is None else found),
            **({"links": links} if links else {}),
        }
        operation: Form = {
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

    def to_json(self) -> Form:
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
    """The name that the schemas of an entity have."""
    return re.sub("[^A-Za-z0-9._-]", "_", name[:1].upper() + name[1:])


def criteria_forms(schema: Schema, name: str, limits: Limits = DEFAULT_LIMITS) -> dict[str, Form]:
    """The schema of the queries over a schema under a name, and those that it refers to, which all entities share."""
    drawn = query_json_schema(schema, limits=limits)
    definitions = drawn["$defs"]
    named = {key: name if key == "criteria" else key for key in definitions}
    forms = {named[key]: _moved(plain_form(form), named) for key, form in definitions.items()}
    forms[name] = {"title": drawn["title"], "description": drawn["description"], **forms[name]}
    return forms


def search_parameters(schema: Schema, *, query: Form | None = None) -> list[Form]:
    """The parameters of a search (Working with objects, section 6). `query` is the schema of criteria where these are a
    parameter, and not the body."""
    most = MAX_RECORDS if schema.max_limit is None else schema.max_limit
    criteria = {"name": "query", "in": "query", "description": "Criteria that records have to meet."}
    found = [{**criteria, "content": {"application/json": {"schema": query}}}] if query else []
    found += [
        _parameter("orderBy", "Names, each with asc or desc or neither, between commas. None stands twice.",
                   {"type": "string", "pattern": order_by_pattern(schema)}),
        _parameter("limit", "How many records there are at most.",
                   {"type": "integer", "minimum": 0, "maximum": most, "default": min(DEFAULT_LIMIT, most)}),
        _parameter("skip", "How many records are passed over.",
                   {"type": "integer", "minimum": 0, "maximum": MAX_RECORDS, "default": 0}),
        _parameter("getTotalCount", "Whether to tell how many records there are in all.",
                   {"type": "boolean", "default": False}),
    ]  # fmt: skip
    return [*found, *resolve_parameters(schema)]


def resolve_parameters(schema: Schema) -> list[Form]:
    """The parameter `resolve` (section 7), where there are references."""
    names = [field.name for field in schema.fields if field.field_type is FieldType.OBJECT_REF]
    form = {"type": "array", "items": {"enum": names}, "minItems": 1, "uniqueItems": True}
    of_names = {"style": "form", "explode": False}
    words = "References in the place of which the objects themselves are returned, between commas."
    return [{**_parameter("resolve", words, form), **of_names}] if names else []


def order_by_pattern(schema: Schema) -> str:
    """A regular expression of `orderBy`; that a name stands twice is left to the answer."""
    names = "|".join(_escaped(field.name) for field in schema.fields if _is_sortable(field))
    key = f"[ \\t]*(?:{names})(?:[ \\t]+(?:[aA][sS][cC]|[dD][eE][sS][cC]))?[ \\t]*"
    return f"^{key}(?:,{key})*$"


def id_parameter(name: str = "id") -> Form:
    """The number of an object as the last part of a path."""
    form = {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}
    return {"name": name, "in": "path", "required": True, "description": "The objectId.", "schema": form}


def security_schemes(keys: Keys) -> dict[str, Form]:
    """The three headers of Server API, section 5, without the keys themselves."""

    def authorization(scheme: str, key: str) -> Form:
        words = f"`{scheme}`, a blank, and {key}. No scheme of HTTP has this name: the whole header is the value."
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": words}

    return {
        "apiKey": {"type": "apiKey", "in": "header", "name": keys.api_key_header, "description": "The API key."},
        "userSession": authorization(keys.session_scheme, "the session key of a user who is logged in"),
        "masterKey": authorization(keys.master_scheme, "the master key"),
    }


_REQUIREMENTS: dict[Access, Form] = {
    Access.NONE: {},
    Access.APPLICATION: {"apiKey": []},
    Access.USER: {"apiKey": [], "userSession": []},
    Access.MASTER: {"apiKey": [], "masterKey": []},
}


def _refusals(statuses: Iterable[ApiStatus]) -> dict[str, Form]:
    """The responses of statuses, by their HTTP codes: those that stand alone are components of the document."""
    by_code: dict[str, list[ApiStatus]] = {}
    for status in dict.fromkeys(statuses):
        by_code.setdefault(str(status.http), []).append(status)
    return {
        code: _refusal(each) if each[0] not in _MEANING else {"$ref": f"#/components/responses/{each[0].code}"}
        for code, each in sorted(by_code.items())
    }


def _refusal(statuses: Sequence[ApiStatus]) -> Form:
    codes = [status.code for status in statuses]
    described = _MEANING.get(statuses[0], f"The request is not right: {', '.join(codes)}.")
    narrowed = {"type": "object", "properties": {"apiStatusCode": {"enum": codes}}}
    found = {"description": described, "content": _json_content({"allOf": [{"$ref": f"{SCHEMAS}Error"}, narrowed]})}
    if statuses[0] is ApiStatus.AUTHENTICATION_FAILED:
        words = "The schemes that the Authorization header may have; not where a login failed."
        found["headers"] = {"WWW-Authenticate": {"description": words, "schema": {"type": "string"}}}
    return found


def _json_content(form: Form) -> Form:
    return {"application/json": {"schema": form}}


def _parameter(name: str, description: str, form: Form) -> Form:
    return {"name": name, "in": "query", "description": description, "schema": form}


def _moved(form: Any, named: Mapping[str, str]) -> Any:
    """A schema whose references to definitions of its own become references to those of the document."""
    if isinstance(form, list):
        return [_moved(item, named) for item in form]
    if not isinstance(form, dict):
        return form
    found = {key: _moved(value, named) for key, value in form.items()}
    reference = found.get("$ref")
    if isinstance(reference, str):
        found["$ref"] = SCHEMAS + named[reference.removeprefix("#/$defs/")]
    return found


def _is_sortable(field: Field) -> bool:
    """Whether `orderBy` can name a field: it has an order, and a name that ends where a comma or a direction comes."""
    has_order = not field.is_list and field.field_type is not FieldType.GUID
    return has_order and not re.search(r",|^[ \t]|[ \t]$|[ \t](?:asc|desc)$", field.name, re.IGNORECASE)


def _escaped(name: str) -> str:
    """A regular expression of a text, which means the same with and without ECMA-262's `u` flag."""
    return re.sub(r"[\\^$.*+?()\[\]{}|/]", r"\\\g<0>", name)
