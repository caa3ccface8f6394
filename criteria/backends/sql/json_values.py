"""Values inside JSON columns: their JSON types, and the text of decimals, dates, dateTimes and guids.

A text in another format is a value of another type, so no positive comparison is true of it (see
docs/language.md#inside-json). The patterns have no anchors: each engine has its own way to match a whole text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from criteria.backends.sql import nodes
from criteria.backends.sql.nodes import Node
from criteria.errors import assert_never
from criteria.schema.field import Field, FieldType
from criteria.values.day_pattern import DAY_WITH_CAPTURES

_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"

_GUID = "-".join(f"[0-9a-f]{{{digits}}}" for digits in (8, 4, 4, 4, 12))


def canonical_pattern(field: Field) -> str | None:
    """The regular expression of a field's canonical texts; None where each text, or none, is a value of the type."""
    match field.field_type:
        case FieldType.DECIMAL:
            return _decimal_pattern(field.precision or 0, field.scale or 0)
        case FieldType.DATE:
            return DAY_WITH_CAPTURES
        case FieldType.DATE_TIME:
            return f"{DAY_WITH_CAPTURES}T{_TIME}[.][0-9]{{{field.precision or 3}}}Z"
        case FieldType.GUID:
            return _GUID
        case FieldType.STRING | FieldType.INTEGER | FieldType.OBJECT_REF | FieldType.DOUBLE | FieldType.BOOLEAN:
            return None
        case _:
            assert_never(field.field_type)


def _decimal_pattern(precision: int, scale: int) -> str:
    """Exactly `scale` digits after the point, no zero before other digits, and no minus before zero.

    A decimal is at least 1 when it has digits other than a single 0 before the point; below that, some digit after the
    point is not 0 where there is a minus.
    """
    before = precision - scale
    whole = f"-?[1-9][0-9]{{0,{before - 1}}}" if before else None
    if not scale:
        return f"(0|{whole})" if whole else "0"
    fraction = f"[.][0-9]{{{scale}}}"
    less_than_one = "|".join(f"[.]0{{{zeros}}}[1-9][0-9]{{{scale - zeros - 1}}}" for zeros in range(scale))
    wholes = f"(0|{whole})" if whole else "0"
    return f"({wholes}{fraction}|-0({less_than_one}))"


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


def is_json_null(kind: Node, null: str, constant: Callable[[str], Node] = nodes.text) -> Node:
    """Whether a JSON type is missing (NULL) or that of null, by the engine's name for it; never NULL itself.

    `constant`: how the engine spells that name.
    """
    return nodes.equal(nodes.call("COALESCE", kind, constant(null)), nodes.text(null))
