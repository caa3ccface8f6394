"""orderBy: a comma-separated list of names, each with an optional direction (docs/language.md#orderby)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

from criteria.cache import Cache
from criteria.errors import MAX_PROBLEMS, CriteriaError, Problem, Refusal, listed
from criteria.limits import MAX_SORT_KEYS
from criteria.messages import Hints, quoted
from criteria.schema.field import IS_ORDERED, MAX_CHARACTERS, Field
from criteria.schema.plain import without_subclass
from criteria.schema.schema import ObjectList, Schema
from criteria.schema.unknown_names import unknown_field

if TYPE_CHECKING:
    from lark import Token

_MAX_LENGTH = 65_536

_KNOWN: Cache[tuple[str, Schema], tuple[SortKey, ...]] = Cache(256, max_bytes=1 << 20)
_BYTES_AN_ORDER, _BYTES_A_KEY = 500, 100


@dataclass(frozen=True, slots=True)
class SortKey:
    """A field of an order, and its direction (docs/language.md#orderby).

    Empty values come first when ascending, last when descending.
    """

    field: Field
    descending: bool = False

    def __repr__(self) -> str:
        return f"SortKey({self.field.name!r}, {'desc' if self.descending else 'asc'})"


def parse_order_by(text: str, schema: Schema) -> tuple[SortKey, ...]:
    """The sort keys of an orderBy string such as `name desc,email asc`, in its order (docs/language.md#orderby).

    The schema's unique key is not added: `Search.sort_keys` adds it. Raises `CriteriaError` with every problem and its
    line and column (`invalid_order_by`, `too_long`, `unknown_field`, `not_sortable`, `duplicate_sort_key`).
    """
    if not isinstance(text, str):
        raise CriteriaError(Problem("invalid_order_by", f"Expected orderBy to be a string, found {quoted(text)}."))
    text = without_subclass(text)
    if len(text) > _MAX_LENGTH:
        raise CriteriaError(Problem("too_long", f"orderBy is longer than {_MAX_LENGTH} characters."))
    known = _KNOWN.get((text, schema))
    if known is not None:
        return known
    keys: list[SortKey] = []
    problems = listed(_bound(text, schema, keys))
    if problems:
        raise CriteriaError(*problems)
    found = tuple(keys)
    _KNOWN.put((text, schema), found, _BYTES_AN_ORDER + 4 * len(text) + _BYTES_A_KEY * len(found))
    return found


def total_order(keys: Sequence[SortKey], schema: Schema) -> tuple[SortKey, ...]:
    """The sort keys, and then the fields of the schema's key that are not among them, in the direction of the last one.

    Without a unique key at the end, records with equal sort keys could change their order from page to page.
    """
    named = {key.field for key in keys}
    descending = keys[-1].descending if keys else False
    return (*keys, *(SortKey(field, descending) for field in schema.key if field not in named))


def many_keys(keys: Sequence[SortKey], schema: Schema | None) -> Refusal | None:
    """The refusal of more sort keys than a search may have, those of the schema's key included."""
    if len(keys) + (0 if schema is None else len(schema.key)) <= MAX_SORT_KEYS:
        return None
    count = len(keys if schema is None else total_order(keys, schema))
    if count <= MAX_SORT_KEYS:
        return None
    added = f", {count - len(keys)} of them from the schema's key" if count > len(keys) else ""
    message = f"The order has {count} sort keys{added}; {MAX_SORT_KEYS} are allowed."
    return Refusal("too_long", message, "Leave out the last ones.")


def _bound(text: str, schema: Schema, keys: list[SortKey]) -> Iterator[Problem]:
    """Appends the sort keys of the text; yields the problems of names that cannot be sort keys, and of too many."""
    from lark.exceptions import UnexpectedInput

    from criteria.parsing.sort_keys import parse_sort_keys

    text = _first_keys(text, len(schema.fields) + MAX_PROBLEMS + 1)
    try:
        parsed = parse_sort_keys(text)
    except UnexpectedInput as fault:
        is_end = getattr(getattr(fault, "token", None), "type", None) == "$END"
        line, column = (1, len(text) + 1) if is_end or fault.line < 1 else (fault.line, fault.column)
        message = "Expected names separated by commas, each optionally followed by asc or desc."
        yield Problem("invalid_order_by", message, "", line, column, 'Write it like "name desc,email".')
        return
    names: set[str] = set()
    places: list[Token] = []
    hints = Hints()
    for name, direction in parsed:
        field = schema.find(str(name))
        try:
            if field is None and (through := schema.find_through(str(name))) is not None:
                message = f"{quoted(str(name))} is a list of objects or inside one, which has no order."
                if not isinstance(through[0][0], ObjectList):
                    message = f"{quoted(str(name))} is a field of another entity, which has no order here."
                raise Refusal("not_sortable", message)
            if field is None:
                refusal = unknown_field(schema, str(name), _can_be_written)
                hint = _direction_hint(str(name), schema) if hints.are_left else None
                if direction is not None and schema.find(f"{name} {direction}") is not None:
                    hint = f"Write {quoted(f'{name} {direction} asc')}: a last word asc or desc is the direction."
                raise refusal if hint is None else Refusal(refusal.code, refusal.message, hints.spent(hint))
            _check_sortable(field, str(name), names)
            names.add(field.name)
            places.append(name)
            keys.append(SortKey(field, direction is not None and direction.lower() == "desc"))
        except Refusal as refusal:
            yield Problem(refusal.code, refusal.message, "", name.line, name.column, refusal.hinted(hints))
    refused = many_keys(keys, schema)
    if refused is not None:
        first = places[MAX_SORT_KEYS - (len(total_order(keys, schema)) - len(keys))]
        yield Problem(refused.code, refused.message, "", first.line, first.column, refused.hinted(hints))


def _can_be_written(name: str) -> bool:
    """Whether an order can name a field so: what is after a comma, and a direction, is no part of a name."""
    return "," not in name and name.strip(" ") == name and not _without_last_word(name, ("asc", "desc"), " ")[1]


_SEPARATED = re.compile(r"[ \t]*[;|+][ \t]*|[ \t]+")


def _direction_hint(text: str, schema: Schema) -> str | None:
    """What to write instead of a direction in the spelling of another language: `-name`, `name:desc`, `nulls last`."""
    several = _SEPARATED.split(text) if len(text) <= MAX_CHARACTERS else []
    if len(several) > 1 and all(schema.find(one) is not None for one in several):
        return f"Separate names with commas: write {quoted(','.join(several))}."
    sign = text[0] if text[:1] in ("-", "+") else ""
    rest, place = _without_last_word(text[len(sign) :], ("first", "last"), " \t")
    named, nulls = _without_last_word(rest, ("nulls",), " \t") if place else ("", "")
    if not nulls:
        named, place = text[len(sign) :], ""
    name, direction = _without_last_word(named, ("asc", "desc", "ascending", "descending"), " \t:|")
    if len(text) > MAX_CHARACTERS or schema.find(name) is None:
        return None
    is_descending = sign == "-" or direction.startswith("d")
    key = f"{name} desc" if is_descending else name
    if place and (place == "first") is is_descending:
        return f"Empty values come {'last' if is_descending else 'first'} in {quoted(key)}, and this cannot be changed."
    return f"Write {quoted(key)}."


def _without_last_word(text: str, words: Sequence[str], separators: str) -> tuple[str, str]:
    """The text before its last word and the separators between them, and that word in small letters, if it is one of
    these words and something is before it; otherwise the text and no word."""
    start = 1 + max(map(text.rfind, separators))
    before, word = text[:start].rstrip(separators), text[start:].lower()
    return (before, word) if before and word in words else (text, "")


def _first_keys(text: str, count: int) -> str:
    """The text of the first `count` keys. No error lists more: each key is a new field or a problem."""
    if text.count(",") < count:
        return text
    return ",".join(text.split(",", count)[:count])


def _check_sortable(field: Field, name: str, names: Set[str]) -> None:
    """Raises `Refusal` when the field cannot be a sort key, or is one of the names before."""
    if field.is_list:
        raise Refusal("not_sortable", f"Field {quoted(name)} is a list, and lists have no order.")
    if not IS_ORDERED[field.field_type]:
        kind = field.field_type.value
        raise Refusal("not_sortable", f"Field {quoted(name)} is of type {kind}, which has no order.")
    if field.name in names:
        raise Refusal("duplicate_sort_key", f"Field {quoted(field.name)} is in orderBy twice.")
