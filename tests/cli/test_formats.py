"""`criteria filter` on JSON arrays and CSV: the same films, in the format that they came in."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import EXAMPLES, SCHEMA, run
from tests.cli.test_filter import FILMS, SELECTED

FIELDS = [field["name"] for field in json.loads((EXAMPLES / "films.schema.json").read_bytes())["fields"]]


def _cell(film: Any, name: str) -> str:
    for segment in name.split("."):
        film = film.get(segment) if film is not None else None
    if film is None:
        return ""
    return film if isinstance(film, str) else json.dumps(film, ensure_ascii=False)


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The films as a JSON array and as CSV."""
    folder = tmp_path_factory.mktemp("films")
    found = {"json": folder / "films.json", "csv": folder / "films.csv"}
    found["json"].write_text(json.dumps(FILMS, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    with found["csv"].open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([FIELDS, *([_cell(film, name) for name in FIELDS] for film in FILMS)])
    return found


@pytest.mark.parametrize("name", SELECTED)
@pytest.mark.parametrize("suffix", ["json", "csv"])
def test_the_format_does_not_change_the_answer(films: dict[str, Path], suffix: str, name: str) -> None:
    """Each example query selects as many films from JSON and from CSV as from NDJSON."""
    outcome = run("filter", f"queries/{name}.json", str(films[suffix]), *SCHEMA, "--count")
    assert outcome.text == f"{SELECTED[name]}\n"


@pytest.mark.parametrize("suffix", ["json", "csv"])
def test_everything_is_the_file_itself(films: dict[str, Path], suffix: str) -> None:
    """The query {} prints the file byte for byte."""
    assert run("filter", "{}", str(films[suffix]), *SCHEMA).out == films[suffix].read_bytes()


def test_selected_json_is_a_json_array(films: dict[str, Path]) -> None:
    """The films before 1942, from a JSON array, are a JSON array of these films."""
    outcome = run("filter", '{"year": {"$lt": 1942}}', str(films["json"]))
    assert json.loads(outcome.out) == [film for film in FILMS if film["year"] < 1942]


def test_elements_keep_their_text() -> None:
    """The spelling of numbers, strings and blanks inside an element stays as it came in."""
    data = b'\xef\xbb\xbf [{"a": 1}, { "a":2.50, "b": "\\u00e9" },{"a": 25e-1}]'
    outcome = run("filter", '{"a": 2.5}', "-", "--format", "json", data=data)
    assert outcome.out == b'[{ "a":2.50, "b": "\\u00e9" },{"a": 25e-1}]\n'


def test_no_element_is_an_empty_array(films: dict[str, Path]) -> None:
    """When nothing is selected the output is still JSON."""
    assert run("filter", '{"year": 1066}', str(films["json"])).out == b"[]\n"


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"", "1:1: invalid_json"),
        (b'{"a": 1}\n{"a": 2}', "1:1: invalid_json"),
        (b'[{"a": 1},\n {"a": 2} {"a": 3}]', "2:11: invalid_json"),
        (b'[{"a": 1},]', "1:11: invalid_json"),
        (b'[{"a": 1}', "1:10: invalid_json"),
        (b'[{"a": 1}] []', "1:12: invalid_json"),
        (b'[{"a": 1},\n 2]', "2:2: invalid_record"),
        (b'[{"a": 1},\n {"a": "\xe9"}]', "2:9: invalid_json"),
    ],
)
def test_faulty_json_prints_nothing(data: bytes, place: str) -> None:
    """A fault anywhere in an array is exit code 1 with its place, and no half of an array is printed."""
    outcome = run("filter", "{}", "-", "--format", "json", data=data)
    assert (outcome.code, outcome.out) == (1, b"")
    assert outcome.err.startswith(f"<stdin>:{place}: ")


@pytest.mark.parametrize(
    ("data", "arguments", "hint"),
    [(b'{"a": 1}\n{"a": 2}', ("--format", "json"), "--format ndjson"), (b'[{"a": 1}]', (), "--format json")],
)
def test_one_format_taken_for_the_other_says_so(data: bytes, arguments: tuple[str, ...], hint: str) -> None:
    """NDJSON read as JSON, and JSON read as NDJSON, is refused with the option to give."""
    outcome = run("filter", "{}", "-", *arguments, data=data)
    assert outcome.code == 1
    assert hint in outcome.err


def test_csv_has_the_header_and_the_order(films: dict[str, Path]) -> None:
    """Ordered CSV is the header and the rows, whose text is that of the file."""
    query = "queries/hits-2010-to-christmas-2012.json"
    outcome = run("filter", query, str(films["csv"]), *SCHEMA, "--order-by", "boxOfficeMillions desc", "--limit", "2")
    header, *rows = outcome.text.splitlines()
    assert header == ",".join(FIELDS)
    assert [row[1] for row in csv.reader(rows)] == [
        "The Avengers",
        "Harry Potter and the Deathly Hallows \u2013 Part 2",
    ]
    assert set(rows) <= set(films["csv"].read_text(encoding="utf-8").splitlines())


def test_csv_cells_have_the_types_of_the_schema() -> None:
    """An empty cell is null, a list a JSON array, a decimal a number, and quoted cells may span lines."""
    data = (
        b"\xef\xbb\xbfobjectId,title,genres,boxOfficeMillions,awards.oscars,acclaimed\r\n"
        b'1,"two\r\nlines","[""Drama"", ""War""]",300.10,2,true\r\n'
        b"\r\n"
        b"2,,,,,\r\n"
        b'3,"a,b",[],0.3001e3,0,false'
    )
    header, first, *_, third = data.removeprefix(b"\xef\xbb\xbf").replace(b"two\r\n", b"two ").splitlines(keepends=True)
    first, second = first.replace(b"two ", b"two\r\n"), b"2,,,,,\r\n"
    for query, rows in {
        '{"title": "two\\r\\nlines"}': [first],
        '{"genres": "War"}': [first],
        '{"boxOfficeMillions": 300.1}': [first, third + b"\n"],
        '{"awards.oscars": null}': [second],
        '{"acclaimed": {"$ne": null}, "awards.oscars": {"$lt": 2}}': [third + b"\n"],
        '{"genres": null}': [second, third + b"\n"],
    }.items():
        outcome = run("filter", query, "-", "--format", "csv", *SCHEMA, data=data)
        assert outcome.out == header + b"".join(rows), query


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", ":1: invalid_record: The data have no header line."),
        (b"objectId;title\n1;x", '"objectId;title"'),
        (b"objectId,title,objectId\n", 'name "objectId_1" or "objectId_2"'),
        (b"objectId,title\n1,x\n2,y,z", ":3: invalid_record: "),
        (b'objectId,title\n1,"a\nb"\nx,y', ":4: invalid_record: "),
        (b'objectId,title\n1,"x', ":2: invalid_record: This is not CSV"),
        (b"objectId,released\n1,2001-01-31", "(at /released)"),
        (b"objectId,acclaimed\n1,yes", "(at /acclaimed)"),
        (b"objectId,genres\n1,Drama", "(at /genres)"),
        (b"objectId,awards.oscars\n1,007", "(at /awards/oscars)"),
        (b"objectId,title\n1,\xe9", ":2:3: invalid_record: "),
    ],
)
def test_faulty_csv_is_named(data: bytes, said: str) -> None:
    """A header without a column that is asked for, a row of another length, a cell of another type: exit code 1, with
    the line."""
    name = data.partition(b"\n")[0].split(b",")[1:2] or [b"title"]
    query = json.dumps({"objectId": {"$ne": None}, name[0].decode(): {"$ne": None}})
    outcome = run("filter", query, "-", "--format", "csv", *SCHEMA, data=data)
    assert outcome.code == 1
    assert outcome.err.startswith("<stdin>:")
    assert said in outcome.err


def test_a_cell_may_be_long() -> None:
    """A cell of 300,000 characters, more than Python's csv module takes by default, is a cell."""
    data = b"objectId,title\n1," + b"x" * 300_000 + b"\n"
    assert run("filter", '{"title": {"$startsWith": "xx"}}', "-", "--format", "csv", *SCHEMA, data=data).out == data
