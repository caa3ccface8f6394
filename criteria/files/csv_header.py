"""The header of CSV: a name for each column, and the field of a schema that a column belongs to (docs/files.md#csv)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from criteria.errors import CriteriaError, Problem
from criteria.messages import quoted
from criteria.schema.field import CONTROL_CHARACTER, MAX_CHARACTERS, RESERVED_NAMES, Field, invalid_name
from criteria.schema.schema import Schema

_INSTEAD_OF_LISTS = "Store the records as JSON lines, or leave the list out of the schema: its cells are strings then."
_MAX_DERIVED = MAX_CHARACTERS - 20


class _Names:
    """Names that are in use, and the objects that paths among them lead through."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.names: set[str] = set()
        self.objects: set[str] = set()
        self.tried: dict[tuple[str, bool], int] = {}
        """The last number beside a text. Lower ones are not tried again: a name in use is never free later."""
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        self.names.add(name)
        self.objects.update(_outer(name))

    def are_free_of(self, name: str) -> bool:
        return name not in self.names and name not in self.objects and not self.names.intersection(_outer(name))


def _outer(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts))]


def column_names(header: Sequence[str], taken: Iterable[str] = ()) -> list[str]:
    """The name of each column, under which queries and schemas may name it.

    It is the text of the header where that is a field name and no other column has it. Otherwise it is made of that
    text: a dot or a control character becomes `_`, a leading `$` is omitted, and an empty text becomes `column_3` by
    its place. Columns with the same text are numbered: `a_1`, `a_2`. No name is one of `taken`.
    """
    used = _Names(taken)
    counts = Counter(header)
    found: dict[int, str] = {}
    for at, text in sorted(enumerate(header), key=lambda one: one[1].count(".")):
        if counts[text] == 1 and invalid_name(text) is None and used.are_free_of(text):
            found[at] = text
            used.add(text)
    for at, text in enumerate(header):
        if at not in found:
            found[at] = _made(text, at, used, is_repeated=counts[text] > 1)
            used.add(found[at])
    return [found[at] for at in range(len(header))]


def _made(text: str, at: int, used: _Names, *, is_repeated: bool) -> str:
    base = CONTROL_CHARACTER.sub("_", text.replace(".", "_")).lstrip("$")[:_MAX_DERIVED]
    if base in RESERVED_NAMES:
        base += "_"
    if not base:
        base, is_repeated = f"column_{at + 1}", False
    number = used.tried.get((base, is_repeated), 1)
    name = f"{base}_{number}" if is_repeated else base
    while not used.are_free_of(name):
        number += 1
        name = f"{base}_{number}"
    used.tried[base, is_repeated] = number
    return name


def refuse_object_lists(schema: Schema, named: Iterable[Field], *, is_whole: bool) -> None:
    """Raises `CriteriaError` (`unsupported`) for lists of objects that are needed: those that are named, or all."""
    fields = {*named}
    needed = [one.name for one in schema.object_lists if is_whole or one.place in fields]
    if needed:
        message = f"Lists of objects are not read from CSV ({quoted(needed[0])})."
        raise CriteriaError(Problem("unsupported", message, hint=_INSTEAD_OF_LISTS))


def bound_fields(header: Sequence[str], schema: Schema) -> list[Field | None]:
    """The field that each column belongs to, or None.

    A column belongs to the field that says so with `column`, otherwise to the one with the text of the header as its
    name, otherwise to the one with the name that `column_names` makes. A field has one column.
    """
    counts = Counter(header)
    once = [text if counts[text] == 1 else None for text in header]
    by_column = {one.column: one for one in schema.fields if not one.is_nested and one.column != one.name}
    found: list[Field | None] = [None] * len(header)
    bound: set[str] = set()

    def bind(fields: Iterable[Field | None]) -> None:
        for at, field in enumerate(fields):
            if field is not None and found[at] is None and field.name not in bound:
                found[at] = field
                bound.add(field.name)

    bind(None if text is None else by_column.get(text) for text in once)
    bind(None if text is None else schema.find(text) for text in once)
    bind(map(schema.find, column_names(header)))
    return found


def object_columns(header: Sequence[str], schema: Schema, bound: Sequence[Field | None]) -> dict[int, list[Field]]:
    """The places of columns whose cells are objects in JSON, each with the fields in these objects.

    Such a column is named like the first segment of the fields' paths, or is their `column`, and no column has one of
    the fields for itself.
    """
    counts = Counter(header)
    places = {text: at for at, text in enumerate(header) if counts[text] == 1 and bound[at] is None}
    inside: dict[str, list[Field]] = {}
    for field in schema.fields:
        if field.is_nested:
            inside.setdefault(field.path[0], []).append(field)
    taken = {one.path[0] for one in bound if one is not None}
    found: dict[int, list[Field]] = {}
    for name, fields in inside.items():
        at = next((places[text] for text in (fields[0].column, name) if text in places), None)
        if at is not None and name not in taken and at not in found:
            found[at] = fields
    return found
