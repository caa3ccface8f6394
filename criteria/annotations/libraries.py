"""Which library a class belongs to. None is imported for a class: who made the class has imported it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Any

from criteria.annotations.member import Member, Zone
from criteria.annotations.standard_classes import members as standard_members


def members_of(cls: Any) -> list[Member] | None:
    """The members of a class of any library; None for a class of none.

    Raises what evaluating its annotations raises, such as `NameError`.
    """
    if not isinstance(cls, type):
        return None
    found: list[Member] | None = None
    if "pydantic" in sys.modules:
        from criteria.annotations import pydantic_models

        found = pydantic_models.members(cls)
    if found is None and "msgspec" in sys.modules:
        from criteria.annotations import msgspec_structs

        found = msgspec_structs.members(cls)
    if found is None and "attrs" in sys.modules:
        from criteria.annotations import attrs_classes

        found = attrs_classes.members(cls)
    return standard_members(cls) if found is None else found


def plain(annotation: Any) -> Any:
    """A type that a library has under a name of its own, as the type of its values."""
    if "pydantic" in sys.modules:
        from criteria.annotations import pydantic_models

        return pydantic_models.plain(annotation)
    return annotation


def is_unset(annotation: Any) -> bool:
    """Whether a type is that of values which are left out of JSON, msgspec's `UnsetType`."""
    if "msgspec" in sys.modules:
        from criteria.annotations import msgspec_structs

        return msgspec_structs.is_unset(annotation)
    return False


def meant(metadata: Iterable[Any]) -> Iterator[Any]:
    """What `Annotated` says, and what of it is about the zone in the words of the reader."""
    for one in metadata:
        yield one
        library = type(one).__module__.partition(".")[0]
        if library == "annotated_types" and hasattr(one, "tz"):
            yield Zone.NAIVE if one.tz is None else Zone.AWARE
        elif library == "pydantic":
            from criteria.annotations import pydantic_models

            yield from pydantic_models.meant(one)
        elif library == "msgspec":
            from criteria.annotations import msgspec_structs

            yield from msgspec_structs.meant(one)
