"""The hooks for pre-commit: what the definition says, and that its commands run as they stand there."""

from __future__ import annotations

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


def test_there_are_two_hooks() -> None:
    """Each hook has what pre-commit asks for, and brings the packages of the command line with it."""
    assert [hook["id"] for hook in HOOKS] == ["criteria-check", "criteria-fmt"]
    for hook in HOOKS:
        assert {"name", "description", "entry"} <= set(hook)
        assert (hook["language"], hook["additional_dependencies"]) == ("python", [".[cli]"])
        assert hook["types_or"] == ["json", "yaml"]


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
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
