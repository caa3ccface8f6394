"""`criteria explain`: queries in words, findings at their places, and why a record matches."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

import polars as pl
import pytest

import criteria
from criteria.cli.reports.explanation import marks_of_terminal
from tests.cli.running import ENVIRONMENT, EXAMPLES, PROGRAM, SCHEMA, program, python, run
from tests.cli.test_filter import FILMS, SELECTED

FILM = criteria.Schema.from_json((EXAMPLES / "films.schema.json").read_bytes())


@pytest.mark.parametrize("name", SELECTED)
@pytest.mark.heavy("many records")
def test_records_match_as_they_are_filtered(name: str) -> None:
    """Of the films those match that the query selects."""
    query = criteria.parse((EXAMPLES / f"queries/{name}.json").read_bytes(), FILM)
    matching = [film for film in FILMS if criteria.explain(query, film, records="json").matches]
    assert len(matching) == SELECTED[name]
    for film in (*matching[:1], *[film for film in FILMS if film not in matching][:1]):
        outcome = run(
            "explain", f"queries/{name}.json", "--record", json.dumps(film), "--output-format", "json", *SCHEMA
        )
        assert json.loads(outcome.text)["matches"] is (film in matching)


def test_records_of_csv_and_of_columns(tmp_path: Path) -> None:
    """--line is a line of CSV, which a schema types, and a row of Parquet and Arrow, which know their types."""
    fields = [{"name": "day", "fieldType": "date"}, {"name": "n", "fieldType": "integer"}]
    schema, path = tmp_path / "s.json", tmp_path / "t.csv"
    schema.write_text(json.dumps({"name": "t", "systemProperties": False, "fields": fields}))
    path.write_text("day;n\n2024-01-31;1\n2024-02-01;x\n;2\n")
    query = '{"day": {"$gt": "2024-01-01"}}'

    def explained(line: int, *options: str) -> bool:
        outcome = run("explain", query, "--line", str(line), "--output-format", "json", *options)
        assert (outcome.code, outcome.err) == (0, "")
        found: bool = json.loads(outcome.text)["matches"]
        return found

    typed = ("--schema", str(schema), "--delimiter", ";")
    assert [explained(line, "--record", str(path), *typed) for line in (2, 3, 4)] == [True, True, False]
    bad = run("explain", '{"n": 1}', "--record", str(path), "--line", "3", *typed)
    assert (bad.code, "t.csv:3" in bad.err) == (1, True)
    assert run("explain", query, "--record", str(path), "--line", "5", *typed).code == 2
    assert run("explain", query, "--record", str(path), *typed).code == 2
    frame = pl.DataFrame({"day": [date(2024, 1, 31), None]})
    frame.write_parquet(tmp_path / "t.parquet")
    frame.write_ipc(tmp_path / "t.arrow")
    for name in ("t.parquet", "t.arrow"):
        assert [explained(line, "--record", str(tmp_path / name)) for line in (1, 2)] == [True, False]
        assert run("explain", query, "--record", str(tmp_path / name), "--line", "3").code == 2


@pytest.mark.parametrize("ending", ["csv", "parquet", "arrow"])
def test_times_without_a_zone_that_are_in_utc(tmp_path: Path, ending: str) -> None:
    """--time-zone says it, as it does for filter. What the record has is an instant in UTC, however it is stored."""
    path = tmp_path / f"t.{ending}"
    frame = pl.DataFrame({"at": [datetime(2024, 1, 31, 9, 30)]})
    getattr(frame, f"write_{'ipc' if ending == 'arrow' else ending}")(path)
    query, record = '{"at": {"$gt": "2024-01-31T00:00:00Z"}}', ("--record", str(path), "--line", "2")
    record = record if ending == "csv" else (*record[:-1], "1")
    outcome = run("explain", query, *record, "--time-zone", "UTC")
    assert (outcome.code, outcome.err) == (0, "")
    assert "This record matches:\n  ✓ at is after 2024-01-31 00:00 UTC: it has 2024-01-31 09:30 UTC\n" in outcome.text
    assert run("explain", query, *record, "--time-zone", "CET").code == 2
    zoned = tmp_path / "zoned.parquet"
    frame.with_columns(pl.col("at").dt.replace_time_zone("Europe/Berlin")).write_parquet(zoned)
    outcome = run("explain", query, "--record", str(zoned), "--line", "1")
    assert "it has 2024-01-31 08:30 UTC" in outcome.text


def test_times_outside_python(tmp_path: Path) -> None:
    """A year that Python does not have is refused."""
    path = tmp_path / "t.parquet"
    days = pl.Series("at", [10_000_000], pl.Int64).cast(pl.Date)
    pl.DataFrame({"at": days}).write_parquet(path)
    outcome = run("explain", '{"at": {"$gt": "2024-01-31"}}', "--record", str(path), "--line", "1")
    assert (outcome.code, "outside the years 1 to 9999" in outcome.err) == (1, True)


def test_the_old_name_of_the_output_format() -> None:
    """--format is still understood, and not shown in the help."""
    old, new = (run("explain", "{}", option, "json") for option in ("--format", "--output-format"))
    assert old == new
    assert json.loads(new.text)["normalForm"] == {}
    assert "--format" not in run("explain", "--help").text.replace("--output-format", "")


def test_the_whole_text() -> None:
    """The words, the fields, the normal form, the findings, and the tree with what the record holds."""
    query = '{"AND": [{"year": {"$gte": 2010}}, {"NOT": {"rated": "R"}},\n {"rated": "R"}, {"genres": "Action"}]}'
    outcome = run("explain", query, "--record", "films.ndjson", "--line", "1", *SCHEMA)
    assert (outcome.code, outcome.err) == (0, "")
    assert (
        outcome.text
        == """\
Selects records where all of these hold:
  - year is at least 2010
  - rated is not "R", or has no value
  - rated is "R"
  - some element of genres is "Action"

Uses:
  year (integer, not nullable): $gte
  rated (string): equals
  genres (list of string): equals

Normal form:
  {"AND": [{"year": {"$gte": 2010}}, {"NOT": {"rated": "R"}}, {"rated": "R"}, {"genres": "Action"}]}

Findings:
  This query selects no records.
  - 1:2: Never true: these contradict each other for any value of rated.
      1:45: rated is not "R", or has no value
      2:3: rated is "R"

This record does not match:
  \u2717 AND
    \u2713 year is at least 2010: it has 2012
    \u2713 NOT
      \u2717 rated is "R": it has "PG-13"
    \u2717 rated is "R": it has "PG-13"
    \u2713 some element of genres is "Action": it has ["Thriller", "Action"]
"""
    )


def test_places_are_those_of_the_file(tmp_path: Path) -> None:
    """A finding stands at its line and column, as an editor counts them, also behind a byte order mark."""
    path = tmp_path / "query.json"
    path.write_bytes(b'\xef\xbb\xbf{\n  "rated": "R",\n  "year": {"$gt": 1999,\n    "$lt": 2000}\n}\n')
    text = run("explain", str(path), *SCHEMA).text
    assert re.findall(r"(\d+:\d+): (.*)", text) == [
        ("3:3", "Never true: these contradict each other for any value of year."),
        ("3:12", "year is more than 1999"),
        ("4:5", "year is less than 2000"),
    ]
    assert text.endswith("Assuming that stored values have the types that the schema declares.\n")


def test_json_is_the_librarys() -> None:
    """The JSON is what `Explanation.to_json` gives, with pointers into the query as it was written."""
    source = {"year": {"$gt": 5, "$lt": 3}, "title": {"$contains": "\u00e9"}}
    record = {"title": "Am\u00e9lie", "year": 2001}
    outcome = run("explain", json.dumps(source), *SCHEMA, "--output-format", "json", "--record", json.dumps(record))
    query = criteria.parse(source, FILM)
    assert json.loads(outcome.text) == criteria.explain(query, record, records="json", written=source).to_json()
    assert json.loads(outcome.text)["findings"][0]["terms"] == ["/year/$gt", "/year/$lt"]


@pytest.mark.parametrize("number", ["8.2", "1e400", "12345678901234567890123456789", "0.1000000000000000055"])
def test_numbers_of_records_are_exact(number: str) -> None:
    """Numbers of a record are read exactly: JSON shows them as they are, where readers get them so."""
    outcome = run("explain", '{"f": 1}', "--record", f'{{"f": {number}}}', "--output-format", "json")
    value = json.loads(outcome.text, parse_float=str, parse_int=str)["tree"]["value"]
    assert Decimal(value) == Decimal(number)


@pytest.mark.parametrize(
    ("arguments", "data", "code"),
    [
        (("{}",), b"", 0),
        (('{"year": 1}', "--record", "-"), b'{"year": 1}\n', 0),
        (('{"year": 1}', "--record", "-"), b'\xef\xbb\xbf{"year": 2}', 0),
        (("-", "--record", "{}"), b'{"year": 1}', 0),
        (('{"yaer": 1}', *SCHEMA), b"", 1),
        (("{",), b"", 1),
        (("{}", "--record", "{"), b"", 1),
        (("{}", "--record", "-"), b"[1]", 1),
        (("{}", "--record", "-"), b"", 1),
        (("{}", "--record", "-"), b"{} {}", 1),
        (("{}", "--record", "-"), b"\xff", 1),
        (("{}", "--record", "-"), b'{"a": NaN}', 1),
        (("{}", "--record", "films.ndjson"), b"", 1),
        (("{}", "--record", "films.ndjson", "--line", "400"), b"", 0),
        (("{}", "--record", "films.ndjson", "--line", "401"), b"", 2),
        (("{}", "--record", "films.ndjson", "--line", "0"), b"", 2),
        (("{}", "--line", "1"), b"", 2),
        (("{}", "--record", "no-such-file"), b"", 2),
        (("no-such-file",), b"", 2),
        (("-", "--record", "-"), b"{}", 2),
        (("{}", "--format", "yaml"), b"", 2),
    ],
)
def test_exit_codes(arguments: tuple[str, ...], data: bytes, code: int) -> None:
    """0 when the query is explained, whatever the verdict is; 1 for problems in query or record; 2 for usage."""
    outcome = run("explain", *arguments, data=data)
    assert outcome.code == code
    assert bool(outcome.err) is (code > 0)
    assert bool(outcome.out) is (code == 0)


@pytest.mark.parametrize("options", [(), ("--output-format", "json")])
def test_a_name_that_the_record_spells_otherwise(options: tuple[str, ...], tmp_path: Path) -> None:
    """The record has no such member, which `null` selects: the nearest one is told, if it is no field itself."""
    query = '{"paid_at": null, "total": {"$gt": 1}, "id": 2}'
    outcome = run("explain", query, "--record", '{"paidAt": 1, "totals": {"total": 5}, "id": 2}', *options)
    assert outcome.code == 0
    assert outcome.err == (
        'criteria: note: The record has no "paid_at". Did you mean "paidAt"?\n'
        'criteria: note: The record has no "total". Did you mean "totals"?\n'
    )
    schema = tmp_path / "s.schema.json"
    names = [{"name": name, "fieldType": "integer"} for name in ("total", "totals")]
    schema.write_text(json.dumps({"name": "s", "systemProperties": False, "fields": names}))
    outcome = run("explain", '{"total": 1}', "--record", '{"totals": 1}', "--schema", str(schema), *options)
    assert (outcome.code, outcome.err) == (0, "")


def test_problems_of_a_record_are_at_their_places() -> None:
    """A fault in a record is shown at its line and column in the file, also behind --line."""
    outcome = run("explain", "{}", "--record", "-", "--line", "2", data=b'{}\n{"a": tru}\n')
    assert outcome.err.startswith("<stdin>:2:7: invalid_json: ")
    assert '{"a": tru}' in outcome.err
    several = run("explain", "{}", "--record", "-", data=b"{}\n{}\n")
    assert several.err.startswith("<stdin>:2:1: invalid_json: ")
    assert "--line" in several.err


@pytest.mark.parametrize(("encoding", "marks"), [("ascii", ["[x]", "[ ]"]), ("utf-8", ["\u2713", "\u2717"])])
def test_marks_that_the_terminal_has(encoding: str, marks: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal that has no check marks, boxes stand for them."""
    with patch.object(sys.stdout, "isatty", lambda: True, create=True):
        monkeypatch.setattr("locale.getpreferredencoding", lambda _: encoding)
        assert list(marks_of_terminal()) == marks


def test_nothing_steers_the_terminal() -> None:
    """Control characters of a query and of a record are shown as escapes."""
    outcome = run("explain", '{"a": "\\u001b[31m\\u202e"}', "--record", '{"a": "\\u0007\\u009b"}')
    assert all(line.isprintable() for line in outcome.text.splitlines())


def test_a_large_query_is_readable() -> None:
    """Of a query of a thousand comparisons some hundred lines are printed, and how much more there is."""
    groups = [
        {"AND": [{"year": {"$gt": number}}, {"metacritic": number}, {"year": {"$lt": number - 1}}]}
        for number in range(333)
    ]
    outcome = run("explain", "-", *SCHEMA, "--record", "{}", data=json.dumps({"OR": groups}).encode())
    assert outcome.code == 0
    lines = outcome.text.splitlines()
    assert len(lines) < 500
    assert max(map(len, lines)) < 2200
    assert "  This query selects no records." in lines
    assert sum("more" in line for line in lines if "is more" not in line) == 4


def _examples() -> list[str]:
    shown = run("explain", "--help").text.replace("\\\n", " ")
    return re.findall(r"^ +(criteria .*)$", shown.split("Examples", 1)[1], re.MULTILINE)


@pytest.mark.heavy("a process for each example")
@pytest.mark.skipif(os.name != "posix", reason="needs a shell")
@pytest.mark.parametrize("line", _examples())
def test_the_examples_in_the_help_work(line: str) -> None:
    """Each command line that the help shows runs in the folder of the examples, and prints something."""
    env = {**ENVIRONMENT, "PATH": f"{Path(PROGRAM).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, timeout=60, env=env)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout


def test_the_program_prints_utf8() -> None:
    """The installed program prints its marks as UTF-8 into a pipe, whatever the environment says."""
    outcome = program("explain", '{"a": 1}', "--record", '{"a": 1}', env={"PYTHONIOENCODING": "latin-1"})
    assert outcome.text.endswith("This record matches:\n  \u2713 a is 1: it has 1\n")


def test_other_commands_load_no_explanation() -> None:
    """What words an explanation is loaded by this command alone."""
    outcome = python("import sys, criteria.cli.app; print([name for name in sys.modules if 'explanation' in name])")
    assert outcome.text == "[]\n"
