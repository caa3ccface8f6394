"""What an annotation says of the values that a field may have."""

from __future__ import annotations

import types
from collections.abc import Collection, Iterable, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

from criteria.annotations.libraries import is_unset, meant, plain
from criteria.annotations.member import Zone
from criteria.errors import Refusal
from criteria.messages import shown_text
from criteria.schema.field import FieldType

_SCALARS: tuple[tuple[type, FieldType], ...] = (
    (bool, FieldType.BOOLEAN),
    (str, FieldType.STRING),
    (int, FieldType.INTEGER),
    (float, FieldType.DOUBLE),
    (Decimal, FieldType.DECIMAL),
    (datetime, FieldType.DATE_TIME),
    (date, FieldType.DATE),
    (UUID, FieldType.GUID),
)
"""The first class that a type is a subclass of: bool is one of int, and datetime one of date."""

_LISTS = (list, set, frozenset, Sequence, Collection, Set, Iterable)

_QUALIFIERS = {"Required", "NotRequired", "ReadOnly", "Final"}

_UNION = 'A field has one type. Use the type that clients filter by, or leave it out: exclude={"..."}.'
_LEAVE_OUT = 'Leave it out: exclude={"..."}.'


@dataclass(frozen=True, slots=True)
class Shape:
    """The values of an annotation: of a `field_type`, or objects of the class `holds` with members of their own.

    `zone` is what it says of a datetime's zone, or None.
    """

    field_type: FieldType | None = None
    holds: Any = None
    is_list: bool = False
    nullable: bool = False
    values: tuple[str, ...] | None = None
    zone: Zone | None = None
    metadata: tuple[Any, ...] = field(default=())

    def said(self, name: str) -> Any:
        """What the metadata says under a name, such as `max_digits`; None if nothing does."""
        return next((found for one in self.metadata if (found := getattr(one, name, None)) is not None), None)


def shape_of(annotation: Any) -> Shape:
    """The values of an annotation. Raises `Refusal` (`invalid_schema`) for types that no field has."""
    annotation = plain(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _annotated(shape_of(arguments[0]), tuple(meant(arguments[1:])))
    if getattr(origin, "_name", None) in _QUALIFIERS:
        return shape_of(arguments[0])
    if hasattr(annotation, "__supertype__"):  # NewType
        return shape_of(annotation.__supertype__)
    if hasattr(annotation, "__value__"):  # type X = ...
        return shape_of(annotation.__value__)
    if origin in (Union, types.UnionType):
        return _union(arguments)
    if origin is Literal:
        return _literal(arguments)
    if origin is tuple or origin in _LISTS:
        return _list(origin, arguments)
    return _scalar(annotation)


def _annotated(shape: Shape, metadata: tuple[Any, ...]) -> Shape:
    if any(type(one).__name__ in ("EncodedStr", "EncodedBytes") for one in metadata):
        raise _refused("Its JSON holds other text than its value.", _LEAVE_OUT)
    zone = next((one for one in metadata if isinstance(one, Zone)), shape.zone)
    return replace(shape, zone=zone, metadata=(*metadata, *shape.metadata))


def _union(arguments: tuple[Any, ...]) -> Shape:
    kinds = [one for one in arguments if one is not type(None) and not is_unset(one)]
    if len(kinds) != 1:
        raise _refused(f"It is a union of {', '.join(map(shown, kinds))}.", _UNION)
    return replace(shape_of(kinds[0]), nullable=True)


def _literal(values: tuple[Any, ...]) -> Shape:
    """The type of literals, which for strings lists the values."""
    given = [one for one in values if one is not None]
    kinds = {type(one) for one in given}
    nullable = len(given) < len(values)
    if kinds == {str}:
        return Shape(FieldType.STRING, values=tuple(dict.fromkeys(given)), nullable=nullable)
    if len(kinds) == 1 and isinstance(given[0], Enum):
        members = tuple(dict.fromkeys(one.value for one in given))
        found = _enumerated(kinds.pop())
        return replace(found, values=members if found.values else None, nullable=nullable)
    if len(kinds) == 1 and kinds <= {int, bool}:
        return Shape(FieldType.BOOLEAN if kinds == {bool} else FieldType.INTEGER, nullable=nullable)
    raise _refused("Its literals are of several types, or of one that no field has.", _UNION)


def _list(origin: Any, arguments: tuple[Any, ...]) -> Shape:
    if origin is tuple:
        if len(arguments) != 2 or arguments[1] is not Ellipsis:
            raise _refused("It is a tuple with a type for each place.", f"Use list[...]. {_LEAVE_OUT}")
        arguments = arguments[:1]
    element = shape_of(arguments[0])
    if element.is_list:
        raise _refused("It is a list of lists.", _LEAVE_OUT)
    if element.holds is not None:
        raise _refused(f"It is a list of {shown(element.holds)}, which are objects.", _LEAVE_OUT)
    return replace(element, is_list=True, nullable=False)


def _scalar(annotation: Any) -> Shape:
    if not isinstance(annotation, type) or annotation is Any:
        raise _refused(f"No field has the type {shown(annotation)}.", f"Annotate it with one type. {_LEAVE_OUT}")
    if issubclass(annotation, Enum):
        return _enumerated(annotation)
    for kind, field_type in _SCALARS:
        if issubclass(annotation, kind):
            return Shape(field_type)
    if annotation.__name__.startswith("Secret") and annotation.__module__.startswith("pydantic"):
        raise _refused(f"{shown(annotation)} holds a secret, which no client may search.", _LEAVE_OUT)
    if annotation in (tuple, *_LISTS):
        raise _refused("It is a list of anything.", "Say what it holds, such as list[str].")
    return Shape(holds=annotation)


def _enumerated(kind: type[Enum]) -> Shape:
    values = [member.value for member in kind]
    if issubclass(kind, str) and values:
        return Shape(FieldType.STRING, values=tuple(values))
    if issubclass(kind, int) and values:
        return Shape(FieldType.INTEGER)
    hint = f"class {kind.__name__}(str, Enum), whose members equal their values. {_LEAVE_OUT}"
    raise _refused(f"The members of {shown(kind)} are neither strings nor integers.", hint)


def _refused(message: str, hint: str) -> Refusal:
    return Refusal("invalid_schema", message, hint)


def shown(annotation: Any) -> str:
    """An annotation in a message."""
    text = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    return shown_text(text, 60)
