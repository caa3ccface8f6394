"""`criteria compile`: what is printed is what the engine takes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import timezone
from typing import Any

import pytest
from bson import Int64, Regex, json_util

import criteria
from tests.cli.running import EXAMPLES, SCHEMA, run
from tests.cli.test_filter import FILMS, SELECTED

FILM = criteria.Schema.from_json((EXAMPLES / "films.schema.json").read_bytes())


@pytest.fixture(scope="module")
def database() -> Iterator[sqlite3.Connection]:
    """The films in SQLite."""
    storage = criteria.storage(FILM, "sqlite", table="films")
    connection = sqlite3.connect(":memory:")
    connection.execute(storage.create_table)
    connection.executemany(storage.insert, [storage.encode(FILM.decode(film)) for film in FILMS])
    yield connection
    connection.close()


@pytest.mark.parametrize("name", SELECTED)
def test_the_condition_selects_the_films(database: sqlite3.Connection, name: str) -> None:
    """The printed SQL with the printed parameters selects the films of the query."""
    outcome = run("compile", f"queries/{name}.json", "--to", "sql", "--dialect", "sqlite", *SCHEMA)
    text, params = outcome.text.splitlines()
    found = database.execute(f"SELECT COUNT(*) FROM films WHERE {text}", json.loads(params))
    assert found.fetchone() == (SELECTED[name],)


def test_a_page_and_its_count(database: sqlite3.Connection) -> None:
    """With an order, a page and a count two statements are printed; the first asks for one record more."""
    arguments = ("--to", "sql", "--dialect", "sqlite", "--paramstyle", "named", "--table", "films", *SCHEMA)
    page = ("--order-by", "boxOfficeMillions desc", "--skip", "1", "--limit", "1", "--count")
    outcome = run("compile", "queries/hits-2010-to-christmas-2012.json", *arguments, *page)
    rows, rows_params, count, count_params = outcome.text.splitlines()
    titles = [row[1] for row in database.execute(rows, json.loads(rows_params))]
    assert titles == ["Harry Potter and the Deathly Hallows \u2013 Part 2", "Skyfall"]
    assert database.execute(count, json.loads(count_params)).fetchone() == (17,)


def test_parameters_of_every_type_are_json() -> None:
    """Instants, decimals and guids, which JSON does not have, are printed as strings."""
    fields = [{"name": name, "fieldType": name} for name in ("dateTime", "decimal", "guid", "double", "boolean")]
    schema = json.dumps({"name": "x", "systemProperties": False, "fields": fields})
    guid = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
    query = (
        f'{{"dateTime": "2012-12-25T00:00:00-05:00", "decimal": 0.1, "guid": "{guid}", "double": 1.5, "boolean": true}}'
    )
    outcome = run("compile", query, "--to", "sql", "--dialect", "postgres", "--schema", "-", data=schema.encode())
    instant, decimal, *others = json.loads(outcome.text.splitlines()[1])
    assert (instant, decimal) == ("2012-12-25T05:00:00+00:00", "0.1000000000")
    assert others == [guid, 1.5, True]


@pytest.mark.parametrize("name", SELECTED)
def test_the_mongo_filter_is_extended_json(name: str) -> None:
    """Read back, the printed filter is the one that the library compiles."""
    outcome = run("compile", f"queries/{name}.json", "--to", "mongo", *SCHEMA)
    query = criteria.parse((EXAMPLES / f"queries/{name}.json").read_bytes(), FILM)
    aware = json_util.JSONOptions(tz_aware=True, tzinfo=timezone.utc)
    assert _patterns(json_util.loads(outcome.text, json_options=aware)) == criteria.compile(query, "mongo")


def _patterns(value: Any) -> Any:
    """The reader makes regular expressions of `$regex`, the operator that searches with them."""
    if isinstance(value, dict):
        return {key: _patterns(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_patterns(item) for item in value]
    return {"$regex": value.pattern} if isinstance(value, Regex) else value


def test_large_integers_survive_readers_that_have_only_doubles() -> None:
    """An integer above 2^53 is printed as $numberLong, which a JavaScript shell does not round."""
    outcome = run("compile", '{"n": {"$in": [9007199254740993, -9223372036854775808, 7]}}', "--to", "mongo")
    large = [{"$numberLong": "9007199254740993"}, {"$numberLong": "-9223372036854775808"}]
    assert json.loads(outcome.text) == {"n": {"$in": [*large, 7]}}
    assert json_util.loads(outcome.text)["n"]["$in"][0] == Int64(9007199254740993)


def test_the_arguments_of_find() -> None:
    """With an order and a page the arguments of find() are printed, the unique key at the end of the order."""
    page = ("--order-by", "year desc,title", "--skip", "20", "--limit", "10")
    outcome = run("compile", '{"year": 2012}', "--to", "mongo", *page, *SCHEMA)
    assert json.loads(outcome.text) == {
        "filter": {"year": {"$eq": 2012}},
        "sort": {"year": -1, "title": 1, "objectId": 1},
        "skip": 20,
        "limit": 11,
        "collation": {"locale": "simple"},
    }
    assert list(json.loads(outcome.text)["sort"]) == ["year", "title", "objectId"]


def test_python_source_is_the_predicate() -> None:
    """The printed source is that of the predicate, and is Python."""
    outcome = run("compile", "queries/leading-the.json", "--to", "python", *SCHEMA)
    query = criteria.parse((EXAMPLES / "queries/leading-the.json").read_bytes(), FILM)
    assert outcome.text == criteria.compile(query, "python").source
    compile(outcome.text, "predicate", "exec")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--to", "sql"), "--dialect"),
        (("--to", "sql", "--dialect", "postgres", "--limit", "3"), "--table"),
        (("--to", "sql", "--dialect", "postgers"), 'Did you mean "postgres"?'),
        (("--to", "sql", "--dialect", "postgres", "--paramstyle", "percent"), "unknown_option"),
        (("--to", "sql", "--dialect", "postgres", "--table", "a..b", "--count"), "unknown_option"),
        (("--to", "mongo", "--dialect", "postgres"), "--dialect"),
        (("--to", "mongo", "--count"), "countDocuments()"),
        (("--to", "mongo", "--limit", "0"), "--limit"),
        (("--to", "python", "--skip", "3"), "A predicate has no order"),
        (("--to", "python", "--table", "films"), "--table"),
        (("--to", "mango"), 'Did you mean "mongo"?'),
        (("--to", "mongo", "--order-by", "year"), "--schema"),
        ((), "--to"),
    ],
)
def test_options_that_do_not_fit_are_usage_errors(arguments: tuple[str, ...], said: str) -> None:
    """An option that is missing, unknown or of no meaning to the backend is exit code 2, and none is dropped."""
    outcome = run("compile", '{"year": 2012}', *arguments)
    assert (outcome.code, outcome.out) == (2, b"")
    assert said in outcome.err


@pytest.mark.parametrize(
    ("query", "schema", "place"),
    [
        ('{"yaer": 2012}', {}, "<query>:1:2: unknown_field: "),
        ('{"year": 2012}', {"fieldType": "dateTime"}, "<query>:1:10: type_mismatch: "),
        ('{"year": null}', {"fieldType": "dateTime", "precision": 6}, "<query>: unsupported: "),
    ],
)
def test_problems_of_the_query_are_exit_code_1(query: str, schema: dict[str, object], place: str) -> None:
    """A query that is wrong, or that the engine cannot answer rightly, is exit code 1 and prints no filter."""
    field = {"name": "year", "fieldType": "integer", **schema}
    text = json.dumps({"name": "film", "systemProperties": False, "fields": [field]})
    outcome = run("compile", query, "--to", "mongo", "--schema", "-", data=text.encode())
    assert (outcome.code, outcome.out) == (1, b"")
    assert outcome.err.startswith(place)
