"""The Tab key: what shells are offered, asked as they ask."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from criteria.cli import completion
from criteria.cli.completion import completion_fault
from tests.cli.running import ENVIRONMENT, PROGRAM, program
from tests.cli.test_program import posix

BASH = shutil.which("bash")
SHELL_ENVIRONMENT = {**ENVIRONMENT, "PATH": f"{Path(PROGRAM).parent}{os.pathsep}{os.environ['PATH']}"}
in_bash = pytest.mark.skipif(BASH is None, reason="needs bash")


def offered(line: str) -> list[str]:
    """What bash is offered for the last word of a line."""
    words = line.split(" ")
    env = {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1), "_CRITERIA_COMPLETE": "bash_complete"}
    outcome = program(env=env)
    assert (outcome.code, outcome.err) == (0, "")
    return [line.removeprefix("plain,") for line in outcome.text.split()]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("criteria ch", ["check"]),
        ("criteria fm", ["fmt"]),
        ("criteria check --output", ["--output-format"]),
        ("criteria check --output-format ", ["text", "json", "github", "sarif"]),
        ("criteria check --output-format s", ["sarif"]),
        ("criteria filter {} --format n", ["ndjson"]),
        ("criteria compile {} --to s", ["sql"]),
        ("criteria compile {} --dialect my", ["mysql", "mysql8"]),
        ("criteria compile {} --paramstyle num", ["numeric", "numeric_dollar"]),
        ("criteria check queries/", ["file,queries/"]),
        ("criteria check --schema films", ["file,films"]),
        ("criteria filter {} --limit 1", []),
    ],
)
@pytest.mark.heavy("starts a program for each case")
def test_what_is_offered(line: str, expected: list[str]) -> None:
    """Commands, options, choices, backends and dialects are offered; where a file is named, the shell completes it."""
    assert offered(line) == expected


WORDS = {"COMP_WORDS": "criteria ch", "COMP_CWORD": "1"}


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, None),
        ({"_CRITERIA_COMPLETE": ""}, None),
        ({"_CRITERIA_COMPLETE": "bash_source"}, None),
        ({"_CRITERIA_COMPLETE": "zsh_complete", **WORDS}, None),
        ({"_CRITERIA_COMPLETE": "fish_complete", "COMP_WORDS": "criteria ch", "COMP_CWORD": "ch"}, None),
        ({"_CRITERIA_COMPLETE": "bash_complete"}, "COMP_WORDS is not. Unset it."),
        ({"_CRITERIA_COMPLETE": "zsh_complete", "COMP_WORDS": "criteria"}, "COMP_CWORD is not. Unset it."),
        ({"_CRITERIA_COMPLETE": "bash_complete", **WORDS, "COMP_CWORD": "x"}, 'a word, not "x".'),
        ({"_CRITERIA_COMPLETE": "bash_complete", **WORDS, "COMP_CWORD": ""}, 'a word, not "".'),
        ({"_CRITERIA_COMPLETE": "fish_complete", **WORDS, "COMP_CWORD": " "}, "nothing but blanks."),
        ({"_CRITERIA_COMPLETE": "1", **WORDS}, 'such as bash_complete, not "1".'),
        ({"_CRITERIA_COMPLETE": "bash", **WORDS}, 'such as bash_complete, not "bash".'),
        ({"_CRITERIA_COMPLETE": "ksh_complete", **WORDS}, 'such as bash_complete, not "ksh_complete".'),
        ({"_CRITERIA_COMPLETE": "bash_nonsense", **WORDS}, 'such as bash_complete, not "bash_nonsense".'),
    ],
)
def test_what_cannot_be_completed(environment: dict[str, str], said: str | None) -> None:
    fault = completion_fault(environment)
    assert fault is None if said is None else fault is not None and fault.endswith(said)


def test_a_shell_that_cannot_be_answered_is_told_in_a_line() -> None:
    """Exit code 2 and one line, also where the variable was left in the environment by mistake."""
    outcome = program("--version", env={"_CRITERIA_COMPLETE": "bash_complete"})
    assert (outcome.code, outcome.text) == (2, "")
    said = "_CRITERIA_COMPLETE is set, which shells set for completion, and COMP_WORDS is not. Unset it."
    assert outcome.err == f"criteria: {said}\n"


@posix
@in_bash
def test_bash_takes_the_script() -> None:
    """The script that --show-completion prints makes bash complete choices, and file names where they belong."""
    script = """
        source <(criteria --show-completion; true)
        complete -p criteria
        COMP_WORDS=(criteria check --output-format s); COMP_CWORD=3
        _criteria_completion criteria; echo "${COMPREPLY[@]}"
    """
    command = [str(BASH), "--norc", "--noprofile", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=SHELL_ENVIRONMENT)
    assert done.stdout.splitlines() == ["complete -o nosort -F _criteria_completion criteria", "sarif"], done.stderr


@posix
@in_bash
def test_the_script_is_installed_once(tmp_path: Path) -> None:
    """--install-completion writes the script, and one line that reads it when bash starts, however often it runs."""
    started = tmp_path / ".bashrc"
    started.write_text("alias ll='ls -l'\n", encoding="utf-8")
    command = [
        str(BASH),
        "--norc",
        "--noprofile",
        "-c",
        "criteria --install-completion; criteria --install-completion; true",
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, env={**SHELL_ENVIRONMENT, "HOME": str(tmp_path)}
    )
    script = tmp_path / ".config" / "criteria" / "completion.bash"
    assert f"bash completion installed in {script}" in done.stdout, done.stderr
    assert started.read_text(encoding="utf-8") == f"alias ll='ls -l'\nsource '{script}'\n"
    assert "_criteria_completion" in script.read_text(encoding="utf-8")


@posix
@in_bash
@pytest.mark.heavy("waits for a terminal")
def test_tab_in_a_terminal() -> None:
    """In a terminal Tab completes a command, a choice and the name of a file."""
    import pty

    ours, theirs = pty.openpty()
    shell = subprocess.Popen(
        [str(BASH), "--norc", "--noprofile", "-i"], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        env={**SHELL_ENVIRONMENT, "PS1": "ready> ", "TERM": "dumb", "HISTFILE": ""},
    )  # fmt: skip
    os.close(theirs)
    try:
        os.write(ours, b"eval \"$(_CRITERIA_COMPLETE=bash_source criteria)\"; echo lo''aded\n")
        _read_until(ours, b"loaded")
        os.write(ours, b"criteria ch\t--output-format sar\tque\tlead\t")
        shown = _read_until(ours, b"queries/leading-the.json")
        assert b"check --output-format sarif queries/" in shown
    finally:
        shell.kill()
        shell.wait()
        os.close(ours)


def _read_until(terminal: int, wanted: bytes) -> bytes:
    """What a terminal shows, until it shows something; at most 30 seconds."""
    shown = b""
    end = time.monotonic() + 30
    while wanted not in shown and time.monotonic() < end:
        if select.select([terminal], [], [], 1)[0]:
            shown += os.read(terminal, 10_000)
    assert wanted in shown, shown
    return shown


@in_bash
def test_the_start_up_file_of_a_shell_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line is added to it, whatever its encoding and its ends of lines are. The shell reads the line, whatever the
    home folder is called."""
    home = tmp_path / "o'home \u00e9"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    started = home / ".bashrc"
    written = b"\n# caf\xe9\r\nalias ll='ls -l'\r\n\n\n"
    started.write_bytes(written)
    for _ in range(2):
        completion._installed("bash", "wanted=found")
    added = started.read_bytes().removeprefix(written)
    assert started.read_bytes() == written + added
    assert added.count(b"\n") == 1
    assert BASH is not None
    done = subprocess.run([BASH, "-c", added + b"echo $wanted"], capture_output=True, check=True)
    assert done.stdout == b"found\n"
