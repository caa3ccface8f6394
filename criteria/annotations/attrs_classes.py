"""Members of attrs classes."""

from __future__ import annotations

from typing import Any

import attrs

from criteria.annotations.member import Member


def members(cls: type) -> list[Member] | None:
    """The members of an attrs class; None for another class."""
    if not attrs.has(cls):
        return None
    attrs.resolve_types(cls)
    return [Member(one.name, one.name, Any if one.type is None else one.type) for one in attrs.fields(cls)]
