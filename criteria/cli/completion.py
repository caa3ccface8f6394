"""Shell completion: what is offered, and the options that print and install the script of a shell."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from criteria.messages import quoted

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

VARIABLE = "_CRITERIA_COMPLETE"
"""The environment variable with which shells ask for completion."""

_SHELLS = ("bash", "zsh", "fish", "powershell")

# Modules are imported inside the functions, because few runs of the program complete anything.


def file_names(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Tells the shell to complete the names of files."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


def backends(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Names of backends with this prefix, plug-ins included."""
    from criteria.backends.registry import available

    return [name for name in available() if name.startswith(incomplete)]


def dialects(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """SQL dialects with this prefix."""
    from criteria.backends.sql.dialects import DIALECTS

    return [name for name in DIALECTS if name.startswith(incomplete)]


def paramstyles(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Styles of placeholders with this prefix."""
    from typing import get_args

    from criteria.backends.sql.render import Paramstyle

    return [name for name in get_args(Paramstyle) if name.startswith(incomplete)]


def completion_fault(environment: Mapping[str, str]) -> str | None:
    """Why a shell that asks for completion cannot be answered; None if none asks, or it can be."""
    asked = environment.get(VARIABLE)
    if not asked:
        return None
    from click.shell_completion import get_completion_class

    shell, _, instruction = asked.partition("_")
    if get_completion_class(shell) is None or instruction not in ("source", "complete"):
        known = ", ".join(_SHELLS)
        return f"{VARIABLE} is a shell ({known}) with _source or _complete, such as bash_complete, not {quoted(asked)}."
    if instruction == "source":
        return None
    for name in ("COMP_WORDS", "COMP_CWORD"):
        if name not in environment:
            return f"{VARIABLE} is set, which shells set for completion, and {name} is not. Unset it."
    word = environment["COMP_CWORD"]
    if shell == "fish":
        return "COMP_CWORD is a word, and has nothing but blanks." if word and not word.strip() else None
    if not re.fullmatch("[0-9]{1,9}", word):
        return f"COMP_CWORD is the number of a word, not {quoted(word)}."
    return None


def _show(ctx: click.Context, parameter: click.Parameter, is_given: bool) -> None:
    if is_given:
        click.echo(_script(ctx, _shell()))
        ctx.exit()


def _install(ctx: click.Context, parameter: click.Parameter, is_given: bool) -> None:
    if is_given:
        shell = _shell()
        path = _installed(shell, _script(ctx, shell))
        click.secho(f"{shell} completion installed in {path}", fg="green")
        click.echo("Completion will take effect once you restart the terminal")
        ctx.exit()


install_option = click.option(
    "--install-completion",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_install,
    help="Install completion for the current shell.",
)

show_option = click.option(
    "--show-completion",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show,
    help="Show completion for the current shell, to copy it or customize the installation.",
)

_STARTUP_FILES = {"bash": ".bashrc", "zsh": ".zshrc"}
"""What a shell runs when it starts, in the home folder."""


def _shell() -> str:
    """The shell that the program was started from: bash, zsh, fish or powershell."""
    import shellingham

    try:
        name, _ = shellingham.detect_shell()
    except shellingham.ShellDetectionFailure:
        raise click.UsageError("The shell cannot be detected.") from None
    return "powershell" if name == "pwsh" else str(name)


def _script(ctx: click.Context, shell: str) -> str:
    from click.shell_completion import get_completion_class

    complete = get_completion_class(shell)
    if complete is None:
        raise click.UsageError(f"There is no completion for {shell}.")
    return complete(ctx.command, {}, "criteria", VARIABLE).source()


def _installed(shell: str, script: str) -> Path:
    """The file to which the script of a shell was written."""
    home = Path.home()
    if shell == "fish":
        path = home / ".config" / "fish" / "completions" / "criteria.fish"
    elif shell in _STARTUP_FILES:
        path = home / ".config" / "criteria" / f"completion.{shell}"
    else:
        raise click.UsageError(f"Add what `criteria --show-completion` prints to the profile of {shell}.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(script, encoding="utf-8")
    if shell in _STARTUP_FILES:
        name = str(path).replace("'", "'\\''")  # ends the quotes, and begins them again
        _add_line(home / _STARTUP_FILES[shell], f"source '{name}'")
    return path


def _add_line(file: Path, line: str) -> None:
    """Adds a line to the end of a file that does not have it. The rest of the file stays as it is, in any encoding."""
    added = os.fsencode(line)
    held = file.read_bytes() if file.is_file() else b""
    if added not in [one.rstrip(b"\r") for one in held.split(b"\n")]:
        with file.open("ab") as out:
            out.write((b"" if not held or held.endswith(b"\n") else b"\n") + added + b"\n")
