"""JSON Schemas of the documents' envelopes (Server API, sections 3 and 4), of which each response is one."""

from __future__ import annotations

from criteria.errors import CODES
from criteria.web.forms import Form
from criteria.web.status import ApiStatus

SCHEMAS = "#/components/schemas/"
"""Where an OpenAPI document has its schemas."""


def success_form(data: Form | None = None, **beside: Form) -> Form:
    """The schema of the documents' envelope of a request that was done; `beside` are more members that it has."""
    members = {**beside, **({} if data is None else {"data": data})}
    return {
        "type": "object",
        "properties": {"apiStatusCode": {"const": ApiStatus.SUCCESS.code}, **members},
        "required": ["apiStatusCode", *members],
        "additionalProperties": False,
    }


def page_form(record: Form) -> Form:
    """The schema of the response to a search."""
    form = success_form({"type": "array", "items": record}, hasMoreRecords={"type": "boolean"})
    form["properties"]["totalCount"] = {
        "type": "integer",
        "minimum": 0,
        "description": "Where getTotalCount asks for it.",
    }
    return form


def error_form() -> Form:
    """The schema of the documents' envelope of a request that is not done, with the problems beside the message."""
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


def problem_form() -> Form:
    """The schema of one fault of a request."""
    counted = {"type": "integer", "minimum": 1}
    return {
        "type": "object",
        "properties": {
            "code": {"description": "What programs may branch on.", "enum": list(CODES)},
            "message": {"type": "string"},
            "pointer": {"type": "string", "description": "JSON Pointer to what is wrong; /query/... in criteria."},
            "line": counted,
            "column": counted,
            "hint": {"type": "string", "description": "What to write instead."},
        },
        "required": ["code", "message", "pointer"],
        "additionalProperties": False,
    }
