"""Values inside JSON columns: their JSON types, and the text of decimals and dates.

A text in another format is a value of another type, so no positive comparison is true of it (see
docs/language.md#paths). The patterns have no anchors: each engine has its own way to match a whole text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from criteria.backends.sql import nodes
from criteria.backends.sql.nodes import Node
from criteria.schema.field import FieldType

DECIMAL = "-?[0-9]+([.][0-9]+)?"

_YEAR = "([0-9][0-9][0-9][1-9]|[0-9][0-9][1-9]0|[0-9][1-9]00|[1-9]000)"
_DAY = "(0[1-9]|1[0-9]|2[0-8])"
_LATE_DAYS = "(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31"
_LEAP_YEAR = "([0-9][0-9](0[48]|[2468][048]|[13579][26])|(0[48]|[2468][048]|[13579][26])00)"

DATE = f"({_YEAR}-((0[1-9]|1[0-2])-{_DAY}|{_LATE_DAYS})|{_LEAP_YEAR}-02-29)"
"""YYYY-MM-DD for each day of the years 1 to 9999. SQLite, which has no regular expressions, calls a function."""

Kind = TypeVar("Kind")


def json_kinds(*, string: Kind, number: Kind, boolean: Kind) -> Mapping[FieldType, Kind]:
    """The JSON type of each field type's values, by the names that an engine has for the JSON types."""
    return {
        FieldType.STRING: string,
        FieldType.INTEGER: number,
        FieldType.BOOLEAN: boolean,
        FieldType.DECIMAL: string,
        FieldType.DOUBLE: number,
        FieldType.DATE: string,
        FieldType.DATE_TIME: string,
        FieldType.GUID: string,
        FieldType.OBJECT_REF: number,
    }


def is_json_null(kind: Node, null: str) -> Node:
    """Whether a JSON type is missing (NULL) or that of null, by the engine's name for it; never NULL itself."""
    return nodes.equal(nodes.call("COALESCE", kind, nodes.text(null)), nodes.text(null))
