"""`install`: the JSON editor of Swagger UI, and responses to errors of the library in endpoints."""

from __future__ import annotations

import json
from collections.abc import Callable
from inspect import isawaitable
from typing import Annotated, Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter

from criteria.errors import CriteriaError
from criteria.fastapi.parameters import JSON
from criteria.pydantic.faults import request_errors
from criteria.pydantic.query_type import of
from criteria.pydantic.sources import HasSchema, schema_of
from criteria.schema.schema import Schema
from criteria.tree.query import Query
from criteria.web.openapi import component
from criteria.web.response_schemas import SCHEMAS
from criteria.web.status import RequestError

_TEMPLATE = f"{SCHEMAS}{{model}}"


def install(app: FastAPI, *sources: Schema | HasSchema) -> None:
    """Adds two things to an application, whatever endpoints it has or gets later.

    - Documentation: the parameter `query` is JSON, for which Swagger UI shows an editor. The JSON Schemas of queries
      over `sources` are components, also if no endpoint names them.
    - Criteria that an engine cannot answer (`unsupported`), and `criteria.web.RequestError`, raised in an endpoint, get
      the application's response to `RequestValidationError`. Its own exceptions and handlers are left alone.

    Raises `CriteriaError` (`invalid_schema`) for a source without a schema.
    """
    schemas = [schema_of(source) for source in sources]
    documented = app.openapi
    completed: dict[str, Any] | None = None

    def openapi() -> dict[str, Any]:
        nonlocal completed
        document = documented()
        if document is completed:  # FastAPI keeps its document; drawing the schemas takes a hundred times as long
            return document
        _add_components(document, schemas)
        for path in document.get("paths", {}).values():
            for operation in path.values():
                for parameter in operation.get("parameters", ()) if isinstance(operation, dict) else ():
                    _show_as_json(parameter)
        completed = document
        return document

    app.openapi = openapi  # type: ignore[method-assign]
    app.exception_handlers.setdefault(CriteriaError, _refusing(app))


def _show_as_json(parameter: dict[str, Any]) -> None:
    """Makes a parameter whose text is JSON one whose content is."""
    schema = parameter.get("schema", {})
    if schema.get("contentMediaType") != JSON or "contentSchema" not in schema:
        return
    content: dict[str, Any] = {"schema": schema["contentSchema"]}
    examples = parameter.pop("examples", None)
    if examples:
        content["examples"] = {name: {**one, "value": json.loads(one["value"])} for name, one in examples.items()}
    del parameter["schema"]
    parameter["content"] = {JSON: content}


def _add_components(document: dict[str, Any], schemas: list[Schema]) -> None:
    """Adds the JSON Schemas of queries over schemas that no endpoint names."""
    components: dict[str, Any] = document.setdefault("components", {}).setdefault("schemas", {})
    for schema in schemas:
        own = component(schema.name)
        drawn = TypeAdapter[Query](Annotated[Query, of(schema)]).json_schema(ref_template=_TEMPLATE)
        text = json.dumps(drawn.pop("$defs", {}))
        for name, definition in json.loads(text).items():
            if _in_floats(components.get(name, definition)) != _in_floats(definition):  # another schema's
                text = text.replace(json.dumps(name) + ":", json.dumps(f"{own}.{name}") + ":")
                text = text.replace(json.dumps(f"{SCHEMAS}{name}"), json.dumps(f"{SCHEMAS}{own}.{name}"))
        for name, definition in json.loads(text).items():
            components.setdefault(name, definition)


def _in_floats(value: Any) -> Any:
    """JSON with floats for integers, as FastAPI writes bounds, for comparison."""
    return json.loads(json.dumps(value), parse_int=float)


def _refusing(app: FastAPI) -> Callable[[Request, CriteriaError], Any]:
    """The handler of the library's errors in endpoints."""

    async def refused(request: Request, error: CriteriaError) -> Response:
        if not isinstance(error, RequestError) and not error.is_asked:
            return await _as_without(app, request, error)
        shown = RequestValidationError(request_errors(error.problems, None, ("query",)))
        return await _answer(app.exception_handlers[RequestValidationError], request, shown)

    return refused


async def _as_without(app: FastAPI, request: Request, error: CriteriaError) -> Response:
    """The response of a handler of the application, if it has one for a `ValueError`; otherwise the error is raised."""
    for kind in type(error).__mro__[1:]:
        if kind not in (CriteriaError, Exception) and kind in app.exception_handlers:
            return await _answer(app.exception_handlers[kind], request, error)
    raise error


async def _answer(handler: Callable[..., Any], request: Request, error: Exception) -> Response:
    found = handler(request, error)
    answered: Response = await found if isawaitable(found) else found
    return answered
