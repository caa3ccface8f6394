"""What the README shows is what happens."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import Any

import pytest

import criteria
from criteria.conformance import schemas
from criteria.conformance.suite_files import cases, reference_cases
from tests.engines import ENGINES, FURTHER
from tests.engines.readme import LINES, executed, missing_tests, table
from tests.frames.kinds import FRAMES
from tests.servers.versions import VERSIONS
from tests.site.pages import ROOT, blocks, commands, failed_sessions, read

README = read("README.md")


def test_every_block_is_of_a_kind_that_is_tested() -> None:
    """There is no fence but those of the blocks that the tests of this file take out."""
    kinds = ("sh", "pycon", "console")
    assert {kind: len(blocks(README, kind)) > 0 for kind in kinds} == dict.fromkeys(kinds, True)
    fences = re.findall(r"^\s*(?:>\s*)*(?:`{3,}|~{3,}).*", README, re.MULTILINE)
    assert len(fences) == 2 * sum(len(blocks(README, kind)) for kind in kinds)


def test_python_examples_do_what_they_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """The interactive examples, run one after the other, print what is shown below them."""
    monkeypatch.chdir(ROOT)
    attempted, report = failed_sessions("README.md")
    assert attempted > 10
    assert report == []


@pytest.mark.parametrize(("arguments", "printed"), commands("README.md"))
def test_console_examples_print_what_they_show(arguments: list[str], printed: str) -> None:
    """Each command, run in the project's folder, prints what is shown below it on standard output."""
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


def test_tables_of_the_language_show_criteria() -> None:
    """Every object that stands as code outside the blocks is JSON, and criteria unless it shows something else."""
    prose = re.sub(r"^```\w+\n.*?^```$", "", README, flags=re.MULTILINE | re.DOTALL)
    shown = re.findall(r"`(\{\"\w+\": [^`]*\})`", prose)
    others = ("[...]", "{...}", "value", "apiStatusCode", "locale")
    of_the_language = [text for text in shown if not any(other in text for other in others)]
    assert len(of_the_language) > 7
    for text in of_the_language:
        criteria.parse(text)


@pytest.mark.skipif(not shutil.which("bash") or not shutil.which("awk"), reason="the script needs bash and awk")
@pytest.mark.parametrize("number", range(1, len(blocks(README, "sh")) + 1))
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
    assert taken.stdout == blocks(README, "sh")[number - 1]


def test_the_engines_table_is_what_the_generator_prints() -> None:
    """The table has the versions that were executed: `python -m tests.engines.readme` prints it."""
    assert "\n".join(table()) in README


def test_the_lowest_versions_were_executed() -> None:
    """Each version that the table calls the lowest is the one of a run, or the line of releases of one."""
    recorded = {**executed()["engines"], **executed()["lowest"]}
    lines = [line for line in LINES if line.since]
    assert len(lines) >= 5
    for line in lines:
        for name in line.engines:
            assert f"{recorded[name]['version']}.".startswith(f"{line.since}."), name


def test_a_report_of_a_part_of_the_kit_is_not_recorded() -> None:
    """The versions in the table are those of whole runs: each check with each of its tests."""
    ran = {"passed": len(schemas.ALL), "skipped": 0}
    whole = {
        **dict.fromkeys(("generated_searches", "laws", "complements", "pages", "large_table"), ran),
        "suite_case": {"passed": len(list(cases(refused=False))) - 7, "skipped": 7},
        "references": {"passed": 0, "skipped": len(list(reference_cases()))},
        "unsupported_is_refused": {"passed": 1, "skipped": 0},
    }
    assert missing_tests("sqlite", whole) == {}
    assert missing_tests("sqlite", {**whole, "unsupported_is_refused": {"passed": 0, "skipped": 0}}) != {}
    assert list(missing_tests("sqlite", {name: one for name, one in whole.items() if name != "laws"})) == ["laws"]


def test_commands_of_the_engines_table_exist() -> None:
    """The paths and engines of the commands are there, and so are the sessions of nox."""
    noxfile = read("noxfile.py")
    for line in LINES:
        assert {*line.engines} <= {*ENGINES, *FURTHER, *FRAMES}
        for path in (line.proof or "tests/conformance").split():
            assert path.startswith("--engines=") or (ROOT / path).exists()
        for session in re.findall(r"[\w.]+-[\w.]+", line.lowest + line.other):
            assert f'"{session}"' in noxfile
    assert tuple(VERSIONS) == tuple(re.findall(r'"([^"]+)"', re.findall(r"^VERSIONS = .*$", noxfile, re.MULTILINE)[0]))


def test_every_dialect_is_in_the_engines_table() -> None:
    """The README names each SQL dialect, and no other."""
    from criteria.backends.sql.dialects import DIALECTS

    [table] = re.findall(r"^\| engine \|.*?\n\n", README, re.MULTILINE | re.DOTALL)
    named: Any = set(re.findall(r'"(\w+)"', table)) - {"python", "mongo", "qdrant", "lancedb", "locale", "simple"}
    assert named == set(DIALECTS)
