"""Cursors on the command line: pages of files, statements after a position, and what a cursor means."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

import criteria
from tests.cli.running import SCHEMA, Outcome, run
from tests.cli.test_compile import FILM
from tests.cli.test_filter import FILMS

QUERY, ORDER = '{"year": {"$gte": 2014}}', ("--order-by", "boxOfficeMillions desc")
SEARCH = criteria.Search(criteria.parse(QUERY, FILM), criteria.parse_order_by(ORDER[1], FILM), None)
WHOLE = [film["title"] for film in criteria.compile(SEARCH, "python", records="json")(FILMS).data]


def told(outcome: Outcome) -> dict[str, str]:
    """The cursors on standard error, by the options that take them."""
    lines = [line.split(": ")[2].split() for line in outcome.err.splitlines()]
    return dict(lines)


def page(data: str, *options: str) -> tuple[list[str], dict[str, str]]:
    """The titles of a page of four films, and its cursors."""
    arguments = ("--limit", "4", "--cursors", "--select", "title", "--to", "ndjson", *options)
    outcome = run("filter", QUERY, data, *SCHEMA, *ORDER, *arguments)
    assert outcome.code == 0, outcome.err
    return [json.loads(line)["title"] for line in outcome.text.splitlines()], told(outcome)


@pytest.mark.parametrize("suffix", ["ndjson", "csv"])
def test_files_are_read_page_by_page(suffix: str, tmp_path: Path) -> None:
    """Each page says how to get the next and the previous one; together they are the whole list."""
    data = "films.ndjson"
    if suffix == "csv":
        data = str(tmp_path / "films.csv")
        assert run("filter", "{}", "films.ndjson", *SCHEMA, "--output", data).code == 0
    titles, cursors = page(data)
    pages = [titles]
    assert set(cursors) == {"--after"}
    while "--after" in cursors:
        titles, cursors = page(data, "--after", cursors["--after"])
        pages.append(titles)
    assert [title for titles in pages for title in titles] == WHOLE
    assert page(data, "--before", cursors["--before"])[0] == pages[-2]


def test_columns_continue_after_a_cursor(tmp_path: Path) -> None:
    """Parquet files take the cursors of rows, and do not print their own."""
    cursors = page("films.ndjson")[1]
    data = str(tmp_path / "films.parquet")
    assert run("filter", "{}", "films.ndjson", *SCHEMA, "--output", data).code == 0
    arguments = (QUERY, data, *SCHEMA, *ORDER, "--limit", "4", "--to", "ndjson")
    outcome = run("filter", *arguments, "--after", cursors["--after"])
    assert [json.loads(line)["title"] for line in outcome.text.splitlines()] == WHOLE[4:8]
    outcome = run("filter", *arguments, "--cursors")
    assert (outcome.code, "NDJSON, JSON and CSV only" in outcome.err) == (2, True)


def test_statements_after_a_cursor_are_the_page() -> None:
    """The printed statements, run until the page is full, select its films and one more."""
    after = page("films.ndjson")[1]["--after"]
    storage = criteria.storage(FILM, "sqlite", table="films")
    connection = sqlite3.connect(":memory:")
    connection.execute(storage.create_table)
    connection.executemany(storage.insert, [storage.encode(FILM.decode(film)) for film in FILMS])
    arguments = ("--to", "sql", "--dialect", "sqlite", "--table", "films", *SCHEMA, *ORDER, "--limit", "4")
    printed = run("compile", QUERY, *arguments, "--after", after).text.splitlines()
    titles: list[str] = []
    for text, params in zip(printed[::2], printed[1::2], strict=True):
        titles += [row[1] for row in connection.execute(text, json.loads(params))]
        if len(titles) >= 5:
            break
    connection.close()
    assert titles[:5] == WHOLE[4:9]
    document = json.loads(run("compile", QUERY, "--to", "mongo", *SCHEMA, *ORDER, "--after", after).text)
    assert "$or" in json.dumps(document["filter"])


def test_a_cursor_is_explained() -> None:
    """In words and as JSON: the values of the record, and the order."""
    after = page("films.ndjson")[1]["--after"]
    last = next(film for film in FILMS if film["title"] == WHOLE[3])
    said = run("explain", QUERY, *SCHEMA, *ORDER, "--after", after).text
    amount = str(last["boxOfficeMillions"])
    assert f"the records after the one with boxOfficeMillions {amount}; objectId {last['objectId']}" in said
    assert "in the order of boxOfficeMillions, descending with empty last; objectId, descending" in said
    told_as_json = json.loads(run("explain", QUERY, *SCHEMA, *ORDER, "--before", after, "--output-format", "json").text)
    assert told_as_json["page"]["before"]["objectId"] == last["objectId"]
    assert told_as_json["page"]["orderBy"] == "boxOfficeMillions desc, objectId desc"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("compile", QUERY, "--to", "mongo", *SCHEMA, "--after", "AAAA"), 1, "<after>: invalid_cursor: "),
        (("compile", QUERY, "--to", "mongo", "--after", "AAAA"), 2, "name it with --schema"),
        (("compile", QUERY, "--to", "mongo", *SCHEMA, "--after", "A", "--before", "A"), 2, "Leave --after or --before"),
        (("compile", QUERY, "--to", "mongo", *SCHEMA, "--after", "A", "--skip", "1"), 2, "leave it out"),
        (("compile", QUERY, "--to", "python", *SCHEMA, "--after", "A"), 2, "no page"),
        (("filter", QUERY, "films.ndjson", *SCHEMA, "--after", "AAAA"), 2, "name it with --order-by"),
        (("filter", QUERY, "films.ndjson", *SCHEMA, *ORDER, "--count", "--after", "A"), 2, "and cursors"),
        (("explain", QUERY, *SCHEMA, *ORDER), 2, "--after or --before"),
    ],
)
def test_what_does_not_fit_is_refused(arguments: tuple[str, ...], code: int, said: str) -> None:
    """A broken cursor is a problem of the input, options that exclude each other are usage errors."""
    outcome = run(*arguments)
    assert (outcome.code, said in outcome.err) == (code, True), outcome.err


def test_a_cursor_of_another_query_is_refused() -> None:
    """The same order and another year."""
    after = page("films.ndjson")[1]["--after"]
    outcome = run("filter", '{"year": 2014}', "films.ndjson", *SCHEMA, *ORDER, "--after", after)
    assert (outcome.code, outcome.out, "<after>: cursor_mismatch: " in outcome.err) == (1, b"", True)
