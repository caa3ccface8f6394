"""Arguments and options that more than one command has."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from functools import wraps
from typing import Any, NamedTuple, TypeVar

import click

from criteria.cli.completion import file_names
from criteria.messages import Hints, nearest

_DIGITS = re.compile("-?[0-9]+")


class Integer(click.IntRange):
    """An integer of at least `min`, and at most `max` if there is one, in digits of ASCII."""

    name = "integer"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if _DIGITS.fullmatch(str(value)):
            with suppress(ValueError):  # thousands of digits
                number = int(value)
                if self._is_within(number):
                    return number
        bounds = f"of at least {self.min}" if self.max is None else f"from {self.min} to {self.max}"
        self.fail(f"Expected an integer {bounds}, found {value!r}.", param, ctx)

    def _is_within(self, number: int) -> bool:
        return (self.min is None or number >= self.min) and (self.max is None or number <= self.max)


_NUMBER = Integer(0, 2**31 - 1)

query_argument = click.argument(
    "query", shell_complete=file_names, help="Query file (- is standard input), or the query itself: '{...}'."
)

stdin_query_option = click.option(
    "--stdin-filename",
    "stdin_name",
    metavar="NAME",
    help="File name of a query on standard input: it decides the format.",
)

schema_option = click.option(
    "--schema",
    metavar="SCHEMA",
    shell_complete=file_names,
    help="Schema file: the fields and their types. Without one, the values in the query decide: "
    "dates are compared as text, except in CSV, Parquet and Arrow files.",
)

entity_option = click.option(
    "--entity",
    metavar="NAME=SCHEMA",
    multiple=True,
    help="Schema file of an entity to which references lead. May be repeated.",
)

entity_data_option = click.option(
    "--entity-data",
    metavar="NAME=FILE",
    multiple=True,
    help="Records of an entity, as NDJSON, JSON or CSV. They are kept in memory. May be repeated.",
)

order_option = click.option(
    "--order-by",
    metavar="ORDER",
    multiple=True,
    help='Order, such as "year desc,title". May be repeated: later ones break ties. Needs --schema, except for '
    "CSV, Parquet and Arrow files.",
)

limit_option = click.option("--limit", metavar="N", type=_NUMBER, help="Return at most N records.")

skip_option = click.option("--skip", metavar="N", type=_NUMBER, help="Skip the first N records.")

after_option = click.option(
    "--after", metavar="CURSOR", help="Continue after a cursor, such as nextCursor of a page. Needs --schema."
)

before_option = click.option(
    "--before", metavar="CURSOR", help="Return the page before a cursor, such as previousCursor. Needs --schema."
)

paths_argument = click.argument(
    "paths",
    metavar="[PATH]...",
    nargs=-1,
    shell_complete=file_names,
    help="Query files, folders, and patterns such as 'queries/**/*.json'; - is standard input. "
    "Default: all that the configuration names in the current folder.",
)

stdin_name_option = click.option(
    "--stdin-filename",
    "stdin_name",
    metavar="NAME",
    help="File name of standard input: it decides the format and which configuration applies.",
)

force_exclude_option = click.option(
    "--force-exclude",
    is_flag=True,
    help="Also skip files given as arguments if the configuration excludes them or does not name them.",
)

CommandT = TypeVar("CommandT", bound=Callable[..., None])


def gathered(**kinds: type[Any]) -> Callable[[CommandT], Callable[..., None]]:
    """Gives a command its options as one value for each name here: those that a named tuple has fields for. A field
    without an option keeps its default."""

    def decorated(command: CommandT) -> Callable[..., None]:
        @wraps(command)
        def called(**given: Any) -> None:
            values = {}
            for name, kind in kinds.items():
                own = {field: given.pop(field) for field in kind._fields if field in given}
                values[name] = kind(**own)
            command(**given, **values)

        return called

    return decorated


class PageOptions(NamedTuple):
    """What the options say of the order and the page of the records."""

    order_by: tuple[str, ...] = ()
    limit: int | None = None
    skip: int | None = None
    after: str | None = None
    before: str | None = None

    @property
    def has_cursor(self) -> bool:
        """Whether the page begins or ends at a cursor."""
        return self.after is not None or self.before is not None

    @property
    def is_given(self) -> bool:
        """Whether any of the options is given."""
        return bool(self.order_by) or self.limit is not None or self.skip is not None or self.has_cursor


EnumT = TypeVar("EnumT", bound=Enum)


class Choice(click.Choice[EnumT]):
    """A member of an enum, by its value."""

    def __init__(self, kind: type[EnumT]) -> None:
        super().__init__(kind)

    def normalize_choice(self, choice: Any, ctx: click.Context | None) -> str:
        return str(choice.value) if isinstance(choice, Enum) else str(choice)

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        *others, last = (self.normalize_choice(one, ctx) for one in self.choices)
        hint = nearest(str(value), (*others, last), Hints())
        return f"Expected {', '.join(others)} or {last}, found {value!r}.{'' if hint is None else f' {hint}'}"


class FormatChoice(Choice[EnumT]):
    """A format of files, in any case. `jsonl` is another name of ndjson."""

    def normalize_choice(self, choice: Any, ctx: click.Context | None) -> str:
        name = super().normalize_choice(choice, ctx).lower()
        return "ndjson" if name == "jsonl" else name

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        hint = " For values separated by tabs, use csv and --delimiter tab." if value.lower() == "tsv" else ""
        formats = ", ".join(self.normalize_choice(one, ctx) for one in self.choices)
        return f"There is no format {value!r}. The formats are {formats}.{hint}"
