"""Arguments and options that more than one command has."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Annotated, TypeVar

import typer

_MAX = 2**31 - 1

QueryArgument = Annotated[
    str, typer.Argument(metavar="QUERY", help="Query file (- is standard input), or the query itself: '{...}'.")
]

SchemaOption = Annotated[
    str | None,
    typer.Option(
        "--schema",
        metavar="SCHEMA",
        help="Schema file: the fields and their types. Without one, the values in the query decide: "
        "dates are compared as text, and elements of lists are not compared.",
    ),
]

OrderOption = Annotated[
    list[str] | None,
    typer.Option(
        "--order-by",
        metavar="ORDER",
        help='Order, such as "year desc,title". Repeated, the later ones break ties. Needs --schema.',
    ),
]

LimitOption = Annotated[
    int | None, typer.Option("--limit", metavar="N", min=0, max=_MAX, help="Return at most N records.")
]

SkipOption = Annotated[
    int | None, typer.Option("--skip", metavar="N", min=0, max=_MAX, help="Skip the first N records.")
]

PathsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATH",
        help="Query files, folders, and patterns such as 'queries/**/*.json'; - is standard input. "
        "Default: all that the configuration names in the current folder.",
        show_default=False,
    ),
]

StdinNameOption = Annotated[
    str | None,
    typer.Option(
        "--stdin-filename",
        metavar="NAME",
        help="File name of standard input: it decides the format and which configuration applies.",
    ),
]

ForceExcludeOption = Annotated[
    bool,
    typer.Option(
        "--force-exclude",
        help="Also skip files given as arguments if the configuration excludes them or does not name them.",
    ),
]

_ALIASES = {"jsonl": "ndjson"}


FormatT = TypeVar("FormatT", bound=Enum)


def format_names(kind: type[FormatT]) -> Callable[[str], FormatT]:
    """The parser of an option whose values are formats: `jsonl` is another name of ndjson."""

    def parsed(name: str) -> FormatT:
        known = {one.value: one for one in kind}
        found = _ALIASES.get(name.lower(), name.lower())
        if found in known:
            return known[found]
        hint = " For values separated by tabs, use csv and --delimiter tab." if found == "tsv" else ""
        raise typer.BadParameter(f"There is no format {name!r}. The formats are {', '.join(known)}.{hint}")

    return parsed


def listed_formats(kind: type[Enum]) -> str:
    """The formats as help shows them."""
    return f"<{'|'.join(one.value for one in kind)}>"
