"""One entity in each library: the same members, and how a typed record becomes an object of it."""

# No `from __future__ import annotations`: the classes are made in the ways that programs make them.

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, TypedDict
from uuid import UUID

import annotated_types
import attrs
import msgspec
import pydantic

from criteria import Field, Schema


class Kind(str, Enum):
    """Strings that are listed."""

    SHORT = "short"
    FEATURE = "feature"


class Place(pydantic.BaseModel):
    """An object inside an object."""

    city: str
    zip: int | None = None


class PydanticOrder(pydantic.BaseModel):
    """Members with aliases and constraints."""

    id: int
    title: str
    rating: float | None = None
    is_open: bool | None = pydantic.Field(None, serialization_alias="isOpen")
    price: Annotated[Decimal, pydantic.Field(max_digits=9, decimal_places=2, description="In euros.")]
    day: date | None = None
    created: pydantic.AwareDatetime | None = None
    code: UUID | None = None
    kind: Kind
    size: Literal["s", "m", None] = None
    tags: list[str] = []
    counts: list[int] | None = None
    place: Place | None = None


@dataclass
class DataPlace:
    """An object inside an object."""

    city: str
    zip: int | None = None


@dataclass
class DataOrder:
    """The same members as a dataclass."""

    id: int
    title: str
    price: Annotated[Decimal, pydantic.Field(max_digits=9, decimal_places=2, description="In euros.")]
    kind: Kind
    tags: list[str]
    rating: float | None = None
    isOpen: bool | None = None  # noqa: N815 (a dataclass has one name for Python and for JSON)
    day: date | None = None
    created: Annotated[datetime, annotated_types.Timezone(...)] | None = None
    code: UUID | None = None
    size: Literal["s", "m"] | None = None
    counts: list[int] | None = None
    place: "DataPlace | None" = None


class TypedPlace(TypedDict, total=False):
    """An object inside an object."""

    city: str
    zip: int | None


class TypedOrder(TypedDict):
    """The same members as a dict."""

    id: int
    title: str
    rating: float | None
    isOpen: bool | None
    price: Annotated[Decimal, pydantic.Field(max_digits=9, decimal_places=2, description="In euros.")]
    day: date | None
    created: Annotated[datetime, msgspec.Meta(tz=True)] | None
    code: UUID | None
    kind: Kind
    size: Literal["s", "m"] | None
    tags: list[str]
    counts: list[int] | None
    place: TypedPlace | None


class StructPlace(msgspec.Struct):
    """An object inside an object."""

    city: str
    zip: int | None = None


class StructOrder(msgspec.Struct, rename="camel", kw_only=True):
    """The same members as a struct, renamed."""

    id: int
    title: str
    rating: float | None = None
    is_open: bool | None = None
    price: Annotated[Decimal, pydantic.Field(max_digits=9, decimal_places=2), msgspec.Meta(description="In euros.")]
    day: date | None = None
    created: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    code: UUID | None = None
    kind: Kind
    size: Literal["s", "m"] | None = None
    tags: list[str] = []
    counts: list[int] | None = None
    place: StructPlace | None = None


@attrs.define
class AttrsPlace:
    """An object inside an object."""

    city: str
    zip: int | None = None


@attrs.define(kw_only=True)
class AttrsOrder:
    """The same members as an attrs class."""

    id: int
    title: str
    rating: float | None = None
    isOpen: bool | None = None  # noqa: N815 (an attrs class has one name for Python and for JSON)
    price: Annotated[Decimal, pydantic.Field(max_digits=9, decimal_places=2, description="In euros.")]
    day: date | None = None
    created: Annotated[datetime, annotated_types.Timezone(...)] | None = None
    code: UUID | None = None
    kind: Kind
    size: Literal["s", "m"] | None = None
    tags: list[str] = attrs.Factory(list)
    counts: list[int] | None = None
    place: "AttrsPlace | None" = None


EXPECTED = {
    field.name: field
    for field in (
        Field("id", "integer", nullable=False),
        Field("title", "string", nullable=False),
        Field("rating", "double"),
        Field("isOpen", "boolean"),
        Field("price", "decimal", precision=9, scale=2, nullable=False, description="In euros."),
        Field("day", "date"),
        Field("created", "dateTime", precision=6),
        Field("code", "guid"),
        Field("kind", "string", values=["short", "feature"], nullable=False),
        Field("size", "string", values=["s", "m"]),
        Field("tags", "string", is_list=True, nullable=False),
        Field("counts", "integer", is_list=True),
        Field("place.city", "string"),
        Field("place.zip", "integer"),
    )
}
"""The fields of each of them; columns aside."""

KINDS: Mapping[str, tuple[type, type]] = {
    "pydantic": (PydanticOrder, Place),
    "dataclass": (DataOrder, DataPlace),
    "typeddict": (TypedOrder, TypedPlace),
    "msgspec": (StructOrder, StructPlace),
    "attrs": (AttrsOrder, AttrsPlace),
}


def schema_of(kind: str) -> Schema:
    """The schema of a kind."""
    return Schema.from_annotations(KINDS[kind][0], name="order", key=["id"])


def maker(kind: str) -> Callable[[Mapping[str, Any]], Any]:
    """A function that makes an object of a kind out of a typed record."""
    outer, inner = KINDS[kind]
    columns = {field.path[0]: field.column for field in schema_of(kind).fields}

    def made(record: Mapping[str, Any]) -> Any:
        given = {columns[name]: value for name, value in record.items()}
        given["kind"] = Kind(given["kind"])
        place = given.get("place")
        if kind == "typeddict" and place is None:
            return given
        if place is not None:
            # A place without a city is no place: none of its members is required in records.
            given["place"] = _without_validation(inner, place)
        return _without_validation(outer, given)

    return made


def _without_validation(cls: Any, given: Mapping[str, Any]) -> Any:
    if issubclass(cls, pydantic.BaseModel):
        return cls.model_construct(**given)
    if cls in (TypedOrder, TypedPlace):
        return dict(given)
    return cls(**{"city": None, **given} if "Place" in cls.__name__ else given)
