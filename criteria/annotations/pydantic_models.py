"""Members of Pydantic's models and dataclasses, and its own types."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

import pydantic

from criteria.annotations.member import Member, Zone


def members(cls: type) -> list[Member] | None:
    """The members of a model, under the names that it is serialized with; None for another class.

    Members with `exclude=True`, which are not serialized, are left out. A `RootModel` has no object in JSON.
    """
    fields: Any = getattr(cls, "__pydantic_fields__", None)
    if not isinstance(fields, dict) or issubclass(cls, pydantic.RootModel):
        return None
    if issubclass(cls, pydantic.BaseModel) and not cls.__pydantic_complete__:
        cls.model_rebuild()
        fields = cls.__pydantic_fields__
    return [
        Member(
            one.serialization_alias or one.alias or attribute,
            attribute,
            Annotated[(one.annotation, *one.metadata)] if one.metadata else one.annotation,
            one.description,
        )
        for attribute, one in fields.items()
        if not one.exclude
    ]


_PLAIN: dict[Any, Any] = {
    pydantic.AwareDatetime: Annotated[datetime, Zone.AWARE],
    pydantic.NaiveDatetime: Annotated[datetime, Zone.NAIVE],
    pydantic.PastDatetime: datetime,
    pydantic.FutureDatetime: datetime,
    pydantic.PastDate: date,
    pydantic.FutureDate: date,
    pydantic.EmailStr: str,
}
"""Types that exist at run time under names of their own, as what they hold."""


def plain(annotation: Any) -> Any:
    """A type of Pydantic's own as the type of the values that it holds; anything else as it is."""
    return _PLAIN.get(annotation, annotation) if isinstance(annotation, type) else annotation


def meant(annotation: Any) -> list[Any]:
    """What a `Field` in an `Annotated` says beside its own attributes, such as the digits of a decimal."""
    return annotation.metadata if isinstance(annotation, pydantic.fields.FieldInfo) else []
