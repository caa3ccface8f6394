"""The option that says where the records of a JSON text are."""

from __future__ import annotations

import click

from criteria.files.formats import Format

at_option = click.option("--at", metavar="POINTER", help="Where the records of JSON data are, such as /data/items.")


def names_at(pointer: str | None, data_format: Format) -> tuple[str, ...] | None:
    """The names in a JSON Pointer (RFC 6901). A usage error for other formats than JSON, and for what is no pointer."""
    if pointer is None:
        return None
    if data_format is not Format.JSON:
        message = f"Only JSON has records inside, and these data are {data_format.value}."
        raise click.BadParameter(message, param_hint="--at")
    if pointer and not pointer.startswith("/"):
        raise click.BadParameter("Expected a JSON Pointer, such as /data/items.", param_hint="--at")
    return tuple(name.replace("~1", "/").replace("~0", "~") for name in pointer.split("/")[1:])
