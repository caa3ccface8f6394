"""Names of files are printed in one way: what cannot be seen or encoded is an escape, as in pointers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.running import run

NAMES = {
    "not UTF-8": b"a\xff",
    "half a character": b"a\xe2\x82",
    "ESC": b"a\x1b[31m\x1b]0;title\x07",
    "right to left": "a\u202eb".encode(),
    "line feed": b"a\n::set-output name=x::y",
    "carriage return": b"a\r::error::x",
    "U+2028": "a\u2028b".encode(),
    "U+0085": "a\u0085b".encode(),
    "%": b"a%0A%s{0}",
}
FORBIDDEN = ["\x1b", "\x07", "\r", "\u202e", "\u2028", "\u2029", "\u0085"]
COMMANDS = {
    "check": ["check", "QUERY", "--schema", "S"],
    "check --output-format json": ["check", "QUERY", "--schema", "S", "--output-format", "json"],
    "check --output-format github": ["check", "QUERY", "--schema", "S", "--output-format", "github"],
    "check --output-format sarif": ["check", "QUERY", "--schema", "S", "--output-format", "sarif"],
    "check of a schema": ["check", "Q", "--schema", "QUERY"],
    "check of a folder": ["check", "FOLDER", "--schema", "S"],
    "check --stdin-filename": ["check", "-", "--stdin-filename", "QUERY", "--schema", "S"],
    "fmt": ["fmt", "QUERY"],
    "fmt --check": ["fmt", "QUERY", "--check"],
    "fmt --diff": ["fmt", "QUERY", "--diff"],
    "fmt of no JSON": ["fmt", "BROKEN"],
    "compile": ["compile", "QUERY", "--schema", "S", "--to", "python"],
    "explain": ["explain", "QUERY", "--schema", "S"],
    "explain --record of columns": ["explain", '{"a": 1}', "--record", "COLUMNS", "--line", "1"],
    "explain --stdin-filename": ["explain", "-", "--stdin-filename", "QUERY", "--schema", "S"],
    "filter by it": ["filter", "QUERY", "D", "--schema", "S"],
    "filter of it": ["filter", "Q", "DATA", "--schema", "S"],
    "filter of columns": ["filter", "Q", "COLUMNS", "--schema", "S"],
    "filter into a missing folder": ["filter", "Q", "D", "--output", "NOWHERE"],
    "filter of another entity": [
        "filter",
        '{"r.id":1}',
        "D",
        "--schema",
        "ENTITY",
        "--entity",
        "t=ENTITY",
        "--entity-data",
        "t=COLUMNS",
    ],
    "filter with a note": ["filter", '{"a": 1}', "CELLS"],
    "explain with a record in a file without a line": ["explain", "{}", "--record", "CELLS"],
    "explain with a record that is not there": ["explain", "{}", "--record", "CELLS", "--line", "99"],
    "an unknown encoding": ["filter", "Q", "CELLS", "--encoding", "MISSING"],
    "schema --from": ["schema", "--from", "DATA"],
    "schema --from with a note": ["schema", "--from", "CELLS"],
    "schema into a missing folder": ["schema", "S", "--output", "NOWHERE"],
    "init": ["init", "NEW"],
    "init --from": ["init", "NEW", "--from", "CELLS"],
    "a missing query": ["explain", "MISSING"],
    "a missing folder of queries": ["check", "MISSING*"],
    "missing data": ["filter", "Q", "MISSING"],
    "data of an unknown format": ["filter", "Q", "UNKNOWN"],
    "an unknown command": ["MISSING"],
    "an unknown option": ["check", "--MISSING"],
}

CELLS = b"a,b\n01,2\n02,3\n" + b"9" * 40 + b",4\n"
"""Cells of which a note says that they stay text."""
ENTITY = {
    "name": "t",
    "systemProperties": False,
    "fields": [
        {"name": "id", "type": "integer", "unique": True, "nullable": False},
        {"name": "r", "type": "objectRef", "objectEntityType": "t"},
    ],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_name_is_printed_in_one_line_that_steers_nothing(tmp_path: Path, command: str) -> None:
    """Every command, with every format of a report: no traceback, no control characters, no line of the name's own."""
    for name in NAMES.values():
        _check(tmp_path, command, name)


def _check(tmp_path: Path, command: str, name: bytes) -> None:
    folder = os.fsencode(tmp_path) + b"/" + name
    os.mkdir(folder)
    files = {
        "QUERY": b".json",
        "BROKEN": b"2.json",
        "DATA": b".ndjson",
        "COLUMNS": b".parquet",
        "UNKNOWN": b".unknown",
        "MISSING": b".gone",
        "NOWHERE": b".gone/a.json",
        "NEW": b".new",
        "CELLS": b".csv",
        "ENTITY": b".schema.json",
    }
    paths = {key: os.path.relpath(folder) + b"/" + name + suffix for key, suffix in files.items()}
    contents = {"QUERY": b'{"yaer" :1}', "BROKEN": b"{", "DATA": b"{\n", "COLUMNS": b"PAR1", "UNKNOWN": b"{}",
                "CELLS": CELLS, "ENTITY": json.dumps(ENTITY).encode()}  # fmt: skip
    for key, content in contents.items():
        with open(paths[key], "wb") as file:
            file.write(content)
    paths |= {"FOLDER": os.path.relpath(folder), "S": b"films.schema.json", "Q": b"queries/leading-the.json",
              "D": b"films.ndjson"}  # fmt: skip
    done = run(*(os.fsdecode(_filled(word, paths)) for word in COMMANDS[command]), data=b"{")
    said = done.text + done.err
    assert done.code in (0, 1, 2)
    assert [sign for sign in FORBIDDEN if sign in said] == []
    assert said.encode("utf-8")  # which a lone surrogate cannot be
    assert not any(line.startswith("::set-output") for line in said.split("\n"))


def _filled(word: str, paths: dict[str, bytes]) -> bytes:
    found = word.encode()
    for key, path in paths.items():
        if word.strip("-*").removeprefix("t=") == key:
            found = found.replace(key.encode(), path)
    return found


def test_reports_for_programs_name_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """JSON and workflow commands have the name as it is printed, and SARIF its bytes."""
    monkeypatch.chdir(tmp_path)
    with open(b"a\xff\x1b.json", "wb") as file:
        file.write(b"{")
    said = {
        kind: run("check", "a\udcff\x1b.json", "--output-format", kind).text for kind in ("json", "sarif", "github")
    }
    [found] = json.loads(said["json"])
    assert found["file"] == "a\\udcff\\u001b.json"
    log = json.loads(said["sarif"])
    assert log["runs"][0]["artifacts"][0]["location"]["uri"] == "a%FF%1B.json"
    assert said["github"].startswith("::error file=a\\udcff\\u001b.json,")


@pytest.mark.parametrize("name", ["a\udcff", "\udce2\udc82"])
def test_a_schema_named_after_such_a_file_or_argument(tmp_path: Path, name: str) -> None:
    """A name that is not UTF-8 was a traceback, also where nobody sees the name of the schema."""
    path = str(tmp_path / f"{name}.csv")
    with open(path, "wb") as file:
        file.write(CELLS)
    escaped = "".join(f"\\u{ord(sign):04x}" if sign > "\ud7ff" else sign for sign in name)
    for arguments in (["schema", "--from", path], ["schema", "--from", path, "--name", name]):
        done = run(*arguments)
        assert (done.code, json.loads(done.text)["name"].encode("ascii").decode()) == (0, escaped)
    assert run("filter", '{"a": "02"}', path, "--count").text == "1\n"


def test_a_file_with_such_a_name_is_written(tmp_path: Path) -> None:
    """The escapes are for display: the file itself is formatted and no other one is made."""
    path = os.fsencode(tmp_path) + b"/a\xff\n.json"
    with open(path, "wb") as file:
        file.write(b'{"a" :1}')
    assert run("fmt", os.fsdecode(path)).code == 0
    with open(path, "rb") as file:
        assert file.read() == b'{"a": 1}\n'
    assert len(os.listdir(tmp_path)) == 1


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\u0085", "\x0c", "\x1c", "\x0b"])
@pytest.mark.parametrize(
    ("name", "text"), [("a.json", '{"a" :1,\n"b": "x%sy",\n"c":"z%s"}\n'), ("a.yaml", '# x%sy\na:   "1"\n# z%s\n')]
)
def test_patch_takes_a_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, sign: str
) -> None:
    """Lines of a difference end at line feeds alone, whatever else Python takes for the end of a line."""
    patch = shutil.which("patch")
    if patch is None:
        pytest.skip("patch is not installed: apt-get install patch")
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(text.replace("%s", sign).encode())
    difference = run("fmt", "--diff", name)
    if difference.out:
        done = subprocess.run([patch, name], input=difference.out, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stdout
        assert run("fmt", "--check", name).code == 0
    else:  # JSON and YAML allow some of them nowhere
        assert "invalid_" in difference.err
