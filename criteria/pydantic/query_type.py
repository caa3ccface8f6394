"""`of`: criteria over a schema as a type of Pydantic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from criteria.errors import CriteriaError
from criteria.limits import DEFAULT_LIMITS, Limits, check_limits
from criteria.parsing.parser import parse
from criteria.pydantic.definitions import criteria_reference
from criteria.pydantic.faults import validation_error
from criteria.pydantic.sources import HasSchema, schema_of
from criteria.schema.schema import Schema
from criteria.tree.query import Query


@dataclass(frozen=True, slots=True)
class QueryType:
    """What `of` returns: an annotation that makes Pydantic read criteria over a schema."""

    schema: Schema
    strict: bool = False
    limits: Limits = DEFAULT_LIMITS

    def validate(self, value: Any) -> Query:
        """The query of criteria as JSON text or decoded JSON; a `Query` over the same fields is returned as it is.

        Raises `pydantic.ValidationError` with every problem.
        """
        if isinstance(value, Query):
            if value.schema is not None and self.schema.covers(value.schema):
                return value
            value = value.to_json()
        try:
            return parse(value, self.schema, strict=self.strict, limits=self.limits)
        except CriteriaError as error:
            raise validation_error(error.problems, value, f"Query over {self.schema.name}") from None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        if source is self:  # the type itself: of its definition Pydantic would make one that contains itself
            return handler.generate_schema(Annotated[Query, self])
        return core_schema.no_info_plain_validator_function(
            self.validate,
            serialization=core_schema.plain_serializer_function_ser_schema(Query.to_json),
        )

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return criteria_reference(self.schema, self.strict, self.limits, handler)


def of(source: Schema | HasSchema, *, strict: bool = False, limits: Limits = DEFAULT_LIMITS) -> QueryType:
    """The type of criteria over a schema: `Annotated[criteria.Query, criteria.pydantic.of(FILMS)]`.

    A value is criteria as decoded JSON or as JSON text. It is validated to a `Query`, and serialized as its JSON. The
    JSON Schema of the model contains that of the queries. `source` may also be anything with a `schema`, such as a
    `Table`. `strict` and `limits` are those of `criteria.parse`.

    Raises `CriteriaError` (`invalid_schema`) for a source without a schema, and `TypeError` for limits of another
    class.
    """
    check_limits(limits)
    return QueryType(schema_of(source), strict, limits)
