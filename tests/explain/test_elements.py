"""Given a record, an explanation names the object of a list that fulfils a test, or says what each of them lacks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import criteria
from criteria.explanation.finding_words import verdict_lines
from tests.cli.running import run

SCHEMA = """
{"name": "order", "systemProperties": false, "fields": [
  {"name": "id", "fieldType": "integer", "isUnique": true, "nullable": false},
  {"name": "items", "fieldType": "object", "isList": true, "fields": [
    {"name": "sku", "fieldType": "string"},
    {"name": "tags", "fieldType": "string", "isList": true},
    {"name": "parts", "fieldType": "object", "isList": true, "fields": [{"name": "number", "fieldType": "integer"}]}]}]}
"""
ORDER = criteria.Schema.from_json(SCHEMA)

ODD = [None, 5, "pen", [{"sku": "pen"}], {"sku": 7}, {}]
ODD_WORDS = '[null, 5, "pen", [{"sku": "pen"}], {"sku": 7}, {}]'
PARTS = [{"parts": None}, {"parts": 5}, {"parts": [None]}, {"parts": [None, {"number": "7"}, {"number": 8}]}]
PARTS_WORDS = '[{"parts": null}, {"parts": 5}, {"parts": [null]}, {"parts": [null, {"number": "7"}, {"number": 8}]}]'

CASES: list[tuple[Any, dict[str, Any], str]] = [
    ({"items.sku": "pen"}, {}, "0 some object in items fulfils this: it has no elements"),
    ({"items.sku": "pen"}, {"items": None}, "0 some object in items fulfils this: it has no elements"),
    ({"items.sku": "pen"}, {"items": []}, "0 some object in items fulfils this: it has no elements"),
    ({"items.sku": "pen"}, {"items": [None]}, "0 some object in items fulfils this: it has no elements but null"),
    ({"items.sku": "pen"}, {"items": {"sku": "pen"}},
     '0 some object in items fulfils this: it has {"sku": "pen"}, which is not a list'),
    ({"items.sku": "pen"}, {"items": ODD}, f"""\
0 some object in items fulfils this: it has {ODD_WORDS}
  0 element 0 is null
  0 element 1 is 5, which is not an object
  0 element 2 is "pen", which is not an object
  0 element 3 is [{{"sku": "pen"}}], which is not an object
  0 element 4: sku is "pen": it has 7, which is not a string
  0 element 5: sku is "pen": it has no value"""),
    ({"items": {"$elemMatch": {"sku": "pen", "tags": None}}}, {"items": [None, {"sku": "pen", "tags": 5}]}, """\
1 some object in items fulfils this: it has [null, {"sku": "pen", "tags": 5}]
  1 element 1: AND
    1 sku is "pen": it has "pen"
    1 tags has no elements: it has 5, which is not a list"""),
    ({"NOT": {"items": {"$elemMatch": {"NOT": {"sku": "pen"}}}}}, {"items": [None, {}, {"sku": "ink"}]}, """\
0 NOT
  1 some object in items fulfils this: it has [null, {}, {"sku": "ink"}]
    1 element 1: NOT
      0 sku is "pen": it has no value"""),
    ({"NOT": {"items": {"$elemMatch": {"NOT": {"sku": "pen"}}}}}, {"items": [None, {"sku": "pen"}]}, """\
1 NOT
  0 some object in items fulfils this: it has [null, {"sku": "pen"}]
    0 element 0 is null
    0 element 1: NOT
      1 sku is "pen": it has "pen\""""),
    ({"items.parts.number": 7}, {"items": PARTS}, f"""\
0 some object in items fulfils this: it has {PARTS_WORDS}
  0 element 0: some object in parts fulfils this: it has no elements
  0 element 1: some object in parts fulfils this: it has 5, which is not a list
  0 element 2: some object in parts fulfils this: it has no elements but null
  0 element 3: some object in parts fulfils this: it has [null, {{"number": "7"}}, {{"number": 8}}]
    0 element 0 is null
    0 element 1: number is 7: it has "7", which is not a number
    0 element 2: number is 7: it has 8"""),
    ({"items": {"$elemMatch": {"parts": None}}}, {"items": [None, 5, {"parts": [5]}]}, """\
0 some object in items fulfils this: it has [null, 5, {"parts": [5]}]
  0 element 0 is null
  0 element 1 is 5, which is not an object
  0 element 2: parts has no elements: it has [5]"""),
    ({"items": {"$elemMatch": {"NOT": {"parts": None}}}}, {"items": [None, {"parts": [{}]}]}, """\
1 some object in items fulfils this: it has [null, {"parts": [{}]}]
  1 element 1: NOT
    0 parts has no elements: it has [{}]"""),
    ({"items": None}, {"items": [None, None]}, "1 items has no elements: it has no elements but null"),
    ({"items": None}, {"items": 5}, "1 items has no elements: it has 5, which is not a list"),
    ({"items": {"$ne": None}}, {"items": [5]}, "1 items has elements: it has [5]"),
    ({"NOT": {"items": {"$ne": None}}}, {"items": []}, "1 NOT\n  0 items has elements: it has no elements"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "record", "expected"), CASES)
def test_odd_lists_of_objects(source: Any, record: dict[str, Any], expected: str) -> None:
    """Null elements, elements that are no objects, no list, lists in lists, and NOT around and inside."""
    query = criteria.parse(source, ORDER)
    explanation = criteria.explain(query, record, written=source)
    assert "\n".join(verdict_lines(explanation.root, ("1", "0"))) == expected
    assert explanation.matches is criteria.compile(query, "python")(record)
    assert explanation == criteria.explain(query, record, records="json", written=source)
    json.dumps(explanation.to_json())


def test_odd_lists_of_objects_on_the_command_line(tmp_path: Path) -> None:
    """As in Python. Fields that are lists of objects are called so."""
    schema = tmp_path / "order.schema.json"
    schema.write_text(SCHEMA)
    record = json.dumps({"id": 1, "items": ODD})
    shown = run("explain", '{"items.sku": "pen", "NOT": {"items": null}}', "--schema", str(schema), "--record", record)
    assert (shown.code, shown.err) == (0, "")
    assert "  items (list of objects): $elemMatch, empty\n  items.sku (string): equals\n" in shown.text
    assert "    \u2717 element 1 is 5, which is not an object\n" in shown.text
    assert f"    \u2717 items has no elements: it has {ODD_WORDS}" in shown.text


def test_elements_that_are_no_objects_as_json() -> None:
    """They are found in place of an object, not in a field of it. Whether a list is empty is a comparison."""
    query = criteria.parse({"AND": [{"items.sku": "pen"}, {"items": None}, {"items": {"$ne": None}}]}, ORDER)
    first, empty, not_empty = criteria.explain(query, {"items": [None, 5, {"sku": 5}]}).to_json()["tree"]["terms"]
    assert first["kind"] == "$elemMatch"
    assert [(term["element"], term["found"], term["value"]) for term in first["terms"]] == [
        (0, "noObject", None), (1, "noObject", 5), (2, "other", 5),
    ]  # fmt: skip
    found = {"kind": "comparison", "found": "value", "value": [None, 5, {"sku": 5}]}
    assert empty == {**found, "pointer": "/AND/1/items", "verdict": False, "words": "items has no elements"}
    assert not_empty == {**found, "pointer": "/AND/2/items/$ne", "verdict": True, "words": "items has elements"}
