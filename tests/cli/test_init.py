"""`criteria init`: a folder to start from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import EXAMPLES, run


def test_without_data_it_writes_the_films(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The examples of the help run in the folder: it has the films, their schema, the queries and a configuration."""
    folder = tmp_path / "new" / "films"
    outcome = run("init", str(folder))
    assert outcome.code == 0
    names = ["criteria.toml", "films.schema.json", "films.ndjson"]
    names += sorted(f"queries/{path.name}" for path in (EXAMPLES / "queries").glob("*.json"))
    assert outcome.text.splitlines() == [str(folder / name) for name in names]
    monkeypatch.chdir(folder)
    assert run("check").err == "8 files checked, no problems\n"
    assert run("filter", "queries/leading-the.json", "films.ndjson", "--count").text == "68\n"


def test_with_data_it_writes_their_schema_and_a_query(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The query names a field of the schema, and the configuration finds both."""
    (tmp_path / "orders.csv").write_text("id,total\n1,2.5\n2,\n")
    outcome = run("init", str(tmp_path / "filters"), "--from", str(tmp_path / "orders.csv"))
    assert outcome.code == 0
    monkeypatch.chdir(tmp_path / "filters")
    schema = json.loads(Path("orders.schema.json").read_text())
    assert [field["name"] for field in schema["fields"]] == ["id", "total"]
    assert run("check").err == "1 file checked, no problems\n"
    assert run("filter", "queries/first.json", "../orders.csv", "--count").text == "2\n"
    assert "criteria filter queries/first.json ../orders.csv --limit 3" in outcome.err


def test_what_is_left_out_of_the_schema_is_told(tmp_path: Path) -> None:
    """A column that no field can represent is exit code 1, as in `criteria schema --from`."""
    (tmp_path / "mixed.ndjson").write_text('{"id": 1, "x": "a"}\n{"id": 2, "x": 1}\n')
    outcome = run("init", str(tmp_path / "filters"), "--from", str(tmp_path / "mixed.ndjson"))
    assert outcome.code == 1
    assert '"x"' in outcome.err


def test_nothing_is_replaced(tmp_path: Path) -> None:
    """If one file exists, none is written."""
    (tmp_path / "films.schema.json").write_text("mine")
    outcome = run("init", str(tmp_path))
    assert outcome.code == 2
    assert "films.schema.json exists already" in outcome.err
    assert [path.name for path in tmp_path.iterdir()] == ["films.schema.json"]


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    outcome = run("init", str(tmp_path / "taken"))
    assert outcome.code == 2
    assert "taken" in outcome.err
    assert "Traceback" not in outcome.err


def test_a_name_with_a_control_character_is_one_in_the_configuration(tmp_path: Path) -> None:
    """TOML takes no U+007F as it is, so the name is escaped, and the next command reads the configuration."""
    data = tmp_path / "a\x7fb.ndjson"
    data.write_text('{"id": 1}\n{"id": 2}\n')
    folder = tmp_path / "filters"
    assert run("init", str(folder), "--from", str(data)).code == 0
    assert "\\u007f" in (folder / "criteria.toml").read_text(encoding="utf-8")
    outcome = run("check", str(folder))
    assert (outcome.code, outcome.err) == (0, "1 file checked, no problems\n")
