"""`criteria help`: commands and error codes, explained."""

from __future__ import annotations

import pytest

from criteria.cli.app import COMMANDS
from criteria.errors import CODES
from tests.cli.running import run


@pytest.mark.parametrize("code", CODES)
def test_each_code_is_explained(code: str) -> None:
    """The section of a code in docs/errors.md is printed as plain text."""
    outcome = run("help", code)
    assert outcome.code == 0
    assert outcome.text.startswith(f"{code}: {CODES[code]}\n\n")
    assert len(outcome.text.splitlines()) > 2
    assert "```" not in outcome.text
    assert "](" not in outcome.text


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(command: str) -> None:
    """The help of a command is that of its option --help."""
    assert run("help", command).text == run(command, "--help").text


def test_the_codes_are_listed() -> None:
    """`criteria help codes` has each code with what it says."""
    lines = run("help", "codes").text.splitlines()
    assert [line.split()[0] for line in lines] == list(CODES)


def test_without_a_topic_the_commands_are_listed() -> None:
    """`criteria help` is `criteria --help`."""
    assert run("help").text == run("--help").text


@pytest.mark.parametrize(
    ("topic", "hint"), [("unknown_feild", "unknown_field"), ("filtr", "filter"), ("xyz", "criteria help codes")]
)
def test_an_unknown_topic(topic: str, hint: str) -> None:
    """A topic that there is not gets the nearest one."""
    outcome = run("help", topic)
    assert outcome.code == 2
    assert hint in outcome.err
