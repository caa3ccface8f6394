"""`criteria filter`: the right records, exactly as they came in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import EXAMPLES, SCHEMA, run

LINES = (EXAMPLES / "films.ndjson").read_bytes().splitlines(keepends=True)
FILMS = [json.loads(line) for line in LINES]

SELECTED = {
    "family-or-unrated": 73,
    "hits-2010-to-christmas-2012": 17,
    "leading-the": 68,
    "nominated-no-win-recorded": 25,
    "serious-drama-not-english": 41,
    "titles-outside-a-to-z": 16,
    "well-received-not-restricted": 48,
    "wildcards-in-title": 9,
}
"""How many films each example query selects; the table in the examples' README says why."""


@pytest.mark.parametrize("name", SELECTED)
def test_the_example_queries_select_their_films(name: str) -> None:
    """Each example query prints as many films as it selects, each a line of the file, in the file's order."""
    outcome = run("filter", f"queries/{name}.json", "films.ndjson", *SCHEMA)
    printed = outcome.out.splitlines(keepends=True)
    assert (outcome.code, len(printed), outcome.err) == (0, SELECTED[name], "")
    assert [LINES.index(line) for line in printed] == sorted(LINES.index(line) for line in printed)


def test_the_films_before_1942() -> None:
    """A query given directly selects the films that Python's own comparison does."""
    outcome = run("filter", '{"year": {"$lt": 1942}}', "films.ndjson")
    assert outcome.out == b"".join(line for line, film in zip(LINES, FILMS, strict=True) if film["year"] < 1942)
    assert outcome.out


def test_lines_are_printed_byte_for_byte() -> None:
    """White space, escapes, the spelling of numbers and line ends of a record stay as they came in."""
    data = b'{ "a":1.50,"b" : "\\u00e9" }\r\n\n \t{"a": 15E-1, "b": "\xc3\xa9"}\n{"a": 1.5}'
    outcome = run("filter", '{"a": 1.5}', data=b"\xef\xbb\xbf" + data)
    assert outcome.out == data.replace(b"\n\n", b"\n") + b"\n"


def test_numbers_are_read_exactly() -> None:
    """Numbers that no double can hold are told apart."""
    numbers = [b"9007199254740993", b"9007199254740992", b"9007199254740993.0", b"5.00000000000000000000000001", b"5"]
    data = b"".join(b'{"n": %s}\n' % number for number in numbers)
    assert run("filter", '{"n": 9007199254740993}', data=data).out.split(b"\n") == [
        b'{"n": 9007199254740993}',
        b'{"n": 9007199254740993.0}',
        b"",
    ]
    assert run("filter", '{"n": {"$gt": 5, "$lt": 6}}', data=data).out == b'{"n": 5.00000000000000000000000001}\n'


def test_a_decimal_field_is_compared_by_its_exact_value(tmp_path: Path) -> None:
    """A decimal of 25 digits, a JSON number in the data, equals its own spelling and no neighbour."""
    schema = tmp_path / "schema.json"
    fields = [{"name": "amount", "fieldType": "decimal", "precision": 30, "scale": 10}]
    schema.write_text(json.dumps({"name": "payment", "systemProperties": False, "fields": fields}))
    data = b'{"amount": 123456789012345.1234567891}\n{"amount": 123456789012345.1234567890}\n'
    outcome = run("filter", '{"amount": "123456789012345.1234567891"}', "-", "--schema", str(schema), data=data)
    assert outcome.out == data.splitlines(keepends=True)[0]


@pytest.mark.parametrize("number", [b"9" * 5000, b"1e99999999999999999999", b"1e400"])
def test_numbers_beyond_every_type_are_data_like_others(number: bytes) -> None:
    """A number with more digits or exponent than Python takes is compared, and printed as it came in."""
    data = b'{"n": %s}\n' % number
    assert run("filter", '{"n": {"$gt": 5}}', data=data).out == data


def test_order_and_limit_give_the_three_highest_grossing_hits() -> None:
    """An order by a decimal, descending, with a limit of 3."""
    query = "queries/hits-2010-to-christmas-2012.json"
    outcome = run("filter", query, "films.ndjson", *SCHEMA, "--order-by", "boxOfficeMillions desc", "--limit", "3")
    titles = [json.loads(line)["title"] for line in outcome.out.splitlines()]
    assert titles == ["The Avengers", "Harry Potter and the Deathly Hallows \u2013 Part 2", "Skyfall"]
    assert set(outcome.out.splitlines(keepends=True)) <= set(LINES)


@pytest.mark.parametrize("order", [(), ("--order-by", "rated desc,year", *SCHEMA)], ids=["unordered", "ordered"])
def test_pages_put_together_are_the_whole(order: tuple[str, ...]) -> None:
    """Pages of 30 records, by --skip and --limit, are the whole result without gaps and repeats."""
    arguments = ("filter", '{"runtimeMinutes": {"$gte": 100}}', "films.ndjson", *order)
    whole = run(*arguments).out
    pages = [run(*arguments, "--skip", str(skip), "--limit", "30").out for skip in range(0, 400, 30)]
    assert b"".join(pages) == whole
    assert pages[1]


def test_an_order_moves_lines_and_loses_none() -> None:
    """Ordered by year, the 400 lines are those of the file, the oldest film first; the last line keeps its end."""
    outcome = run("filter", "{}", "films.ndjson", *SCHEMA, "--order-by", "year")
    years = [json.loads(line)["year"] for line in outcome.out.splitlines()]
    assert sorted(outcome.out.splitlines(keepends=True)) == sorted(LINES)
    assert years == sorted(years)


def test_count_prints_a_number_only() -> None:
    """--count prints how many records match, and no record."""
    assert run("filter", "queries/leading-the.json", "films.ndjson", "--count").out == b"68\n"
    assert run("filter", '{"year": 1066}', "films.ndjson", "--count").out == b"0\n"


def test_limit_0_reads_nothing() -> None:
    """A limit of 0 prints no record, and does not look at the data."""
    outcome = run("filter", "{}", "--limit", "0", data=b"not JSON")
    assert (outcome.code, outcome.out) == (0, b"")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--order-by", "year"), "name it with --schema"),
        (("--count", "--limit", "3"), "--count counts all matching records"),
        (("--limit", "-1"), "--limit"),
        (("--format", "xml"), "ndjson"),
    ],
)
def test_options_that_cannot_be_honoured_are_usage_errors(arguments: tuple[str, ...], said: str) -> None:
    """Nothing is printed for options that mean nothing together; the message says what to do."""
    outcome = run("filter", "{}", "films.ndjson", *arguments)
    assert (outcome.code, outcome.out) == (2, b"")
    assert said in outcome.err


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        (('{"yaer": 1}',), "<query>:1:2: unknown_field: "),
        (('{"year" 1}',), "<query>:1:9: invalid_json: "),
        (("{}", "--order-by", "title, genres desc"), "<order-by>:1:8: not_sortable: "),
    ],
)
def test_problems_of_the_query_are_shown_as_check_shows_them(arguments: tuple[str, ...], place: str) -> None:
    """A wrong query or order is exit code 1, its place and line on standard error, nothing on standard output."""
    query, *rest = arguments
    outcome = run("filter", query, "films.ndjson", *rest, *SCHEMA)
    assert (outcome.code, outcome.out) == (1, b"")
    assert outcome.err.startswith(place)
    assert "^" in outcome.err


@pytest.mark.parametrize(
    ("line", "place"),
    [
        (b"[1, 2]", "2:1: invalid_record"),
        (b'  "text"', "2:3: invalid_record"),
        (b"null", "2:1: invalid_record"),
        (b'{"a": 1', "2:8: invalid_json"),
        (b'{"a": 1} {"a": 2}', "2:10: invalid_json"),
        (b'{"a": NaN}', "2:1: invalid_json"),
        (b'{"a": "\xe9"}', "2:8: invalid_json"),
        (b'{"a": ' + b"[" * 100_000, "2:1: invalid_json"),
    ],
)
def test_a_line_that_is_not_a_record_is_named(line: bytes, place: str) -> None:
    """What stands before a faulty line is printed; the fault is exit code 1 with file, line and column."""
    outcome = run("filter", "{}", data=b'{"a": 1}\n' + line + b'\n{"a": 3}\n')
    assert (outcome.code, outcome.out) == (1, b'{"a": 1}\n')
    assert outcome.err.startswith(f"<stdin>:{place}: ")


def test_the_name_tells_the_format(tmp_path: Path) -> None:
    """The end of the name tells the format, in any letter case; --format tells it for every other name."""
    for name, expected in [("films.JSONL", 0), ("films.txt", 2)]:
        (tmp_path / name).write_bytes(b"".join(LINES))
        assert run("filter", "{}", str(tmp_path / name), "--count").code == expected
    assert run("filter", "{}", str(tmp_path / "films.txt"), "--format", "ndjson", "--count").out == b"400\n"


def test_the_query_may_come_from_standard_input() -> None:
    """`-` as the query is standard input; then the data must be a file."""
    films = sum(film["year"] == 2012 for film in FILMS)
    assert run("filter", "-", "films.ndjson", "--count", data=b'{"year": 2012}').text == f"{films}\n"
    assert run("filter", "-", data=b"{}").code == 2
