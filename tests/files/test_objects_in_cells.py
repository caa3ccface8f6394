"""Columns of CSV whose cells are JSON objects, as exports of jsonb columns have them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import run
from tests.files.test_csv import filtered, schema_of

ORDERS = """id,details
1,"{""channel"":""web"",""address"":{""zip"":""8000""},""rate"":1.50}"
2,
3,"{""channel"":""shop""}"
"""


@pytest.fixture
def schema(tmp_path: Path) -> str:
    return schema_of(
        tmp_path, **{"id": "integer", "details.channel": "string", "details.address.zip": {"fieldType": "string"}}
    )


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ('{"details.channel": "web"}', [1]),
        ('{"details.address.zip": "8000"}', [1]),
        ('{"details.address.zip": null}', [2, 3]),
        ('{"NOT": {"details.channel": "web"}}', [2, 3]),
    ],
)
def test_fields_on_paths_are_read_from_cells_of_objects(schema: str, query: str, ids: list[int]) -> None:
    """Cells of a column that paths lead through are objects in JSON. Rows go out as they came in."""
    outcome = filtered(query, ORDERS, schema)
    assert (outcome.code, outcome.err) == (0, "")
    lines = ORDERS.splitlines()
    assert outcome.out.decode().splitlines() == [lines[0], *(lines[one] for one in ids)]


def test_cells_of_objects_are_objects_in_other_formats(schema: str) -> None:
    """The column is written once, with the members that the schema does not name."""
    outcome = filtered("{}", ORDERS, schema, "--to", "ndjson")
    assert (outcome.code, outcome.err) == (0, "")
    assert [json.loads(line) for line in outcome.out.decode().splitlines()] == [
        {"id": 1, "details": {"channel": "web", "address": {"zip": "8000"}, "rate": 1.5}},
        {"id": 2, "details": None},
        {"id": 3, "details": {"channel": "shop", "address": None, "rate": None}},
    ]


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("hello", '"hello" is not an object. (at /details)'),
        ("[]", "[] is not an object. (at /details)"),
        ('"{""channel"":3}"', 'Expected a string for field "details.channel", found 3. (at /details/channel)'),
    ],
)
def test_a_cell_that_is_no_object_is_a_bad_record(schema: str, cell: str, told: str) -> None:
    outcome = filtered('{"details.channel": "web"}', f"id,details\n1,{cell}\n", schema)
    assert outcome.code == 1
    assert told in outcome.err


def test_columns_of_paths_are_read_beside_a_column_of_their_object(schema: str) -> None:
    """A header with `details.channel` has the object in columns, so that `details` is text. A field that has no column
    then is refused with what to write."""
    data = 'id,details,details.channel\n1,"{""channel"":""shop""}",web\n'
    assert filtered('{"details.channel": "web"}', data, schema).code == 0
    outcome = filtered('{"details.address.zip": "8000"}', data, schema)
    assert outcome.code == 1
    assert (
        'Beside columns such as "details.channel", "details" is text: name a column "details.address.zip", '
        "or write NDJSON."
    ) in outcome.err


def test_cells_of_objects_in_united_files(schema: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(ORDERS)
    (tmp_path / "b.csv").write_text("id\n4\n")
    outcome = run(
        "filter", '{"details.channel": null}', str(tmp_path / "*.csv"), "--union", "--schema", schema, "--count"
    )
    assert (outcome.out.decode(), outcome.err) == ("2\n", "")


def test_lists_of_objects_that_nobody_asks_for(tmp_path: Path) -> None:
    """A schema with a list of objects reads the other columns of CSV; the list itself is refused, and so is all."""
    fields = [{"name": "n", "fieldType": "integer"}]
    items = {"name": "items", "fieldType": "object", "isList": True, "fields": fields}
    schema = tmp_path / "s.schema.json"
    content = {"name": "s", "systemProperties": False, "fields": [{"name": "id", "fieldType": "integer"}, items]}
    schema.write_text(json.dumps(content))
    text = 'id,items\n1,"[{""n"":1}]"\n2,\n'
    data = tmp_path / "data.csv"
    data.write_text(text)
    arguments = (str(data), "--schema", str(schema))
    found = run("filter", '{"id": 1}', *arguments)
    assert (found.code, found.text, found.err) == (0, text.removesuffix("2,\n"), "")
    assert run("filter", '{"id": 1}', str(data), *arguments, "--union", "--count").text == "2\n"
    assert run("explain", '{"id": 1}', "--record", *arguments, "--line", "2").code == 0
    for query, *options in (['{"items.n": 1}'], ['{"items.n": 1}', "--union"], ["{}", "--to", "ndjson"]):
        found = run("filter", query, *arguments, *options)
        assert (found.code, found.text) == (1, "")
        assert 'unsupported: Lists of objects are not read from CSV ("items").' in found.err
