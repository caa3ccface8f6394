"""Search in a web server: what requests say and responses hold in the API of the documents, whatever the framework.

`criteria.web.starlette` is the layer for Starlette and FastAPI (extra `web`); all else needs no package.
"""

from __future__ import annotations

from criteria.web.access import Access, Caller, Keys, is_same
from criteria.web.entity import Entity
from criteria.web.requests import JsonObject, check_content_type, get_search, json_object, parameters, post_search
from criteria.web.resolving import check_references, resolved
from criteria.web.status import CREATED, ApiError, ApiStatus, success
from criteria.web.unique import not_unique, unique_values

__all__ = [
    "CREATED",
    "Access",
    "ApiError",
    "ApiStatus",
    "Caller",
    "Entity",
    "JsonObject",
    "Keys",
    "check_content_type",
    "check_references",
    "get_search",
    "is_same",
    "json_object",
    "not_unique",
    "parameters",
    "post_search",
    "resolved",
    "success",
    "unique_values",
]
