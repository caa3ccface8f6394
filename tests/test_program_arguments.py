"""What programs outside the library say of arguments that are wrong: one line, whatever the argument holds."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import require
from tests.tables import orms

ROOT = Path(__file__).parent.parent
HOSTILE = "\x1b[31mX\u202e\n::set-output name=a::b"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A module that is run as a program."""
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False, timeout=120)


def check_told_in_a_line(outcome: subprocess.CompletedProcess[str], program: str) -> str:
    """The last line, which repeats the argument with escapes, behind the usage."""
    assert (outcome.returncode, outcome.stdout) == (2, "")
    lines = outcome.stderr.removesuffix("\n").split("\n")
    assert all(line.isprintable() for line in lines), outcome.stderr
    assert [line for line in lines if line.startswith(("::", "Traceback"))] == []
    assert lines[-1].startswith(f"python -m {program}: error: ")
    assert lines[0].startswith("usage: ")
    return lines[-1]


@pytest.mark.parametrize(
    "arguments",
    [
        ("examples.server", HOSTILE),
        ("examples.server", "--port", HOSTILE),
        ("examples.server", f"--{HOSTILE}"),
        ("examples.make_films", HOSTILE),
        ("benchmarks", HOSTILE),
        ("benchmarks", "--minutes", HOSTILE),
        ("benchmarks.fuzz", "--seconds", HOSTILE),
        ("tests.agreement_run", "--engines", HOSTILE),
    ],
    ids=lambda arguments: " ".join(arguments[:-1]),
)
def test_arguments_are_repeated_in_a_line(arguments: tuple[str, ...]) -> None:
    """Terminals and the logs of continuous integration obey sequences that an argument may hold."""
    told = check_told_in_a_line(run(*arguments), arguments[0])
    assert "31mX" in told


@pytest.mark.parametrize("port", ["x", "-1", "65536", "1.5", HOSTILE])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    """By both examples that listen, before they make anything."""
    require("Django", orms.missing_orm("django", 5))
    check_told_in_a_line(run("examples.django_drf", "--", port), "examples.django_drf")
    check_told_in_a_line(run("examples.server", f"--port={port}"), "examples.server")


def test_the_report_of_the_kit_names_a_folder_in_a_line() -> None:
    """pytest prints what its plug-ins say as it is."""
    outcome = run("pytest", "-p", "no:cacheprovider", f"--conformance-report=none/{HOSTILE}/report.json", "--co", "-q")
    told = [line for line in outcome.stderr.split("\n") if "there is no folder" in line]
    assert (outcome.returncode, len(told)) == (4, 1)
    assert told[0].isprintable()
    assert "::set-output" in told[0]


def test_every_program_takes_its_arguments_the_same_way() -> None:
    """argparse's own parser would print an argument as it is."""
    own = "examples/arguments.py"
    sources = [
        path for folder in ("criteria", "examples", "benchmarks", "tests") for path in (ROOT / folder).rglob("*.py")
    ]
    plain = re.compile(r"\bargparse\.ArgumentParser\b|from argparse import .*\bArgumentParser\b")
    found = {path.relative_to(ROOT).as_posix() for path in sources if plain.search(path.read_text(encoding="utf-8"))}
    assert found - {"tests/test_program_arguments.py"} == {own}
