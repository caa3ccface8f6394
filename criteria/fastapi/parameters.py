"""The parameters of a search as parameters of FastAPI."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic_core import CoreSchema, core_schema

from criteria.errors import CriteriaError
from criteria.limits import Limits
from criteria.pydantic.definitions import criteria_reference
from criteria.pydantic.faults import validation_error
from criteria.schema.schema import Schema
from criteria.search.parameters import parse_search

JSON = "application/json"

MAX_IN_PLACE = 1 << 14
"""Bytes of a request that are parsed on the event loop, where all other requests wait. Longer ones are parsed in a
thread, which takes longer than parsing a short one."""

_CURSORS = frozenset({"after", "before"})
"""Parameters that belong to a query and an order, with which they are checked."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the URL: its text is checked, and kept as text.

    FastAPI collects the errors of all parameters, those of the endpoint's own too, and answers in its own way.
    """

    name: str
    schema: Schema
    strict: bool
    limits: Limits
    json_schema: Mapping[str, Any] | None = None

    def check(self, text: str) -> str:
        """The text. Raises `pydantic.ValidationError` with every problem."""
        remembered = _REMEMBERED.get()
        if remembered is not None and remembered[0] is self and remembered[1] == text:
            refused = remembered[2]
        else:
            refused = self.refusal(text)
        if refused is not None:
            raise refused
        return text

    def refusal(self, text: str) -> ValidationError | None:
        """The error with every problem of a text, if it has any."""
        if self.name in _CURSORS:
            return None
        try:
            parse_search({self.name: text}, self.schema, strict=self.strict, limits=self.limits)
        except CriteriaError as error:
            inside = [replace(one, pointer=one.pointer.removeprefix(f"/{self.name}")) for one in error.problems]
            return validation_error(inside, text, self.name)
        return None

    def remember(self, text: str, refused: ValidationError | None) -> None:
        """Spares `check`, which FastAPI calls on the event loop in the same request, what a thread has found."""
        _REMEMBERED.set((self, text, refused))

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        if self.json_schema is not None:
            return dict(self.json_schema)
        criteria = criteria_reference(self.schema, self.strict, self.limits, handler)
        return {"type": "string", "contentMediaType": JSON, "contentSchema": criteria}


_REMEMBERED: ContextVar[tuple[Parameter, str, ValidationError | None] | None] = ContextVar("remembered", default=None)


@dataclass(frozen=True, slots=True)
class BodyCriteria:
    """Criteria as a body: any JSON to FastAPI, because only its text has lines and columns; documented as criteria."""

    schema: Schema
    strict: bool
    limits: Limits

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return criteria_reference(self.schema, self.strict, self.limits, handler)
