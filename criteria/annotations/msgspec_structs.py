"""Members of msgspec structs, and what `msgspec.Meta` says."""

from __future__ import annotations

from typing import Any

import msgspec

from criteria.annotations.member import Member, Zone


def members(cls: type) -> list[Member] | None:
    """The members of a struct, under the names that it is encoded with; None for another class."""
    if not issubclass(cls, msgspec.Struct):
        return None
    return [Member(one.encode_name, one.name, one.type) for one in msgspec.structs.fields(cls)]


def is_unset(annotation: Any) -> bool:
    """Whether a type is that of members which are not in JSON."""
    return annotation is msgspec.UnsetType


def meant(annotation: Any) -> tuple[Any, ...]:
    """What a `Meta` in an `Annotated` says in the words of the reader: the zone of a datetime."""
    if not isinstance(annotation, msgspec.Meta) or annotation.tz is None:
        return ()
    return (Zone.AWARE if annotation.tz else Zone.NAIVE,)
