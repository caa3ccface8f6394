"""`criteria help`: what an error code means, with an example and its repair."""

from __future__ import annotations

import re
from pathlib import Path

import click

from criteria.errors import CODES
from criteria.messages import Hints, nearest, quoted

_PACKAGE = Path(__file__).parents[2]
_PAGES = (_PACKAGE / "cli" / "errors.md", _PACKAGE.parent / "docs" / "errors.md")
"""The page of error codes: in a wheel inside the package, in a checkout among the docs."""

_ALL = "codes"
"""The topic that lists all error codes."""

_SECTION = r"^### {}\n\n(.*?)(?=^##|\Z)"
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_BLANKS = re.compile(r"\n{3,}")
_FENCE = re.compile(r"^```\w*\n?", re.MULTILINE)


def topics(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Commands and error codes with this prefix."""
    program = ctx.find_root()
    commands = program.command.list_commands(program) if isinstance(program.command, click.Group) else []
    return [name for name in (*commands, *CODES, _ALL) if name.startswith(incomplete)]


@click.command("help")
@click.argument("topic", metavar="[COMMAND|CODE]", required=False, shell_complete=topics)
@click.pass_context
def print_help(ctx: click.Context, topic: str | None) -> None:
    """Explain a command or an error code.

    Examples:

    \b
      criteria help filter
      criteria help unknown_operator
      criteria help codes
      criteria help

    Without a topic, list the commands. With "codes", list the error codes.

    Exit codes: 0, it is explained; 2, there is no such command or code.
    """
    parent = ctx.parent
    assert parent is not None
    assert isinstance(parent.command, click.Group)
    command = None if topic is None else parent.command.get_command(parent, topic)
    if topic is None:
        click.echo(parent.get_help())
    elif command is not None:
        with click.Context(command, info_name=topic, parent=parent) as shown:
            click.echo(command.get_help(shown))
    elif topic == _ALL:
        width = max(map(len, CODES))
        click.echo("\n".join(f"{code:{width}}  {meaning}" for code, meaning in CODES.items()))
    elif topic in CODES:
        click.echo(_section(topic))
    else:
        near = nearest(topic, (*parent.command.list_commands(parent), *CODES), Hints())
        hint = near or '"criteria help codes" lists the codes, "criteria help" the commands.'
        raise click.UsageError(f"There is no command or error code {quoted(topic)}. {hint}")


def _section(code: str) -> str:
    """The section of a code as plain text."""
    page = next(path for path in _PAGES if path.is_file()).read_text(encoding="utf-8")
    found = re.search(_SECTION.format(code), page, re.MULTILINE | re.DOTALL)
    assert found is not None
    text = _BLANKS.sub("\n\n", _FENCE.sub("", _LINK.sub(r"\1", found[1])))
    return f"{code}: {CODES[code]}\n\n{text.strip()}"
