"""The option that says where the records of a JSON text are."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import click

from criteria.errors import to_pointer
from criteria.files.formats import Format
from criteria.messages import quoted

at_option = click.option("--at", metavar="POINTER", help="Where the records of JSON data are, such as /data/items.")


def names_at(pointer: str | None, data_format: Format) -> tuple[str, ...] | None:
    """The names in a JSON Pointer (RFC 6901). A usage error for other formats and texts."""
    if pointer is None:
        return None
    if data_format is not Format.JSON:
        message = f"It applies to JSON only, and the data are {data_format.value}."
        raise click.BadParameter(message, param_hint="--at")
    if pointer and not pointer.startswith("/"):
        example = to_pointer(pointer.removeprefix("$.").split("."))
        raise click.BadParameter(f"Expected a JSON Pointer, such as {example}.", param_hint="--at")
    return tuple(name.replace("~1", "/").replace("~0", "~") for name in pointer.split("/")[1:])


def records_at(path: Sequence[str], count: int) -> str:
    """Says that a list of objects may have the records."""
    objects = "1 object" if count == 1 else f"{count:,} objects"
    holder = quoted(".".join(path)) if path else "The JSON object"
    return f"{holder} has {objects}. If these are the records, add --at {shlex.quote(to_pointer(path))}."
