"""Search in a web server: requests and responses of the reference API (docs/language.md#source), for any framework.

`criteria.web.starlette` is the layer for Starlette and FastAPI (extra `web`). The rest needs no package.
"""

from __future__ import annotations

from criteria.web.access import Access, Caller, Keys, is_same
from criteria.web.entity import Entity
from criteria.web.pages import page_json, page_link
from criteria.web.requests import (
    JsonObject,
    check_content_type,
    check_headers,
    get_search,
    json_object,
    parameters,
    post_search,
)
from criteria.web.resolving import check_references, replace_references, resolved
from criteria.web.room import Room, page_room, resolved_room
from criteria.web.status import CREATED, ApiError, ApiStatus, RequestError, refusal, success
from criteria.web.unique_values import not_unique, unique_values

__all__ = [
    "CREATED",
    "Access",
    "ApiError",
    "ApiStatus",
    "Caller",
    "Entity",
    "JsonObject",
    "Keys",
    "RequestError",
    "Room",
    "check_content_type",
    "check_headers",
    "check_references",
    "get_search",
    "is_same",
    "json_object",
    "not_unique",
    "page_json",
    "page_link",
    "page_room",
    "parameters",
    "post_search",
    "refusal",
    "replace_references",
    "resolved",
    "resolved_room",
    "success",
    "unique_values",
]
