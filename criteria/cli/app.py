"""The program: its commands, and how their failures are reported."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click
from click.exceptions import Exit

import criteria
from criteria.cli.completion import completion_fault, install_option, show_option
from criteria.cli.reports.problems import InputError, show
from criteria.cli.signals import ended_by_signals
from criteria.messages import Hints, nearest, quoted, shown_name

COMMANDS: Mapping[str, tuple[str, str]] = {
    "init": ("criteria.cli.commands.init", "initialize"),
    "check": ("criteria.cli.commands.check", "check"),
    "fmt": ("criteria.cli.commands.fmt", "format_files"),
    "filter": ("criteria.cli.commands.filter.command", "filter_records"),
    "compile": ("criteria.cli.commands.compile", "print_compiled"),
    "explain": ("criteria.cli.commands.explain", "explain"),
    "schema": ("criteria.cli.commands.schema", "print_schema"),
    "help": ("criteria.cli.commands.help", "print_help"),
}
"""The module and the function of each command. They are imported when the command is used, so that no command waits for
the imports of another."""

OTHER_NAMES: Mapping[str, str] = {
    "--sort": "--order-by", "--sort-by": "--order-by", "--order": "--order-by", "--orderby": "--order-by",
    "--head": "--limit", "--max": "--limit", "--top": "--limit", "--take": "--limit", "--offset": "--skip",
    "--columns": "--select", "--fields": "--select", "--cols": "--select", "--out": "--output",
    "--sep": "--delimiter", "--separator": "--delimiter", "--delim": "--delimiter", "--field-separator": "--delimiter",
    "--na": "--null", "--na-values": "--null", "--nullstr": "--null", "--null-values": "--null",
    "--noheader": "--no-header", "--no-headers": "--no-header", "--headerless": "--no-header",
    "--skip-rows": "--skip-lines", "--skiprows": "--skip-lines", "--tz": "--time-zone", "--timezone": "--time-zone",
    "--backend": "--engine", "--input-format": "--format", "--union-by-name": "--union",
}  # fmt: skip
"""What options are called in other programs, and here."""

_INTERRUPTED = 130
"""The exit code that shells report for a program that Ctrl-C ended."""

_CLOSED_PIPE = 141
"""The exit code that shells report for a program that SIGPIPE ended."""


class Program(click.Group):
    """Imports a command when it is used, and converts exceptions to an exit code and a message."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, function = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), function)
        return command

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        try:
            return super().make_context(*arguments, **options)
        except BrokenPipeError as error:  # --help and --version print here, and click would exit with 1
            sys.exit(_failed_output(error))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            raise _worded(error) from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand:
            hint = nearest(args[0], COMMANDS, Hints())
            raise click.UsageError(f"There is no command {quoted(args[0])}. {hint or ''}".rstrip(), ctx) from None

    def main(self, *arguments: Any, **options: Any) -> Any:
        fault = completion_fault(os.environ)
        if fault is not None:
            click.echo(f"criteria: {fault}", err=True)
            sys.exit(2)
        try:
            return super().main(*arguments, **options)
        except OSError as error:  # --help and --version print before a command is invoked
            sys.exit(_failed_output(error))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with ended_by_signals():  # so that no command leaves a temporary file
                return super().invoke(ctx)
        except InputError as rejected:
            show(rejected.source, rejected.problems, err=True)
            code = rejected.exit_code
        except KeyboardInterrupt:
            code = _INTERRUPTED
        except OSError as error:
            code = _failed_output(error)
        except click.NoSuchOption as error:
            raise _worded(error) from None
        except click.ClickException as error:  # a usage error, which may repeat an argument
            vars(error)["message"] = "\n".join(map(shown_name, error.message.split("\n")))
            raise
        raise Exit(code)


def _worded(error: click.NoSuchOption) -> click.NoSuchOption:
    """The same error, with the option in double quotes and what to write instead."""
    meant = OTHER_NAMES.get(error.option_name)
    if error.ctx is not None and any(meant in one.opts for one in error.ctx.command.params):
        hint = f"Use {meant}."
    else:
        hint = nearest(error.option_name, error.possibilities or (), Hints()) or ""
    message = f"There is no option {quoted(error.option_name)}. {hint}".rstrip()
    return click.NoSuchOption(error.option_name, message, ctx=error.ctx)


def _failed_output(error: OSError) -> int:
    """Reports an error of the system, and returns the exit code.

    Output that could not be written is discarded, so that writing it does not fail again when Python exits.
    """
    _discard_output()
    if isinstance(error, BrokenPipeError):
        return _CLOSED_PIPE
    click.echo(f"criteria: {shown_name(str(error))}", err=True)
    return 2


def _discard_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.group(cls=Program, context_settings={"show_default": True})
@click.version_option(
    criteria.__version__, prog_name="criteria", message="%(prog)s %(version)s", help="Print the version and exit."
)
@install_option
@show_option
def app() -> None:
    """Search criteria as data: one JSON query, one answer, on SQL, MongoDB and Python.

    Examples, on the films that the first one writes:

    \b
      criteria init examples && cd examples
      criteria check queries --schema films.schema.json
      criteria fmt queries --check
      criteria filter queries/leading-the.json films.ndjson
      criteria explain queries/leading-the.json --schema films.schema.json
      criteria compile queries/leading-the.json --to sql --dialect postgres
      criteria schema films.schema.json

    Exit codes: 0, all is well; 1, the command ran and found something: problems in queries or data, files to format,
    names left out of a schema; 2, it could not run as it was given: wrong options, a file that cannot be read or
    written, an error in a schema or the configuration; 4, no record matches, with filter -e; 130, it was interrupted
    (Ctrl-C); 141, the output pipe was closed.
    """
