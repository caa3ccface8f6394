"""What the README shows is what happens."""

from __future__ import annotations

import doctest
import json
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

import criteria
from criteria import Schema
from criteria.backends import ENTRY_POINTS, Backend

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    """The fenced blocks of a kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_every_block_is_of_a_kind_that_is_tested() -> None:
    """There is no fence but those of the blocks that the tests of this file take out."""
    kinds = ("sh", "pycon", "console", "json", "python", "toml")
    assert {kind: len(blocks(kind)) > 0 for kind in kinds} == dict.fromkeys(kinds, True)
    fences = re.findall(r"^\s*(?:>\s*)*(?:`{3,}|~{3,}).*", README, re.MULTILINE)
    assert len(fences) == 2 * sum(len(blocks(kind)) for kind in kinds)


def test_python_examples_do_what_they_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """The interactive examples, run one after the other, print what is shown below them."""
    monkeypatch.chdir(ROOT)
    test = doctest.DocTestParser().get_doctest("\n".join(blocks("pycon")), {}, "README", "README.md", 0)
    report: list[str] = []
    runner = doctest.DocTestRunner()
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", ResourceWarning
        )  # the examples leave a file and a connection to the interpreter
        runner.run(test, out=report.append)
    assert runner.summarize(verbose=False).attempted > 15
    assert report == []


def commands() -> list[tuple[str, str]]:
    """The commands of the console examples, with what each prints."""
    found = []
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, printed = part.partition("\n")
            found.append((command, printed))
    return found


@pytest.mark.parametrize(("command", "printed"), commands())
def test_console_examples_print_what_they_show(command: str, printed: str) -> None:
    """Each command, run in the project's folder, prints what is shown below it on standard output."""
    program, *arguments = shlex.split(command)
    assert program == "criteria"
    run = subprocess.run(
        [sys.executable, "-c", "from criteria.cli import main; main()", *arguments],
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert run.stdout == printed, run.stderr


def test_python_blocks_define_a_backend(tmp_path: Path) -> None:
    """The modules run, and what the last one offers is a backend."""
    module: dict[str, Any] = {}
    for number, block in enumerate(blocks("python")):
        path = tmp_path / f"block_{number}.py"
        path.write_text(block, encoding="utf-8")
        module = runpy.run_path(str(path), module)
    backend = module["BACKEND"]
    assert isinstance(backend, Backend)
    assert callable(backend.compile_query)
    assert callable(backend.compile_search)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 has no tomllib")
def test_toml_block_offers_the_backend_of_the_python_block() -> None:
    """The entry point is in the group that is searched, under the name of the example, and names what it defines."""
    import tomllib

    [block] = blocks("toml")
    [(group, offered)] = tomllib.loads(block)["project"]["entry-points"].items()
    assert group == ENTRY_POINTS
    [(name, target)] = offered.items()
    assert f'criteria.compile(query, "{name}")' in README
    assert target == "my_package:BACKEND"
    assert "\nBACKEND = " in blocks("python")[-1]


def test_json_blocks_are_schemas() -> None:
    """Each JSON block is a schema file, with the fields that it names."""
    for block in blocks("json"):
        schema = Schema.from_json(block)
        named = [field["name"] for field in json.loads(block)["fields"]]
        assert set(named) < set(schema.names)


def test_tables_of_the_language_show_criteria() -> None:
    """Every object that stands as code outside the blocks is JSON, and criteria unless it shows something else."""
    prose = re.sub(r"^```\w+\n.*?^```$", "", README, flags=re.MULTILINE | re.DOTALL)
    shown = re.findall(r"`(\{\"\w+\": [^`]*\})`", prose)
    others = ("[...]", "{...}", "value", "apiStatusCode", "locale")
    of_the_language = [text for text in shown if not any(other in text for other in others)]
    assert len(of_the_language) > 10
    for text in of_the_language:
        criteria.parse(text)


def null_rows() -> list[tuple[str, list[bool]]]:
    """The rows of the table of nulls: criteria, and whether they are true of 5, of 7 and of no value."""
    cell = r"\s*\**(true|false)\**\s*"
    rows = re.findall(rf"^\| `(\{{.*?\}})` \|{cell}\|{cell}\|{cell}\|", README, re.MULTILINE)
    return [(text, [answer == "true" for answer in answers]) for text, *answers in rows]


@pytest.mark.parametrize(("text", "answers"), null_rows(), ids=lambda value: value if isinstance(value, str) else "")
def test_table_of_nulls_says_what_happens(text: str, answers: list[bool]) -> None:
    """Criteria are true or false of 5, of 7 and of no value as the table says, whether it is null or missing."""
    schema = Schema("item", [criteria.Field("f", "integer")])
    selects = criteria.compile(criteria.parse(text, schema), "python")
    assert [selects(record) for record in ({"f": 5}, {"f": 7}, {"f": None}, {})] == [*answers, answers[-1]]


def test_table_of_nulls_is_found() -> None:
    """It has a row for each way in which SQL's nulls differ, and for each that does not."""
    [table] = re.findall(r"^\| criteria \| value 5 .*?\n\n", README, re.MULTILINE | re.DOTALL)
    assert len(null_rows()) == table.count("\n| `") > 0


@pytest.mark.skipif(not shutil.which("bash") or not shutil.which("awk"), reason="the script needs bash and awk")
@pytest.mark.parametrize("number", range(1, len(blocks("sh")) + 1))
def test_shell_blocks_are_what_ci_runs(number: int) -> None:
    """The script of CI takes each shell block out of the README as it stands there, and runs it."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert f'on_python_alone "$(readme_command {number})"' in script.splitlines()
    [function] = re.findall(r"^readme_command\(\) \{\n.*?^\}$", script, re.MULTILINE | re.DOTALL)
    taken = subprocess.run(
        ["bash", "-c", f"{function}\nreadme_command {number}"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    assert taken.stdout == blocks("sh")[number - 1]


def test_every_dialect_is_in_the_engines_table() -> None:
    """The README names each SQL dialect, and no other."""
    from criteria.backends.sql.dialects import DIALECTS

    [table] = re.findall(r"^\| engine \|.*?\n\n", README, re.MULTILINE | re.DOTALL)
    named: Any = set(re.findall(r'"(\w+)"', table)) - {"python", "mongo", "qdrant", "lancedb", "locale", "simple"}
    assert named == set(DIALECTS)
