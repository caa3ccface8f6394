"""Members of dataclasses and TypedDicts."""

from __future__ import annotations

import dataclasses
import typing
from typing import Any

from criteria.annotations.member import Member


def members(cls: type) -> list[Member] | None:
    """The members of a dataclass or a TypedDict; None for another class."""
    if dataclasses.is_dataclass(cls):
        hints = typing.get_type_hints(cls, include_extras=True)
        return [Member(one.name, one.name, hints[one.name]) for one in dataclasses.fields(cls)]
    if _is_typed_dict(cls):
        hints = typing.get_type_hints(cls, include_extras=True)
        optional: frozenset[str] = getattr(cls, "__optional_keys__", frozenset())
        return [
            Member(name, name, hint, may_be_missing=_may_lack(hint, name in optional)) for name, hint in hints.items()
        ]
    return None


def _may_lack(hint: Any, is_optional: bool) -> bool:
    """Whether a key may be missing. `__optional_keys__` does not see `NotRequired` in annotations that are strings."""
    qualifiers = {"Required": False, "NotRequired": True}
    return qualifiers.get(getattr(typing.get_origin(hint), "_name", ""), is_optional)


def _is_typed_dict(cls: Any) -> bool:
    """Whether a class is a TypedDict, of `typing` or of `typing_extensions`."""
    return isinstance(cls, type) and issubclass(cls, dict) and hasattr(cls, "__total__")
