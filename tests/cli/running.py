"""Running the program: inside this process, or as users run it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import sysconfig
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from unittest.mock import patch

from criteria.cli.app import app

EXAMPLES = Path(__file__).parents[2] / "examples"
SCHEMA = ("--schema", "films.schema.json")
PROGRAM = str(Path(sysconfig.get_path("scripts")) / "criteria")

_STREAMS = {"PYTHONUNBUFFERED", "PYTHONIOENCODING", "PYTHONUTF8", "NO_COLOR", "FORCE_COLOR", "GITHUB_WORKSPACE"}
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in _STREAMS}
"""The environment of the program: nothing in it says how streams behave."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended: exit code, standard output and error."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode("utf-8")


def run(*arguments: str, data: bytes = b"") -> Outcome:
    """A run inside this process; `data` stands on standard input."""
    stdin, err = io.TextIOWrapper(io.BytesIO(data)), io.StringIO()
    code: object = 0
    with (
        TemporaryFile("w+", encoding="utf-8") as out,
        patch.object(sys, "stdin", stdin),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            app(list(arguments), prog_name="criteria")
        except SystemExit as ended:
            code = ended.code or 0
        out.flush()
        out.seek(0)
        printed = bytes(out.buffer.read())
    assert isinstance(code, int)
    return Outcome(code, printed, err.getvalue())


def program(*arguments: str, data: bytes = b"", env: dict[str, str] | None = None) -> Outcome:
    """A run of the installed program in a process of its own."""
    env = {**ENVIRONMENT, **(env or {})}
    done = subprocess.run([PROGRAM, *arguments], input=data, capture_output=True, timeout=60, env=env)
    return Outcome(done.returncode, done.stdout, done.stderr.decode("utf-8"))


def python(code: str) -> Outcome:
    """A run of Python code in a process of its own."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, env=ENVIRONMENT)
    return Outcome(done.returncode, done.stdout, done.stderr.decode("utf-8"))
