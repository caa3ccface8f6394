"""Observes the values under one name, one by one, so that no record is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from criteria.inference.candidates import TypeRules
from criteria.messages import quoted
from criteria.schema.field import MAX_CHARACTERS, TOO_LONG, Field
from criteria.values.text_order import TextOrder

_MAX_KEYS = 1_000_000
"""The number of values of the first name that are remembered to find duplicates."""


_MAX_LEVELS = 64
"""Objects and lists inside each other that are looked at: more than a field can be inside, and far fewer than Python's
stack holds."""


@dataclass(frozen=True, slots=True)
class RecordPosition:
    """The position of a record: its number, counted from 1, and its line, if the data have lines."""

    record: int
    line: int | None


@dataclass(frozen=True, slots=True)
class Fault:
    """Why no field holds the values of a name, and the record that showed it."""

    message: str
    place: RecordPosition | None = None


@dataclass(slots=True)
class ObservedField:
    """The values under a name. `kind` is that of all of them but null: an object, a list, or a value.

    `element` has what the objects in a list hold; `elements` counts the values in lists that are not objects.
    """

    path: tuple[str, ...]
    values: TypeRules
    candidates: tuple[Field, ...]
    kind: str | None = None
    filled: int = 0
    elements: int = 0
    element: ObservedField | None = None
    members: dict[str, ObservedField] = field(default_factory=dict)
    fault: Fault | None = None
    keys: set[Any] | None = None
    texts: TextOrder | None = None
    """What the strings seem to be, where more than their type is told."""
    level: int = 0
    """How many objects and lists are around the values."""
    length: int = 0
    """How many characters the name has, with those of the objects around."""

    @classmethod
    def named(cls, path: tuple[str, ...], values: TypeRules, level: int = 0, length: int = 0) -> ObservedField:
        """A name without observations."""
        texts = TextOrder() if values.tells_texts else None
        return cls(path, values, values.candidates, texts=texts, level=level, length=length)

    def see(self, value: Any, place: RecordPosition) -> None:
        """Observes the value of a record."""
        if value is None or self.fault is not None:
            return
        self.filled += 1
        kind = _kind(value)
        if self.kind is None:
            self.kind = kind
        if kind != self.kind:
            self.fault = Fault(f"Found {kind}, and {self.kind} in earlier records.", place)
        elif kind != "a value" and self.level >= _MAX_LEVELS:
            message = f"Found {kind} inside {_MAX_LEVELS} others, which no field can represent."
            self.fault = Fault(message, place)
        elif kind != "a value" and self.length > MAX_CHARACTERS:  # the names inside would all be joined with it
            self.fault = Fault(f"This cannot be a field name. {TOO_LONG}", place)
        elif kind == "an object":
            for key, item in value.items():
                self.member(key).see(item, place)
        elif kind == "a list":
            for item in value:
                self._element(item, place)
        else:
            self.narrow(value, place)
            self._remember(value)

    def member(self, key: str) -> ObservedField:
        """What the objects under this name hold under a key."""
        if key not in self.members:
            length = self.length + len(key) + bool(self.path)
            self.members[key] = ObservedField.named((*self.path, key), self.values, self.level + 1, length)
        return self.members[key]

    def _element(self, item: Any, place: RecordPosition) -> None:
        if item is None or self.fault is not None:
            return
        if isinstance(item, list):
            self.fault = Fault("Found a list inside a list, which no field can represent.", place)
        elif isinstance(item, Mapping):
            if self.elements:
                self.fault = Fault("Found an object inside a list, and values in earlier ones.", place)
                return
            if self.element is None:
                self.element = ObservedField.named((), self.values, self.level + 1)
            self.element.see(item, place)
        elif self.element is not None:
            self.fault = Fault("Found a value inside a list, and objects in earlier ones.", place)
        else:
            self.elements += 1
            self.narrow(item, place)

    def narrow(self, value: Any, place: RecordPosition) -> None:
        """Keeps the candidates that fit a value."""
        if self.texts is not None and value.__class__ is str:
            self.texts.see(value)
        fits = self.values.fits
        fitting = tuple([one for one in self.candidates if fits(one, value)])
        if fitting:
            self.candidates = fitting
        elif self.fault is None:
            some = self.candidates[0].field_type.value
            said = (
                "which no field can represent"
                if len(self.candidates) == len(self.values.candidates)
                else (f"and earlier values are of type {some}")
            )
            self.fault = Fault(f"Found {quoted(value)}, {said}.", place)

    def _remember(self, value: Any) -> None:
        """Remembers a value of the name that may be a key, until a duplicate is found."""
        if self.keys is not None:
            if value in self.keys or len(self.keys) >= _MAX_KEYS:
                self.keys = None
            else:
                self.keys.add(value)


def _kind(value: object) -> str:
    if isinstance(value, Mapping):
        return "an object"
    return "a list" if isinstance(value, list) else "a value"
