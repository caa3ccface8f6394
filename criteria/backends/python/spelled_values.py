"""A warning about typed records that hold text where values of Python are expected, as decoded JSON does.

A field does not read such text as a value (docs/language.md#records): a query silently selects nothing, and its NOT
everything.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from typing import Any

from criteria.backends.python.reading import Reading
from criteria.errors import Refusal
from criteria.messages import quoted
from criteria.schema.field import Field, UndeclaredField
from criteria.tree.nodes import Expression, leaves
from criteria.values.coerce import coerce
from criteria.values.loading import SPELLED, elements, member

_MAX_RECORDS = 8
"""Records that a predicate looks at. Records of one source are alike, and to look at all of them takes time."""

Places = Sequence[tuple[tuple[str, ...], Field]]
"""Paths into records, and the fields whose values JSON has as strings."""


class Watch:
    """Looks for text that spells a value in the first records of a predicate."""

    __slots__ = ("_places", "left")

    def __init__(self, places: Places) -> None:
        self._places = places
        self.left = _MAX_RECORDS

    def look(self, record: Any) -> None:
        """Warns once (`UserWarning`) if a value of the record is the text of one."""
        self.left -= 1
        for path, field in self._places:
            if _is_spelled(record, path, field):
                self.left = 0
                message = (
                    f"Records hold text in {quoted(field.name)}, which is a {field.field_type.value}: in typed "
                    'records such text matches no comparison but negations. For decoded JSON pass records="json".'
                )
                warnings.warn(message, UserWarning, stacklevel=_level_of_caller())
                return


def places_to_watch(normal: Expression, reading: Reading) -> Places:
    """The places of an expression that a `Watch` looks at: none in records of JSON, and in rows of a
    table, which are read as typed records."""
    if reading.records != "typed" or reading.table is not None:
        return ()
    fields = {leaf.field: None for leaf in leaves(normal) if leaf.field.field_type in SPELLED}
    return [(reading.path(one), one) for one in fields if not isinstance(one, UndeclaredField)]


def _is_spelled(record: Any, path: tuple[str, ...], field: Field) -> bool:
    value = record
    for segment in path:
        value = member(value, segment)
    if field.is_list:
        value = next(iter(elements(value)), None)
    if type(value) is not str:
        return False
    try:
        coerce(field, value)
    except Refusal:
        return False
    return True


def _level_of_caller() -> int:
    """How many calls are between `warnings.warn` and the program that uses the library."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).partition(".")[0] == "criteria":
        frame, level = frame.f_back, level + 1
    return level
