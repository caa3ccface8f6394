"""The key of a schema: fields that together tell its records apart (docs/language.md#keys)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from criteria.errors import Problem, listed
from criteria.limits import MAX_SORT_KEYS
from criteria.messages import Hints, nearest_or_all, quoted
from criteria.schema.field import IS_ORDERED, Field


def default_key(fields: Sequence[Field]) -> tuple[Field, ...]:
    """The key of a schema that does not name one: its first unique field that can be one."""
    return next(((one,) for one in fields if one.is_unique and _unfit_for_key(one) is None), ())


def key_names(key: Any, problems: list[Problem]) -> tuple[str, ...]:
    """The names of a declared key. Appends a problem when it is not a list of one or more different names, at most as
    many as a search has sort keys."""
    is_listed = isinstance(key, Iterable) and not isinstance(key, (str, bytes, Mapping))
    names = tuple(key) if is_listed else ()
    if not names or not all(isinstance(name, str) for name in names):
        message = f"key is a list of one or more names of fields, not {quoted(key)}."
        problems.append(Problem("invalid_schema", message, "/key"))
        return ()
    if len(names) > MAX_SORT_KEYS:
        message = f"The key has {len(names)} fields; {MAX_SORT_KEYS} are allowed."
        problems.append(Problem("invalid_schema", message, "/key"))
        return ()
    first = {name: index for index, name in reversed([*enumerate(names)])}
    problems += listed(
        Problem("invalid_schema", f"{quoted(name)} is in the key twice.", f"/key/{index}")
        for index, name in enumerate(names)
        if first[name] < index
    )
    return names


def key_faults(names: Sequence[str], fields: Mapping[str, Field]) -> Iterator[Problem]:
    """The problems of a declared key: names that are not of fields, and fields that cannot be in a key."""
    hints = Hints()
    for index, name in enumerate(names):
        if name not in fields:
            hint = nearest_or_all(name, fields, "fields", hints)
            message = f"The key names {quoted(name)}, which is not a field."
            yield Problem("invalid_schema", message, f"/key/{index}", hint=hint)
        elif unfit := _unfit_for_key(fields[name]):
            yield Problem("invalid_schema", f"{quoted(name)} cannot be in the key. {unfit}", f"/key/{index}")


def _unfit_for_key(one: Field) -> str | None:
    """Why a field cannot be in a key, or None when it can."""
    if one.is_list or one.is_nested or not IS_ORDERED[one.field_type]:
        return "A field of a key has a column of its own and is not a list."
    return "A field of a key is not nullable." if one.nullable else None
