"""The reference of the command line, made from the commands themselves: `python -m criteria.cli.reference`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from inspect import unwrap
from typing import Any, get_args, get_type_hints

from typer.main import get_command

from criteria.cli.app import COMMANDS, app

_EXIT_CODES = re.compile(r"Exit codes: ")
_EXAMPLES = re.compile(r"Examples\b.*:")


def reference() -> str:
    """The page, in Markdown: what each command does, its arguments and options, examples, and exit codes."""
    program: Any = get_command(app)
    lines = ["# The command line", "", "Made from the commands by `python -m criteria.cli.reference`.", ""]
    lines += _command("criteria", program, "criteria [OPTIONS] COMMAND [ARGS]...")
    lines += ["## Commands", "", "| command | what it does |", "|---|---|"]
    commands = {name: program.get_command(None, name) for name in COMMANDS}
    for name, command in commands.items():
        lines.append(f"| [`criteria {name}`](#criteria-{name}) | {_cell(_paragraphs(command)[0])} |")
    lines.append("")
    for name, command in commands.items():
        lines += _command(f"criteria {name}", command, _usage(name, command))
    return "\n".join(lines).rstrip("\n") + "\n"


def _usage(name: str, command: Any) -> str:
    arguments = [_argument(one) for one in command.params if one.param_type_name == "argument"]
    return " ".join([f"criteria {name} [OPTIONS]", *arguments])


def _argument(parameter: Any) -> str:
    name = _name(parameter) + ("..." if parameter.nargs == -1 else "")
    return name if parameter.required else f"[{name}]"


def _name(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper())


def _command(title: str, command: Any, usage: str) -> Iterator[str]:
    yield from (f"## {title}", "", "```console", usage, "```", "")
    for paragraph in _paragraphs(command):
        yield from _paragraph(paragraph)
    shown = [one for one in command.params if not getattr(one, "hidden", False)]
    arguments = [one for one in shown if one.param_type_name == "argument"]
    if arguments:
        yield from ("| argument | what it is |", "|---|---|")
        yield from (f"| `{_argument(one)}` | {_cell(one.help or '')} |" for one in arguments)
        yield ""
    yield from ("| option | what it does |", "|---|---|")
    kinds = get_type_hints(unwrap(command.callback))
    for option in (one for one in shown if one not in arguments):
        yield f"| {_option(option, kinds.get(option.name))} | {_cell(option.help or '')}{_default(option)} |"
    yield from ("| `--help` | Show this message and exit. |", "")


def _paragraphs(command: Any) -> list[str]:
    """The parts of a help text; those that are not to be wrapped begin with a backspace."""
    text = (command.help or "").strip()
    return [part.strip("\n") for part in re.split(r"\n[ \t]*\n", text)]


def _paragraph(text: str) -> Iterator[str]:
    if text.lstrip().startswith("\b"):
        lines = text.lstrip().removeprefix("\b").strip("\n").split("\n")
        indent = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
        yield from ("```sh" if "criteria " in text else "```text", *(line[indent:] for line in lines), "```", "")
    elif _EXIT_CODES.match(text):
        yield from _exit_codes(" ".join(text.split()))
    else:
        yield from (_cell(text), "")


def _exit_codes(text: str) -> Iterator[str]:
    """The codes of a sentence as a table."""
    yield from ("| exit code | when |", "|---|---|")
    for part in _EXIT_CODES.sub("", text).rstrip(".").split("; "):
        code, _, when = part.partition(", ")
        yield f"| {code} | {_cell(when)} |"
    yield ""


def _option(option: Any, kind: Any) -> str:
    """The names of an option, and what follows them; `kind` is the type of its value."""
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    if option.is_flag:
        return names
    for one in (kind, *get_args(kind)):
        if isinstance(one, type) and issubclass(one, Enum):
            return f"{names} {' or '.join(f'`{choice.value}`' for choice in one)}"
    return f"{names} {_name(option)}"


def _default(parameter: Any) -> str:
    if parameter.required:
        return " Required."
    default = parameter.default
    if parameter.is_flag or default is None or default == () or callable(default):
        return ""
    return f" Default: `{_value(default)}`."


def _value(value: Any) -> str:
    return str(getattr(value, "value", value))


def _cell(text: str) -> str:
    """A text on one line, in which no character marks anything up."""
    return re.sub(r"[|<*\[\]]", r"\\\g<0>", " ".join(text.split()))


if __name__ == "__main__":
    print(reference(), end="")
