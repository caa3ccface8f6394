"""orderBy: a comma-separated list of names, each with an optional direction (documents, section 6c)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from criteria.bind import find_field
from criteria.errors import CriteriaError, Problem, Refusal, first_hundred, quoted
from criteria.types import Field, FieldType

if TYPE_CHECKING:
    from criteria.schema import Schema

_LONGEST = 65_536


@dataclass(frozen=True, slots=True)
class SortKey:
    """One field of an order. Empty values come first when ascending and last when descending."""

    field: Field
    descending: bool = False

    def __repr__(self) -> str:
        return f"SortKey({self.field.name!r}, {'desc' if self.descending else 'asc'})"


def parse_order_by(text: str, schema: Schema) -> tuple[SortKey, ...]:
    """The sort keys of an orderBy text such as `name desc,email asc`, in its order.

    Raises `CriteriaError` (`invalid_order_by`, `unknown_field`, `not_sortable`, `duplicate_sort_key`).
    """
    if not isinstance(text, str):
        raise CriteriaError(Problem("invalid_order_by", f"orderBy is a string, and here stands {quoted(text)}."))
    if len(text) > _LONGEST:
        raise CriteriaError(Problem("too_long", f"orderBy is longer than {_LONGEST} characters."))
    keys: list[SortKey] = []
    problems = first_hundred(_bound(text, schema, keys))
    if problems:
        raise CriteriaError(*problems)
    return tuple(keys)


def total_order(keys: Sequence[SortKey], schema: Schema) -> tuple[SortKey, ...]:
    """The keys with the schema's unique key behind them, in the direction of the last one.

    Without a last key that is unique, rows that tie could move between pages.
    """
    if schema.key is None or any(key.field == schema.key for key in keys):
        return tuple(keys)
    return (*keys, SortKey(schema.key, keys[-1].descending if keys else False))


def _bound(text: str, schema: Schema, keys: list[SortKey]) -> Iterator[Problem]:
    """Appends each sort key of the text; yields the problems of those that are none."""
    from lark.exceptions import UnexpectedInput

    from criteria.grammar import parse_sort_keys

    try:
        parsed = parse_sort_keys(text)
    except UnexpectedInput as fault:
        is_end = getattr(getattr(fault, "token", None), "type", None) == "$END"
        line, column = (1, len(text) + 1) if is_end or fault.line < 1 else (fault.line, fault.column)
        message = "Here orderBy leaves its form, names with asc or desc between commas."
        yield Problem("invalid_order_by", message, "", line, column, 'Write it like "name desc,email".')
        return
    for name, direction in parsed:
        try:
            key = SortKey(_sortable(str(name), schema), direction is not None and direction.lower() == "desc")
            if any(key.field == earlier.field for earlier in keys):
                raise Refusal("duplicate_sort_key", f"Field {quoted(key.field.name)} stands twice in orderBy.")
            keys.append(key)
        except Refusal as refusal:
            yield Problem(refusal.code, refusal.message, "", name.line, name.column, refusal.hint)


def _sortable(name: str, schema: Schema) -> Field:
    field = find_field(schema, name)
    if field.is_list:
        raise Refusal("not_sortable", f"Field {quoted(name)} is a list, and lists have no order.")
    if field.field_type is FieldType.GUID:
        message = f"Field {quoted(name)} is a guid, which engines order differently."
        raise Refusal("not_sortable", message)
    return field
