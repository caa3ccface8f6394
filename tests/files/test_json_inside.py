"""Records inside a JSON text: in an object under some names, as the values of an object, or as one object alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import run

RECORDS = [{"id": 1, "in": {"a": [1]}}, {"id": 2}, {"id": 3, "s": "]},"}]


def filtered(text: str, *options: str, query: str = '{"id": {"$gt": 1}}') -> tuple[int, str, str]:
    outcome = run("filter", query, "--format", "json", "--to", "ndjson", *options, data=text.encode())
    return outcome.code, outcome.text, outcome.err


@pytest.mark.parametrize("indent", [None, 2])
def test_records_at_a_pointer(indent: int | None) -> None:
    """--at names where they are; what is around them is read and left out."""
    around = {"count": 3, "data": {"other": [1, {"items": []}], "items": RECORDS, "x/y": 1}, "next": None}
    text = json.dumps(around, indent=indent)
    code, out, err = filtered(text, "--at", "/data/items")
    assert (code, err) == (0, "")
    assert [json.loads(line) for line in out.splitlines()] == RECORDS[1:]
    text = json.dumps({"a/b": {"~": RECORDS}}, indent=indent)
    assert filtered(text, "--at", "/a~1b/~0")[0] == 0


def test_values_of_an_object() -> None:
    """An object at the pointer has records as its values, whatever their names are. They keep their texts."""
    text = '{"a": {"id": 1},\n "b" : {"id":  2.0}, "c":{"id": 3}}'
    assert filtered(text, "--at", "") == (0, '{"id":  2.0}\n{"id": 3}\n', "")
    assert filtered('{"all": {}}', "--at", "/all") == (0, "", "")
    assert filtered('{"a": 1, "b": {"id": 2}}', "--at", "", "--on-error", "skip")[:2] == (0, '{"id": 2}\n')


def test_one_object_alone() -> None:
    """An object over several lines is one record, and JSON Lines are still told as such."""
    text = json.dumps(RECORDS[1], indent=2) + "\n"
    assert filtered(text) == (0, '{"id": 2}\n', "")
    code, _, err = filtered('{"id": 1}\n{"id": 2}\n')
    assert (code, "--format ndjson" in err) == (1, True)


@pytest.mark.parametrize(
    ("text", "pointer", "said"),
    [
        ('{"data": [{"id": 2}]}', "/date", 'This object has no "date".'),
        ('{"data": [{"id": 2}]}', "/date", 'Did you mean "data"?'),
        (
            '{"data": {"page": 1, "items": []}}',
            "/data",
            'Expected a record as a JSON object in "page", found a number.',
        ),
        ('{"data": 5}', "/data", "Expected an array of records, or an object whose values are records."),
        ('{"data": 5}', "/data/items", 'Expected an object with "items".'),
        ('[{"id": 2}]', "/data", 'Expected an object with "data".'),
        ('{"data": [{"id": 2}] "x": 1}', "/data", "Expected a comma or the end of the object."),
        ('{"data": [{"id": 2}]} 1', "/data", "Expected the end of the data after the array."),
        ('{"data" [{"id": 2}]}', "/data", "Expected a colon."),
        ('{data: [{"id": 2}]}', "/data", "Expected the name of a member."),
    ],
)
def test_what_is_wrong_inside(text: str, pointer: str, said: str) -> None:
    """The message says what was expected, and where."""
    code, _, err = filtered(text, "--at", pointer)
    assert (code, said in err, "<stdin>:1:" in err) == (1, True, True)


def test_pointers_that_are_none() -> None:
    """A pointer begins with a slash, and only JSON has one."""
    assert filtered("[]", "--at", "data")[0] == 2
    outcome = run("filter", "{}", "--at", "/data", data=b"")
    assert (outcome.code, "the data are ndjson" in outcome.err) == (2, True)


def test_a_folder_of_lines_in_files_named_json(tmp_path: Path) -> None:
    """With --format ndjson, files of a folder may be named .json, if none has an ending of NDJSON."""
    (tmp_path / "a.json").write_text('{"id": 1}\n{"id": 2}\n', encoding="utf-8")
    assert run("filter", "{}", str(tmp_path), "--format", "ndjson", "--count").text == "2\n"
    (tmp_path / "b.ndjson").write_text('{"id": 3}\n', encoding="utf-8")
    assert run("filter", "{}", str(tmp_path), "--format", "ndjson", "--count").text == "1\n"


def test_a_schema_of_records_at_a_pointer() -> None:
    """`schema --from` takes --at as `filter` does."""
    data = json.dumps({"data": {"items": [{"id": 1}, {"id": 2, "s": "x"}]}}).encode()
    outcome = run("schema", "--from", "-", "--format", "json", "--at", "/data/items", data=data)
    fields = {one["name"]: one["fieldType"] for one in json.loads(outcome.text)["fields"]}
    assert (outcome.code, fields) == (0, {"id": "integer", "s": "string"})
    assert run("schema", "--at", "/data").code == 2
    assert run("schema", "--from", "-", "--at", "/data", data=data).code == 2


def test_inference_says_where_records_may_be(tmp_path: Path) -> None:
    """An object around a list of objects has a note with the option that reads them, and the option works."""
    path = tmp_path / "answer.json"
    path.write_text('{"count": 2, "a/b": [{"n": 1}, {"n": 2}], "tags": ["x"]}', encoding="utf-8")
    told = run("schema", "--from", str(path))
    assert told.err.endswith("note: \"a/b\" has 2 objects. If these are the records, add --at '/a~1b'.\n")
    inside = run("schema", "--from", str(path), "--at", "/a~1b")
    assert (inside.code, inside.err) == (0, "")
    path.write_text('[{"a": [{"n": 1}]}, {"a": []}]', encoding="utf-8")
    assert "--at" not in run("schema", "--from", str(path)).err


def test_filter_says_where_records_may_be() -> None:
    """Of one object without the name, the longest list of objects is named."""
    data = b'{"data": {"items": [{"id": 1}, {"id": 2}], "more": [{}]}, "ids": [1, 2, 3]}'
    outcome = run("filter", '{"id": 1}', "--format", "json", "--count", data=data)
    note = 'criteria: note: "data.items" has 2 objects. If these are the records, add --at /data/items.\n'
    assert (outcome.code, outcome.text, outcome.err.endswith(note)) == (1, "0\n", True)
    assert run("filter", '{"id": 1}', "--format", "json", "--count", "--at", "/data/items", data=data).text == "1\n"
    keyed = b'{"a": {"id": 1}, "b": {"id": 2}}'
    note = "criteria: note: The JSON object has 2 objects. If these are the records, add --at ''.\n"
    assert run("filter", '{"id": 1}', "--format", "json", "--count", data=keyed).err.endswith(note)
    assert run("filter", '{"id": 1}', "--format", "json", "--count", "--at", "", data=keyed).text == "1\n"
    assert "--at" not in run("filter", '{"data": null}', "--format", "json", "--count", data=data).err
    outcome = run("filter", '{"id": 1}', "--format", "json", "--count", "--at", "data.items", data=data)
    assert (outcome.code, "such as /data/items" in " ".join(outcome.err.split())) == (2, True)
