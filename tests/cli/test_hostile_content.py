"""What strangers wrote in queries, schemas and data is printed without control characters, in every format."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import run

HIDDEN = "x\u202e\u2066y\u2028\u2029\u200b\u0085\x7f\U000e0041z"
"""Characters that reverse text, end lines, take no width, or are tags."""

FORBIDDEN = frozenset(HIDDEN) - set("xyz")

COMMANDS = {
    "check": ["check", "BAD", "--schema", "S"],
    "check --output-format json": ["check", "BAD", "--schema", "S", "--output-format", "json"],
    "check --output-format github": ["check", "BAD", "--schema", "S", "--output-format", "github"],
    "check --output-format sarif": ["check", "BAD", "--schema", "S", "--output-format", "sarif"],
    "check of YAML": ["check", "YAML", "--schema", "S", "--output-format", "github"],
    "check of a schema": ["check", "BAD", "--schema", "BAD"],
    "explain": ["explain", "GOOD", "--schema", "S"],
    "explain --output-format json": ["explain", "GOOD", "--schema", "S", "--output-format", "json"],
    "explain --record": ["explain", "GOOD", "--schema", "S", "--record", "RECORD"],
    "compile to SQL": ["compile", "GOOD", "--schema", "S", "--to", "sql", "--dialect", "sqlite"],
    "compile to MongoDB": ["compile", "GOOD", "--schema", "S", "--to", "mongo"],
    "compile to Python": ["compile", "GOOD", "--schema", "S", "--to", "python"],
    "fmt": ["fmt", "GOOD", "--diff"],
    "a table": ["filter", "ALL", "DATA", "--schema", "S", "--to", "table"],
    "a bad record": ["filter", "ALL", "RECORD", "--schema", "S"],
    "schema of data": ["schema", "--from", "NAMES"],
    "JSON Schema": ["schema", "S"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_hidden_characters_of_content_are_escaped(tmp_path: Path, command: str) -> None:
    """They could hide a part of a message, or make a reviewer read another query than the one that runs."""
    field = {"name": "name", "fieldType": "string", "description": HIDDEN}
    record = {"id": 1, "name": HIDDEN}
    files = {
        "BAD": (".json", {HIDDEN: HIDDEN, "AND": [{"name": {"$gt": [HIDDEN]}}, {"id": HIDDEN}, {"nmae": {HIDDEN: 1}}]}),
        "GOOD": (".json", {"AND": [{"name": {"$contains": HIDDEN}}, {"name": HIDDEN}, {"NOT": {"name": HIDDEN}}]}),
        "YAML": (".yaml", {HIDDEN: {HIDDEN: HIDDEN}}),
        "S": (".json", {"name": "s", "fields": [{"name": "id", "fieldType": "integer"}, field]}),
        "ALL": (".json", {}),
        "RECORD": (".ndjson", record),
        "DATA": (".ndjson", record),
        "NAMES": (".ndjson", {**record, HIDDEN: HIDDEN, f"{HIDDEN}2": [1, "a"]}),
    }
    for name, (ending, content) in files.items():
        (tmp_path / f"{name}{ending}").write_text(json.dumps(content) + "\n", encoding="utf-8")
    (tmp_path / "S.json").write_text(json.dumps(files["S"][1], ensure_ascii=False), encoding="utf-8")
    paths = {name: str(tmp_path / f"{name}{ending}") for name, (ending, _) in files.items()}
    ran = run(*(paths.get(word, word) for word in COMMANDS[command]))
    printed = ran.text + ran.err
    assert printed.strip()
    assert "Traceback" not in printed
    assert not FORBIDDEN & set(printed)
