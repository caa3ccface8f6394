"""What documents the command line is made from the commands, and says what they do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from criteria.cli.app import COMMANDS
from criteria.cli.reference import reference
from tests.cli.running import SCHEMA, run

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"


def test_the_page_is_up_to_date() -> None:
    """docs/cli.md is what `python -m criteria.cli.reference` prints."""
    assert PAGE.read_text(encoding="utf-8") == reference()


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_a_section(command: str) -> None:
    """The page has a section for each command, with every option that the help shows and an example at least."""
    section = reference().split(f"\n## criteria {command}\n")[1].split("\n## ")[0]
    options = set(re.findall(r"^  (?:-\w, )?(--[\w-]+)", run(command, "--help").text, re.MULTILINE))
    assert options
    assert options == set(re.findall(r"^\| `(--[\w-]+)`", section, re.MULTILINE))
    assert f"criteria {command} " in section.split("```sh")[1]


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_the_help_has_examples(command: str) -> None:
    """The help of the program and of each command has examples of it."""
    shown = run(*([command] if command else []), "--help").text
    examples = re.findall(r"criteria \w+", shown.split("Examples", 1)[1])
    assert f"criteria {command}".strip() in " ".join(examples)


EXITS: dict[str, list[tuple[int, tuple[str, ...]]]] = {
    "init": [(2, (".",)), (2, ("new", "--from", "nosuch.csv"))],
    "help": [(0, ("check",)), (0, ("invalid_json",)), (0, ()), (2, ("nosuch",))],
    "check": [
        (0, ("queries", *SCHEMA)),
        (1, ("broken.json",)),
        (2, ("nosuch.json",)),
        (2, ("queries", "--schema", "nosuch.json")),
        (2, ("queries", "--output-format", "xml")),
    ],
    "fmt": [
        (0, ("queries", "--check")),
        (1, ("broken.json", "--check")),
        (1, ("films.ndjson",)),
        (2, ("nosuch.json",)),
    ],
    "filter": [
        (0, ("{}", "films.ndjson", "--count")),
        (1, ('{"year": {"$gtt": 1}}', "films.ndjson")),
        (1, ("{}", "films.ndjson", "--format", "json")),
        (2, ("{}", "nosuch.ndjson")),
        (4, ('{"year": 1}', "films.ndjson", "-e")),
    ],
    "compile": [
        (0, ("{}", "--to", "python")),
        (1, ('{"$a": 1}', "--to", "python")),
        (2, ("{}", "--to", "cobol")),
        (2, ("{}", "--to", "sql")),
    ],
    "explain": [
        (0, ("{}",)),
        (0, ('{"year": 1999}', "--record", '{"year": 2000}')),
        (1, ('{"year": {"$gtt": 1}}',)),
        (1, ("{}", "--record", '{"year": ')),
        (2, ("nosuch.json",)),
        (2, ("{}", "--line", "2")),
    ],
    "schema": [
        (0, ()),
        (0, ("films.schema.json",)),
        (0, ("--from", "films.ndjson")),
        (1, ("--from", "queries/leading-the.json", "--format", "ndjson")),
        (2, ("broken.json",)),
        (2, ("nosuch.json",)),
    ],
}
"""Arguments of each command, and the exit codes that they end with."""


@pytest.mark.parametrize(
    ("command", "code", "arguments"),
    [(command, code, arguments) for command, runs in EXITS.items() for code, arguments in runs],
)
def test_exit_codes(command: str, code: int, arguments: tuple[str, ...]) -> None:
    """0: all is well; 1: problems in a query or in data; 2: the command cannot be run as it was given;
    4: nothing was selected."""
    outcome = run(command, *arguments)
    assert outcome.code == code
    assert (outcome.err != "") or code in (0, 4)


def test_exit_codes_are_documented() -> None:
    """The page lists the exit codes of the program and of the commands that tests run with them."""
    assert set(EXITS) == set(COMMANDS)
    for command in ("", *COMMANDS):
        section = reference().split(f"\n## criteria{' ' * bool(command)}{command}\n")[1].split("\n## ")[0]
        codes = set(re.findall(r"^\| (\d+) \|", section, re.MULTILINE))
        own = {str(code) for code, _ in EXITS.get(command, [])} | {"0", "2"}
        assert own <= codes <= {"0", "1", "2", "4", "130", "141"}
