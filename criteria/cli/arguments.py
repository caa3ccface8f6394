"""Arguments and options that more than one command has."""

from __future__ import annotations

from typing import Annotated

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
    str | None,
    typer.Option("--order-by", metavar="ORDER", help='Order, such as "year desc,title". Needs --schema.'),
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
