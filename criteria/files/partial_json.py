"""Decoding of only those members of JSON objects that are asked for, by msgspec where it is installed.

msgspec checks the whole text, and makes no objects of the members that it skips. What it refuses is left to the decoder
that takes everything, and so are numbers that a double would round, where that matters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypedDict

from criteria.text.json_decoders import EXACT

_MAX_CHARACTERS = 15
"""Characters of a number with a fraction that a double tells apart from all others of so many."""


class Doubles:
    """From the text of a number to the number, if a double holds it as well as a decimal does. Raises `ValueError`.
    `count` says how many there were."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, text: str) -> float:
        self.count += 1
        if len(text) > _MAX_CHARACTERS or "e" in text or "E" in text:
            raise ValueError(text)
        return float(text)


class PartialDecoder(NamedTuple):
    """Functions from a text to the members of the object that it is. They raise any `Exception` for a text that they
    leave to others. `quickly` rounds numbers with a fraction to doubles, `exactly` refuses a number of which that would
    lose a digit, and `precisely` makes decimals of all. `doubles` converts the numbers that `exactly` meets."""

    quickly: Callable[[str], dict[str, Any]]
    exactly: Callable[[str], dict[str, Any]]
    precisely: Callable[[str], Any]
    doubles: Doubles


def partial_decoder(
    paths: Iterable[tuple[str, ...]], attributes: Mapping[str, str] | None = None
) -> PartialDecoder | None:
    """What decodes these members of objects; None without msgspec, or for names that it does not take. With the names
    of attributes for members of records, records have these attributes alone and are no dicts."""
    try:
        import msgspec
    except ModuleNotFoundError:
        return None
    doubles = Doubles()
    try:
        tree = _tree(paths)
        members = _type_of(tree) if attributes is None else _struct_of(tree, attributes)
        quick, exact = msgspec.json.Decoder(members), msgspec.json.Decoder(members, float_hook=doubles)
        precise = msgspec.json.Decoder(members, float_hook=EXACT.create_decimal)
    except (TypeError, ValueError):
        return None
    return PartialDecoder(quick.decode, exact.decode, precise.decode, doubles)


def _tree(paths: Iterable[tuple[str, ...]]) -> dict[str, Any]:
    """The paths as objects in each other. A path that is asked for as a whole has nothing in it."""
    found: dict[str, Any] = {}
    for path in sorted(paths):
        here: dict[str, Any] | None = found
        *holders, last = path
        for name in holders:
            here = here.setdefault(name, {}) if here is not None else None
        if here is not None:
            here[last] = None
    return found


def _type_of(members: Mapping[str, Any]) -> Any:
    return TypedDict("Members", _types_of(members), total=False)  # type: ignore[operator]


def _struct_of(members: Mapping[str, Any], attributes: Mapping[str, str]) -> Any:
    import msgspec

    fields = [(attributes[name], kind, None) for name, kind in _types_of(members).items() if name in attributes]
    rename = {attribute: name for name, attribute in attributes.items()}
    return msgspec.defstruct("Members", fields, rename=rename, gc=False)


def _types_of(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: Any if inside is None else _type_of(inside) | None for name, inside in members.items()}
