"""Files of thousands of unknown names are refused soon: the nearest name is looked for ten times, and at most 100
problems are shown."""

from __future__ import annotations

import json
from pathlib import Path
from time import process_time

import pytest

from criteria.errors import MAX_PROBLEMS
from criteria.messages import MAX_HINTS
from tests.cli.running import Outcome, run

_UNKNOWN = [f"nbme{number:04}" for number in range(999)]
_QUERY = json.dumps({"OR": [{name: 1} for name in _UNKNOWN]})
_MEANT = 'Did you mean "'


def _timed(*arguments: str, data: bytes = b"") -> Outcome:
    """A run that takes at most two seconds of a quiet core."""
    start = process_time()
    outcome = run(*arguments, data=data)
    assert process_time() - start < 10.0
    return outcome


@pytest.fixture
def query(tmp_path: Path) -> str:
    """The file of a query with 999 names."""
    path = tmp_path / "query.json"
    path.write_text(_QUERY, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("count", [5000, 50_000])
def test_names_that_no_record_has(query: str, count: int) -> None:
    """The names of the records are sorted once. 50,000 have too many letters for any to be near."""
    data = json.dumps({f"name{number:04}": 1 for number in range(count)}).encode()
    outcome = _timed("filter", query, "--format", "ndjson", "--count", data=data)
    assert outcome.code == 1
    assert outcome.err.count("unknown_field") == MAX_PROBLEMS
    assert "too_many_problems: Only the first 100 problems are listed." in outcome.err
    assert outcome.err.count(_MEANT) == (MAX_HINTS if count == 5000 else 0)
    selected = _timed("filter", "{}", "--format", "ndjson", "--select", ",".join(_UNKNOWN), data=data)
    assert (selected.code, selected.err.count("unknown_field")) == (1, MAX_PROBLEMS)


def test_output_of_an_endless_input_that_has_none_of_its_names() -> None:
    """If not all records were read, a note tells each of 99 names, and the last one how many more there are."""
    data = b'{"name0000": 1}\n' * 3
    outcome = _timed("filter", "{}", "--format", "ndjson", "--limit", "1", "--select", ",".join(_UNKNOWN), data=data)
    told = [line for line in outcome.err.splitlines() if "read so far lacks" in line]
    assert len(told) == MAX_PROBLEMS
    assert told[0].endswith('lacks "nbme0000". Did you mean "name0000"?')
    assert told[MAX_HINTS].endswith(f'lacks "nbme{MAX_HINTS:04}".')
    assert told[-1].endswith("lacks 900 more of the names that the output shows.")


def test_names_that_a_record_lacks(tmp_path: Path, query: str) -> None:
    """Ten are compared with those of the record, and a note says so of the others."""
    record = tmp_path / "record.json"
    record.write_text(json.dumps({f"name{number:04}": 1 for number in range(5000)}), encoding="utf-8")
    outcome = _timed("explain", query, "--record", str(record))
    notes = [line for line in outcome.err.splitlines() if line.startswith("criteria: note: The record")]
    assert len(notes) == MAX_HINTS + 1
    assert notes[0] == 'criteria: note: The record has no "nbme0000". Did you mean "name0000"?'
    assert notes[-1] == (
        'criteria: note: The record lacks 989 more names of the query, such as "nbme0010": whether it has names like '
        "these was not looked for."
    )


def test_columns_that_a_header_lacks(tmp_path: Path, query: str) -> None:
    """The columns of the header are named once."""
    schema = tmp_path / "s.schema.json"
    fields = [{"name": name, "fieldType": "integer"} for name in _UNKNOWN]
    schema.write_text(json.dumps({"name": "s", "systemProperties": False, "fields": fields}), encoding="utf-8")
    names = [f"name{number:04}" for number in range(5000)]
    data = f"{','.join(names)}\n{','.join('1' for _ in names)}\n".encode()
    outcome = _timed("filter", query, "--format", "csv", "--schema", str(schema), data=data)
    assert outcome.err.count("unfit_column") == MAX_PROBLEMS
    assert outcome.err.count(_MEANT) == MAX_HINTS


def test_keys_of_a_configuration(tmp_path: Path) -> None:
    """The keys of the file are found in one go. The first problems of the file are shown, in its order."""
    text = "".join(f"lines-length{number} = 1\n" for number in range(3000))
    (tmp_path / "criteria.toml").write_text(text, encoding="utf-8")
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    outcome = _timed("check", str(tmp_path / "a.json"))
    told = [line for line in outcome.err.splitlines() if ": invalid_config: " in line]
    assert (outcome.code, len(told)) == (2, MAX_PROBLEMS)
    assert [f"criteria.toml:{line}:1: " in one for line, one in enumerate(told, 1)] == [True] * MAX_PROBLEMS
    assert outcome.err.count('Did you mean "line-length"?') == MAX_HINTS
    assert "too_many_problems" in outcome.err


def test_values_that_a_field_does_not_list(tmp_path: Path) -> None:
    """Each is looked up, not compared with all of the 60,000 that the field lists."""
    schema = tmp_path / "s.schema.json"
    field = {"name": "l", "fieldType": "string", "isList": True, "values": [f"v{number}" for number in range(60_000)]}
    schema.write_text(json.dumps({"name": "s", "systemProperties": False, "fields": [field]}), encoding="utf-8")
    data = (json.dumps({"l": ["zz"] * 20}) + "\n").encode() * 1000
    outcome = _timed("filter", '{"l": "v1"}', "--format", "ndjson", "--schema", str(schema), data=data)
    assert "values that the schema does not list: 20,000 of 20,000" in outcome.err


def test_records_that_columns_do_not_take(tmp_path: Path) -> None:
    """All records that are left out share ten hints."""
    pytest.importorskip("polars")
    schema = tmp_path / "s.schema.json"
    fields = [{"name": "a", "fieldType": "string", "values": [f"name{number:04}" for number in range(9000)]}]
    schema.write_text(json.dumps({"name": "s", "systemProperties": False, "fields": fields}), encoding="utf-8")
    data = "".join(f'{{"a": "{name}"}}\n' for name in [*_UNKNOWN, "name0000"]).encode()
    target = str(tmp_path / "out.parquet")
    outcome = _timed(
        "filter",
        "{}",
        "--format",
        "ndjson",
        "--schema",
        str(schema),
        "--on-error",
        "report",
        "--output",
        target,
        data=data,
    )
    assert outcome.err.count("is not a value of field") == len(_UNKNOWN)
    assert outcome.err.count(_MEANT) == MAX_HINTS
