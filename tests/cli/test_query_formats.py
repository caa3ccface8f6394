"""Every command takes a query in every format, and says the same of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.running import SCHEMA, run

JSON = b'{"year": {"$gt": 1999, "$lt": 2000}, "title": {"$startsWith": "A"}}'
YAML = b"# comment\nyear: {$gt: 1999, $lt: 2000}\ntitle:\n  $startsWith: A\n"
FORMATS = {
    "q.json": JSON,
    "mark.json": b"\xef\xbb\xbf" + JSON,
    "lines.JSON": JSON.replace(b", ", b",\r\n"),
    "line.ndjson": JSON + b"\n",
    "without-a-suffix": JSON,
    "q.yaml": YAML,
    "q.YML": YAML,
    "mark.yml": b"\xef\xbb\xbf" + YAML,
    "lines.yaml": YAML.replace(b"\n", b"\r\n"),
    "alias.yaml": b"---\nyear: &a {$gt: 1999, $lt: 2000}\ntitle: {$startsWith: A}\n...\n",
    "flow.yaml": JSON,
    "-": JSON,
    "an argument": JSON,
}
RECORD = '{"year": 1999, "title": "A"}'
COMMANDS = {
    "check": ("check", "Q", *SCHEMA),
    "check, strict": ("check", "Q", *SCHEMA, "--strict"),
    "check as json": ("check", "Q", "--output-format", "json"),
    "check as sarif": ("check", "Q", "--output-format", "sarif"),
    "check for github": ("check", "Q", "--output-format", "github"),
    "fmt": ("fmt", "Q", "--check"),
    "compile to sql": ("compile", "Q", *SCHEMA, "--to", "sql", "--dialect", "postgres"),
    "compile to mongo": ("compile", "Q", *SCHEMA, "--to", "mongo"),
    "compile to python": ("compile", "Q", *SCHEMA, "--to", "python"),
    "explain": ("explain", "Q", *SCHEMA, "--output-format", "json"),
    "explain in words": ("explain", "Q", *SCHEMA),
    "explain without a schema": ("explain", "Q", "--output-format", "json"),
    "explain a record": ("explain", "Q", "--record", RECORD, "--output-format", "json"),
    "filter": ("filter", "Q", "films.ndjson", *SCHEMA),
}
NAMES_THE_FILE = ("check", "fmt")


def arguments(command: str, folder: Path, name: str) -> tuple[str, ...]:
    """The arguments of a command on a query in a format."""
    given = {"-": "-", "an argument": JSON.decode()}.get(name, str(folder / name))
    return tuple(given if word == "Q" else word for word in COMMANDS[command])


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_every_format(tmp_path: Path, command: str) -> None:
    """What is printed is that of JSON, apart from the file's name and places in it."""
    expected = run(*arguments(command, tmp_path, "-"), data=JSON)
    for name, text in FORMATS.items():
        if name not in ("-", "an argument"):
            (tmp_path / name).write_bytes(text)
        elif name == "an argument" and command.startswith(NAMES_THE_FILE):
            continue
        outcome = run(*arguments(command, tmp_path, name), data=JSON)
        assert outcome.code == expected.code or command == "fmt", (name, outcome.err)
        assert outcome.code in (0, 1)
        if not command.startswith(NAMES_THE_FILE) and command != "explain in words":
            assert outcome.out == expected.out, name


def test_findings_have_their_places_in_yaml(tmp_path: Path) -> None:
    """Each finding of an explanation is at the line and column of the YAML text."""
    (tmp_path / "q.yaml").write_bytes(YAML)
    said = run("explain", str(tmp_path / "q.yaml"), *SCHEMA).text
    assert "- 2:1: Never true" in said
    assert "2:8: year is more than 1999" in said
    assert "2:19: year is less than 2000" in said


BROKEN = {"q.json": b'{"year": }', "q.yaml": b"year: [", "q.toml": b"year = 1999\n", "q.ndjson": JSON + b"\n" + JSON}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_refuses_what_is_no_query(tmp_path: Path, command: str, name: str) -> None:
    """The file, a line and a column, and no traceback; nothing is printed as if it were an answer."""
    (tmp_path / name).write_bytes(BROKEN[name])
    outcome = run(*arguments(command, tmp_path, name))
    assert outcome.code == 1
    said = outcome.text + outcome.err
    assert "invalid_json" in said or "invalid_yaml" in said
    if " as " not in command and " for github" not in command:
        assert re.search(rf"{re.escape(name)}:[12]:[0-9]+: ", said)
