"""Output of some members of records alone: columns of a frame, and texts of JSON objects, whose values stay."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Union

from criteria.files.faults import FaultKind, UsageFault
from criteria.messages import Hints, nearest, quoted
from criteria.text.json_streaming import decode, past_blanks

if TYPE_CHECKING:
    import polars as pl

Members = Mapping[str, Union["Members", None]]
"""The names to keep; below each of them those inside of it, or None for all."""

_NO_OTHERS: Mapping[str, Any] = {}


def members_of_paths(paths: Iterable[str]) -> Members:
    """The members that paths (`a`, `b.c`) name. A path that begins with another one adds nothing to it."""
    found: dict[str, Any] = {}
    for path in paths:
        here = found
        *holders, last = path.split(".")
        for name in holders:
            here = here.setdefault(name, {})
            if here is None:
                break
        else:
            here[last] = None
    return found


def select_columns(frame: pl.LazyFrame, paths: Iterable[str], others: Iterable[str] = ()) -> pl.LazyFrame:
    """The frame with these columns, or members of columns, alone. Raises `UsageFault` for one that there is not, with
    the nearest of those that there are, and of `others`."""
    import polars as pl

    schema = frame.collect_schema()
    whole = {path: None for path in paths if path in schema}
    members = {**whole, **members_of_paths(path for path in paths if path not in schema)}
    names = list(schema)
    return frame.select(
        _expression(name, inside, pl.nth(names.index(name)), schema[name])
        if name in schema
        else _raise(name, [*names, *others])
        for name, inside in members.items()
    )


def _expression(path: str, inside: Any, place: pl.Expr, dtype: Any) -> pl.Expr:
    import polars as pl

    if inside is None:
        return place
    known = {one.name: one.dtype for one in dtype.fields} if isinstance(dtype, pl.Struct) else {}
    kept = [
        _expression(f"{path}.{name}", below, place.struct.field(name), known[name]).alias(name)
        if name in known
        else _raise(f"{path}.{name}", (f"{path}.{one}" for one in known))
        for name, below in inside.items()
    ]
    return pl.when(place.is_not_null()).then(pl.struct(kept)).alias(path.rpartition(".")[2])


def _raise(path: str, known: Iterable[str]) -> Any:
    hint = nearest(path, known, Hints())
    raise UsageFault(FaultKind.UNKNOWN_COLUMN, f"The data have no column {quoted(path)}.", hint)


def selected_text(text: str, members: Members, others: Mapping[str, Any] = _NO_OTHERS) -> str:
    """The JSON object that a text is, with these members alone, in the order in which they were asked for. `others` are
    members that are not in the text."""
    found = dict(_values(text))
    found |= {name: (json.dumps(name), json.dumps(value, ensure_ascii=False)) for name, value in others.items()}
    parts = []
    for name, inside in members.items():
        written = found.get(name)
        if written is None:
            continue
        key, value = written
        is_object = inside is not None and value.startswith("{")
        parts.append(f"{key}: {selected_text(value, inside or {}) if is_object else value}")
    return "{" + ", ".join(parts) + "}"


def _values(text: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """Each name of an object with the texts of the name and of its value. The text was decoded before, and is right."""
    at = past_blanks(text, past_blanks(text, 0) + 1)
    while text[at] != "}":
        name, end = decode(text, at)
        start = past_blanks(text, past_blanks(text, end) + 1)
        _, after = decode(text, start)
        yield name, (text[at:end], text[start:after])
        at = past_blanks(text, after)
        if text[at] == ",":
            at = past_blanks(text, at + 1)


def selected_members(record: Mapping[str, Any], members: Members) -> dict[str, Any]:
    """A record with these members alone."""
    return {
        name: selected_members(record[name], inside) if inside and isinstance(record[name], dict) else record[name]
        for name, inside in members.items()
        if name in record
    }
