"""JSON Schemas of response envelopes (docs/server.md#responses)."""

from __future__ import annotations

from criteria.errors import CODES
from criteria.json_schema.operands import JsonSchema
from criteria.search.cursor import MAX_LENGTH
from criteria.web.status import ApiStatus

SCHEMAS = "#/components/schemas/"
"""Prefix of references to the schemas of an OpenAPI document."""


def success_json_schema(data: JsonSchema | None = None, **beside: JsonSchema) -> JsonSchema:
    """The schema of a successful response; `beside` are further members of the envelope."""
    members = {**beside, **({} if data is None else {"data": data})}
    return {
        "type": "object",
        "properties": {"apiStatusCode": {"const": ApiStatus.SUCCESS.code}, **members},
        "required": ["apiStatusCode", *members],
        "additionalProperties": False,
    }


def page_json_schema(record: JsonSchema) -> JsonSchema:
    """The schema of the response to a search."""
    json_schema = success_json_schema({"type": "array", "items": record}, hasMoreRecords={"type": "boolean"})
    json_schema["properties"]["totalCount"] = {
        "type": "integer",
        "minimum": 0,
        "description": "Present if getTotalCount is true.",
    }
    json_schema["properties"] |= {
        "nextCursor": {**cursor_json_schema(), "description": "Present if there may be records after the page."},
        "previousCursor": {**cursor_json_schema(), "description": "Present if there may be records before the page."},
    }
    return json_schema


def cursor_json_schema() -> JsonSchema:
    """The schema of a cursor (docs/paging.md#cursors)."""
    return {"type": "string", "pattern": "^[0-9A-Za-z_-]+$", "maxLength": MAX_LENGTH}


def error_json_schema() -> JsonSchema:
    """The schema of an error response, with the problems beside the message."""
    codes = [status.code for status in ApiStatus if status is not ApiStatus.SUCCESS]
    return {
        "type": "object",
        "properties": {
            "apiStatusCode": {"enum": codes},
            "apiStatusMessage": {"type": "string"},
            "problems": {"type": "array", "items": {"$ref": f"{SCHEMAS}Problem"}, "minItems": 1},
        },
        "required": ["apiStatusCode", "apiStatusMessage"],
        "additionalProperties": False,
    }


def problem_json_schema() -> JsonSchema:
    """The schema of one problem with a request."""
    counted = {"type": "integer", "minimum": 1}
    return {
        "type": "object",
        "properties": {
            "code": {"description": "Stable code for programs.", "enum": list(CODES)},
            "message": {"type": "string"},
            "pointer": {"type": "string", "description": "JSON Pointer to what is wrong; /query/... in criteria."},
            "line": counted,
            "column": counted,
            "hint": {"type": "string", "description": "What to write instead."},
        },
        "required": ["code", "message", "pointer"],
        "additionalProperties": False,
    }
