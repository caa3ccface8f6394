"""The program: its commands, and how their failures are reported."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

import criteria
from criteria.cli.reports.problems import InputError, show
from criteria.errors import shown_name

COMMANDS: Mapping[str, tuple[str, str]] = {
    "check": ("criteria.cli.commands.check", "check"),
    "fmt": ("criteria.cli.commands.fmt", "format_files"),
    "filter": ("criteria.cli.commands.filter.command", "filter_records"),
    "compile": ("criteria.cli.commands.compile", "print_compiled"),
    "explain": ("criteria.cli.commands.explain", "explain"),
    "schema": ("criteria.cli.commands.schema", "print_schema"),
}
"""The module and the function of each command. They are imported when the command is used, so that no command waits for
the imports of another."""

_CLOSED_PIPE = 141
"""The exit code that shells report for a program that SIGPIPE ended."""


class Program(TyperGroup):
    """Converts exceptions to an exit code and a message. Typer handles usage errors and Ctrl-C."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name in COMMANDS and cmd_name not in self.commands:
            self.commands[cmd_name] = _command(cmd_name)
        return super().get_command(ctx, cmd_name)

    def main(self, *arguments: Any, **options: Any) -> Any:
        try:
            return super().main(*arguments, **options)
        except OSError as error:  # --help and --version print before a command is invoked
            sys.exit(_failed_output(error))

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except InputError as rejected:
            show(rejected.source, rejected.problems, err=True)
            code = rejected.exit_code
        except OSError as error:
            code = _failed_output(error)
        except Exception as error:
            said = getattr(error, "message", None)
            if isinstance(said, str):  # a usage error, which may repeat an argument
                vars(error)["message"] = "\n".join(map(shown_name, said.split("\n")))
            raise
        raise typer.Exit(code)


def _failed_output(error: OSError) -> int:
    """Reports an error of the system, and returns the exit code.

    Output that could not be written is discarded, so that writing it does not fail again when Python exits.
    """
    _discard_output()
    if isinstance(error, BrokenPipeError):
        return _CLOSED_PIPE
    typer.echo(f"criteria: {shown_name(str(error))}", err=True)
    return 2


def _discard_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _command(name: str) -> Any:
    module, function = COMMANDS[name]
    alone = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)
    alone.command(name)(getattr(import_module(module), function))
    return get_command(alone)


app = typer.Typer(cls=Program, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)


def _print_version(is_given: bool) -> None:
    if is_given:
        typer.echo(f"criteria {criteria.__version__}")
        raise typer.Exit


@app.callback()
def program(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Search criteria as data: one JSON query, one answer, on SQL, MongoDB and Python.

    Examples, on the films in the folder examples:

    \b
      criteria check queries --schema films.schema.json
      criteria fmt queries --check
      criteria filter queries/leading-the.json films.ndjson
      criteria explain queries/leading-the.json --schema films.schema.json
      criteria compile queries/leading-the.json --to sql --dialect postgres
      criteria schema films.schema.json

    Exit codes: 0, all is well; 1, problems in a query or in data; 2, the command cannot be run as it was given; 130, it
    was interrupted (Ctrl-C); 141, the output pipe was closed.
    """
