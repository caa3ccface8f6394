"""Which files `criteria check` is about: files, folders, patterns and what a configuration names."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.running import EXAMPLES, Outcome, run

WRONG = '{"title": {"$gtt": 1}}'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the films' schema and of the files that a test puts there; it is the current one."""
    shutil.copy(EXAMPLES / "films.schema.json", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(folder: Path, *names: str, text: str = WRONG) -> None:
    """Files of one text."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def found(outcome: Outcome) -> list[str]:
    """The files that problems were found in: of wrong files, those that were checked."""
    assert outcome.code == 1, outcome.err
    names = [line.split(":")[0] for line in outcome.text.splitlines() if ": unknown_" in line]
    assert (
        outcome.err
        == f"{len(names)} file{'s' * (len(names) > 1)} checked, {len(names)} problem{'s' * (len(names) > 1)}\n"
    )
    return names


def test_a_folder_is_searched(project: Path) -> None:
    """JSON and YAML files are found in a folder and below it, in order; hidden ones, schemas and others are not."""
    put(project, "q/b.json", "q/a.yaml", "q/deep/er/c.yml", "q/D.JSON")
    put(project, "q/notes.txt", "q/film.schema.json", "q/.hidden.json", "q/.git/x.json", "q/node_modules/x.json")
    put(project, "other/x.json")
    expected = ["q/D.JSON", "q/a.yaml", "q/b.json", "q/deep/er/c.yml"]
    assert found(run("check", "q")) == expected
    assert found(run("check", "./q/")) == expected
    assert found(run("check", str(project / "q"))) == [str(project / name) for name in expected]


def test_the_current_folder_is_searched_without_its_schema(project: Path) -> None:
    """Paths in the current folder have no ./ before them, and the schema that is used is no query."""
    put(project, "a.json", "b/c.json")
    shutil.copy("films.schema.json", "films.json")
    assert found(run("check", ".", "--schema", "films.json")) == ["a.json", "b/c.json"]


def test_a_hidden_folder_that_is_named_is_searched(project: Path) -> None:
    """Hidden files and folders are left out of searches only: what is named is checked."""
    put(project, ".q/a.json", ".b.json")
    assert found(run("check", ".q", ".b.json")) == [".q/a.json", ".b.json"]


def test_a_pattern_is_expanded(project: Path) -> None:
    """A pattern that no shell expanded finds the files that it says, ** in any folders; a file is checked once."""
    put(project, "q/a.json", "q/b/c.json", "q/b/d.yaml", "q/b/.e.json")
    assert found(run("check", "q/**/*.json")) == ["q/a.json", "q/b/c.json"]
    assert found(run("check", "q/b/*.json", "q/b/c.json", "q")) == ["q/b/c.json", "q/a.json", "q/b/d.yaml"]
    put(project, "q/[x].json")
    assert found(run("check", "q/[x].json")) == ["q/[x].json"]


@pytest.mark.parametrize("path", ["q/*.yaml", "empty", "nosuch", "nosuch/a.json"])
def test_what_finds_nothing_is_a_usage_error(project: Path, path: str) -> None:
    """A pattern without a match, a folder without a query and a missing file are exit code 2: nothing is checked."""
    put(project, "q/a.json", text="{}")
    (project / "empty").mkdir()
    outcome = run("check", "q/a.json", path)
    assert (outcome.code, outcome.out) == (2, b"")
    assert f"{path}: " in outcome.err
    assert "checked" not in outcome.err


def test_without_arguments_and_configuration(project: Path) -> None:
    """Without arguments nothing is guessed at: a configuration has to say what queries are."""
    put(project, "a.json")
    outcome = run("check")
    assert (outcome.code, outcome.out) == (2, b"")
    assert "Name files or folders" in outcome.err


def test_a_configuration_names_the_query_files(project: Path) -> None:
    """With a configuration only the files that it names are found in folders, whatever they end with."""
    put(project, "q/a.json", "q/b.query", "q/deep/c.json", "x.json")
    config = '[[files]]\ninclude = ["q/*.json", "q/*.query"]\nschema = "films.schema.json"\n'
    put(project, "criteria.toml", text=config)
    assert found(run("check")) == ["q/a.json", "q/b.query"]
    assert found(run("check", ".")) == ["q/a.json", "q/b.query"]
    assert found(run("check", "x.json")) == ["x.json"]


def test_the_first_rule_that_names_a_file_counts(project: Path) -> None:
    """A file has the schema and the strictness of the first rule that names it and does not exclude it."""
    put(project, "q/a.json", "q/new/b.json", "q/old/c.json", text='{"yaer": 1, "title": "x"}')
    config = """
        [[tool.criteria.files]]
        include = ["q/**/*.json"]
        exclude = ["q/old"]
        schema = "films.schema.json"
        strict = true
        [[tool.criteria.files]]
        include = ["q/*/c.json"]
        schema = "films.schema.json"
    """
    put(project, "pyproject.toml", text=config)
    outcome = run("check")
    assert [line.split(": ")[:2] for line in outcome.text.splitlines() if line.startswith("q/")] == [
        ["q/a.json:1:2", "unknown_field"],
        ["q/a.json:1:13", "not_strict"],
        ["q/new/b.json:1:2", "unknown_field"],
        ["q/new/b.json:1:13", "not_strict"],
        ["q/old/c.json:1:2", "unknown_field"],
    ]


def test_the_nearest_configuration_counts(project: Path) -> None:
    """A file's configuration is in its folder or the nearest above; a pyproject.toml without a table is passed over."""
    put(project, "criteria.toml", text='[[files]]\ninclude = ["**/*.json"]\n')
    put(project, "inner/pyproject.toml", text='[project]\nname = "x"\n')
    put(project, "inner/most/criteria.toml", text='[[files]]\ninclude = ["*.yaml"]\n')
    put(project, "inner/a.json", "inner/most/b.json", "inner/most/c.yaml")
    assert found(run("check", "inner")) == ["inner/a.json", "inner/most/c.yaml"]


def test_paths_are_relative_to_the_configuration(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Patterns and schemas are looked for from the configuration's folder, wherever the program runs."""
    put(project, "criteria.toml", text='[[files]]\ninclude = ["q/*/*.json"]\nschema = "films.schema.json"\n')
    put(project, "q/r/a.json", text='{"yaer": 1}')
    monkeypatch.chdir(project / "q")
    assert found(run("check")) == ["r/a.json"]
    monkeypatch.chdir(project / "q" / "r")
    assert found(run("check", "a.json")) == ["a.json"]


def test_excluded_files_are_checked_when_they_are_named(project: Path) -> None:
    """What a configuration excludes no search finds; named it is checked, unless --force-exclude says otherwise."""
    put(project, "criteria.toml", text='exclude = ["old", "q/*.bak.json"]\n')
    put(project, "old/deep/a.json", "q/b.bak.json", "q/c.json")
    assert found(run("check", ".")) == ["q/c.json"]
    assert found(run("check", "old/deep/a.json", "q/c.json")) == ["old/deep/a.json", "q/c.json"]
    assert found(run("check", "old/deep/a.json", "q/b.bak.json", "q/c.json", "--force-exclude")) == ["q/c.json"]
    assert run("check", "old/deep/a.json", "--force-exclude").err == "no files checked, no problems\n"
    put(project, "criteria.toml", text='[[files]]\ninclude = ["q/*.json"]\n')
    assert found(run("check", "old/deep/a.json", "q/c.json", "--force-exclude")) == ["q/c.json"]


def test_a_schema_on_the_command_line_counts_for_all(project: Path) -> None:
    """--schema overrides the schemas of the configuration."""
    put(project, "one.schema.json", text='{"name": "one", "fields": [{"name": "yaer", "fieldType": "integer"}]}')
    put(project, "criteria.toml", text='[[files]]\ninclude = ["*.json"]\nschema = "one.schema.json"\n')
    put(project, "a.json", text='{"yaer": 1}')
    assert run("check", "a.json").code == 0
    assert found(run("check", "a.json", "--schema", "films.schema.json")) == ["a.json"]


def test_standard_input_has_a_name(project: Path) -> None:
    """--stdin-filename tells the format of standard input, and its place in the configuration."""
    put(project, "criteria.toml", text='[[files]]\ninclude = ["q/*.yaml"]\nschema = "films.schema.json"\n')
    outcome = run("check", "-", "--stdin-filename", "q/a.yaml", data=b"# c\nyaer: 1\n")
    assert outcome.text.startswith("q/a.yaml:2:1: unknown_field: ")
    assert run("check", "-", data=b"yaer: 1\n").text.startswith("<stdin>:1:1: invalid_json: ")
    wrong = run("check", "q", "--stdin-filename", "a.json")
    assert (wrong.code, "--stdin-filename" in wrong.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["explain", "-"], "year is more than 2012"),
        (["compile", "-", "--to", "sql", "--dialect", "sqlite"], "[2012]"),
        (["filter", "-", "films.ndjson", "--count"], "0"),
    ],
)
def test_commands_of_one_query_take_yaml_from_standard_input(project: Path, arguments: list[str], printed: str) -> None:
    """--stdin-filename tells its format there, too, and is refused where the query is no standard input."""
    put(project, "films.ndjson", text='{"year": 2000}\n')
    outcome = run(*arguments, "--stdin-filename", "a.yaml", data=b"# later\nyear: {$gt: 2012}\n")
    assert (outcome.code, printed in outcome.text) == (0, True)
    wrong = run(*arguments, "--stdin-filename", "a.yaml", data=b"# later\nyear: [\n")
    assert (wrong.code, wrong.err.startswith("a.yaml:")) == (1, True)
    arguments[1] = "{}"
    refused = run(*arguments, "--stdin-filename", "a.yaml")
    assert (refused.code, "write - in place of the query" in refused.err) == (2, True)


def test_yaml_files_are_checked_like_json_files(project: Path) -> None:
    """A problem in a YAML file is shown with its line, a caret and the hint."""
    put(project, "a.yaml", text="AND:\n  - title: Skyfall\n  - yaer: 2012  # sic\n")
    outcome = run("check", "a.yaml", "--schema", "films.schema.json")
    assert outcome.text.splitlines() == [
        'a.yaml:3:5: unknown_field: There is no field "yaer" in "film".',
        "      - yaer: 2012  # sic",
        "        ^^^^",
        '  Did you mean "year"?',
    ]


def test_other_commands_read_yaml_queries_too(project: Path) -> None:
    """A query file in YAML is filtered by and compiled like one in JSON."""
    put(project, "old.yaml", text="year: {$lt: 1950}\ngenres: Western\n")
    data = str(EXAMPLES / "films.ndjson")
    assert run("filter", "old.yaml", data, "--schema", "films.schema.json", "--count").text == "1\n"
    assert run("compile", "old.yaml", "--to", "mongo").code == 0


def test_files_that_editors_of_windows_and_of_configurations_write(tmp_path: Path) -> None:
    """UTF-16, UTF-32 and comments are told with what to do."""
    wide, noted = tmp_path / "wide.json", tmp_path / "noted.json"
    noted.write_text('{"status": "open" // the usual\n}')
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"):
        wide.write_bytes(('{"status": "open"}' if encoding[-3] != "-" else '\ufeff{"status": "open"}').encode(encoding))
        hint = f"It looks like {encoding[:6].upper()}: save it as UTF-8."
        for command in ("check", "fmt"):
            assert hint in run(command, str(wide)).err + run(command, str(wide)).text
    checked = run("check", str(noted))
    told = "JSON has no comments. Delete it, or write the query in YAML, in a file that ends with .yaml."
    assert told in checked.text + checked.err


def test_the_patterns_that_matched_nothing_are_named(tmp_path: Path) -> None:
    """A folder may have query files under other names than the configuration says."""
    (tmp_path / "query.json").write_text("{}")
    (tmp_path / "criteria.toml").write_text('[[files]]\ninclude = ["saved/*.json"]\n')
    outcome = run("check", str(tmp_path))
    assert outcome.code == 2
    assert 'names: "saved/*.json".' in " ".join(outcome.err.split())


def test_a_schema_with_two_mistakes_in_a_field_is_told_both(tmp_path: Path) -> None:
    field = {"name": "a", "fieldType": "strnig", "nulable": True}
    schema = tmp_path / "t.schema.json"
    schema.write_text(json.dumps({"name": "t", "fields": [field]}))
    outcome = run("check", "-", "--schema", str(schema), data=b"{}")
    assert outcome.code == 2
    assert 'Unknown key "nulable".' in outcome.err
    assert '"strnig" is not a field type.' in outcome.err
