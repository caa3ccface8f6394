"""The hooks for pre-commit: what the definition says, and that its commands run as they are written there."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.cli.running import EXAMPLES, program

HOOKS: list[dict[str, Any]] = YAML(typ="safe", pure=True).load(
    (Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
)


OF_FILES = [hook for hook in HOOKS if hook.get("pass_filenames", True)]
[OF_SCHEMAS] = [hook for hook in HOOKS if hook not in OF_FILES]
PAGE = (Path(__file__).parents[2] / "docs" / "query-files.md").read_text(encoding="utf-8")


def test_what_the_hooks_are() -> None:
    """Each hook has what pre-commit asks for, and brings the packages of the command line with it."""
    assert [hook["id"] for hook in HOOKS] == ["criteria-check", "criteria-check-all", "criteria-fmt"]
    for hook in HOOKS:
        assert {"name", "description", "entry"} <= set(hook)
        assert (hook["language"], hook["additional_dependencies"]) == ("python", [".[cli]"])
    assert all(hook["types_or"] == ["json", "yaml"] for hook in OF_FILES)


def test_a_change_of_a_schema_checks_all_queries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commit may touch no query."""
    for name, runs in (("a/film.schema.json", 1), ("criteria.toml", 1), ("a/criteria.toml", 1), ("a/film.json", 0)):
        assert bool(re.search(OF_SCHEMAS["files"], name)) == bool(runs)
    shutil.copy(EXAMPLES / "criteria.toml", tmp_path)
    shutil.copytree(EXAMPLES / "queries", tmp_path / "queries")
    (tmp_path / "package.json").write_text('{"name": ["not", "a query"]}')
    monkeypatch.chdir(tmp_path)
    schema = json.loads((EXAMPLES / "films.schema.json").read_text(encoding="utf-8"))
    command, *arguments = shlex.split(OF_SCHEMAS["entry"])
    for fields, code in ((schema["fields"], 0), ([one for one in schema["fields"] if one["name"] != "rated"], 1)):
        (tmp_path / "films.schema.json").write_text(json.dumps({**schema, "fields": fields}))
        assert (command, program(*arguments).code) == ("criteria", code)


def test_the_hooks_of_the_page() -> None:
    """The page names all hooks, those of one's own run the same commands, and the workflow's commands exist."""
    ours, local, workflow = (YAML(typ="safe", pure=True).load(block) for block in _blocks("yaml"))
    assert [one["id"] for one in ours["repos"][0]["hooks"]] == [hook["id"] for hook in HOOKS]
    entries = {hook["id"]: hook["entry"] for hook in HOOKS}
    for one in local["repos"][0]["hooks"]:
        assert (one["entry"], one["types_or"]) == (entries[one["id"]], ["json", "yaml"])
    runs = [step["run"] for step in workflow["jobs"]["queries"]["steps"] if step.get("run", "").startswith("criteria")]
    for line in [*runs, *_blocks("sh")[0].splitlines()]:
        command, *arguments = shlex.split(line.partition(">")[0])
        found = program(*[str(EXAMPLES) if one == "." else one for one in arguments])
        assert (command, found.code) == ("criteria", 0), found.err


def _blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("hook", OF_FILES, ids=lambda hook: hook["id"])
def test_the_commands_of_the_hooks(hook: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Called with all JSON files of a commit, a hook is about those that the configuration names, and no others."""
    for name in ("criteria.toml", "films.schema.json"):
        shutil.copy(EXAMPLES / name, tmp_path)
    shutil.copytree(EXAMPLES / "queries", tmp_path / "queries")
    (tmp_path / "package.json").write_text('{"name": ["not", "a query"]}')
    monkeypatch.chdir(tmp_path)
    command, *arguments = shlex.split(hook["entry"])
    files = [str(path.relative_to(tmp_path)) for path in sorted(tmp_path.rglob("*.json"))]
    assert command == "criteria"
    sound = program(*arguments, *files)
    assert (sound.code, sound.err[:7]) == (0, "8 files")
    (tmp_path / "queries" / "leading-the.json").write_text('{"yaer":1}')
    wrong = program(*arguments, *files)
    if hook["id"] == "criteria-check":
        assert (wrong.code, wrong.text.splitlines()[0][:28]) == (1, "queries/leading-the.json:1:2")
    else:
        assert (wrong.code, wrong.text) == (0, "queries/leading-the.json\n")
    assert (tmp_path / "package.json").read_text() == '{"name": ["not", "a query"]}'
