"""Lists of objects (docs/language.md#lists-of-objects), beside the examples of the page, which run on every engine.

That all engines agree on generated queries is in tests/test_agreement.py.
"""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import criteria
from criteria import CriteriaError, Field, ObjectList, Query, Schema
from criteria.backends.sql.dialects import DIALECTS
from criteria.conformance import schemas
from criteria.conformance.checks import broken_laws
from criteria.conformance.reference import is_true
from criteria.conformance.strategies import criteria_objects, records
from criteria.explanation.finding_words import verdict_lines
from criteria.explanation.query_words import selects
from criteria.schema.writing import schema_file
from criteria.tree.normalize import normalize
from criteria.web.entity import Entity
from tests.cli.running import run

NUMBERS = [Field("quantity", "integer"), Field("size.width", "integer")]
PRICE = Field("price", "decimal", precision=10, scale=2)
PARTS = ObjectList("parts", [Field("number", "integer")])
ORDERS = Schema(
    "order",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        ObjectList(
            "items", [Field("sku", "string"), Field("quantity", "integer"), Field("size.width", "integer"), PARTS]
        ),
        Field("bill.total", "decimal", precision=10, scale=2),
        ObjectList("bill.lines", [PRICE, Field("on", "date")], nullable=False),
    ],
    system_properties=False,
)
FLAT = Schema("flat", [ORDERS.fields[0], ORDERS.object_lists[0]], system_properties=False)
FILE = {
    "name": "order",
    "systemProperties": False,
    "fields": [
        {"name": "id", "fieldType": "integer", "isUnique": True, "nullable": False},
        {"name": "bill", "fieldType": "object", "fields": [
            {"name": "total", "fieldType": "decimal", "precision": 10, "scale": 2},
            {"name": "lines", "fieldType": "object", "isList": True, "nullable": False, "fields": [
                {"name": "price", "fieldType": "decimal", "precision": 10, "scale": 2},
                {"name": "on", "fieldType": "date"},
            ]},
        ]},
        {"name": "items", "fieldType": "object", "isList": True, "fields": [
            {"name": "sku", "fieldType": "string"},
            {"name": "quantity", "fieldType": "integer"},
            {"name": "size", "fieldType": "object", "fields": [{"name": "width", "fieldType": "integer"}]},
            {"name": "parts", "fieldType": "object", "isList": True, "fields": [
                {"name": "number", "fieldType": "integer"}]},
        ]},
    ],
}  # fmt: skip

ANSWERING = ("sqlite", "postgres", "mariadb", "mysql", "mysql8", "duckdb")


def again(value: Any) -> Any:
    """A value that was pickled."""
    return pickle.loads(pickle.dumps(value))  # noqa: S301


def problems(make: Any) -> list[tuple[str, str]]:
    """The code and the pointer of each problem of what is refused."""
    with pytest.raises(CriteriaError) as caught:
        make()
    return [(problem.code, problem.pointer) for problem in caught.value.problems]


def test_a_schema_file_is_read_and_written() -> None:
    """An object that is not in a list is another way to write paths; a list of objects has fields of its own."""
    schema = Schema.from_json(FILE)
    assert set(schema.fields) == set(ORDERS.fields)
    assert set(schema.object_lists) == set(ORDERS.object_lists)
    assert Schema.from_json(schema_file(schema)) == schema
    assert again(schema) == schema
    assert hash(again(ORDERS)) == hash(ORDERS)


@pytest.mark.parametrize(
    ("entry", "pointers"),
    [
        ({"name": "a", "fieldType": "object"}, ["/fields/0"]),
        ({"name": "a", "fieldType": "object", "fields": [], "isList": True}, ["/fields/0/fields"]),
        ({"name": "a", "fieldType": "object", "isList": True, "fields": [{"name": "b", "fieldType": "in"}]},
         ["/fields/0/fields/0/fieldType"]),
        ({"name": "a", "fieldType": "object", "isList": 1, "fields": []}, ["/fields/0/isList"]),
        ({"name": "a", "fieldType": "object", "isUnique": True, "fields": []}, ["/fields/0/isUnique"]),
        ({"name": "a b", "fieldType": "object", "isList": True, "fields": [{"name": "b", "fieldType": "string"}]},
         ["/fields/0/name"]),
        ({"name": "a", "fieldType": "object", "isList": True, "fields": [
            {"name": "b", "fieldType": "string", "isUnique": True},
            {"name": "c", "fieldType": "string", "column": "d"}]},
         ["/fields/0/fields", "/fields/0/fields"]),
    ],
)  # fmt: skip
def test_wrong_schema_files_are_refused_with_their_places(entry: dict[str, Any], pointers: list[str]) -> None:
    """Each problem has the pointer of the key."""
    found = problems(lambda: Schema.from_json({"name": "s", "systemProperties": False, "fields": [entry]}))
    assert found == [("invalid_schema", pointer) for pointer in pointers]


@pytest.mark.parametrize("name", ["items", "items.sku", "bill.lines.price"])
def test_no_order_by_a_list_of_objects(name: str) -> None:
    """A list has no order, and neither has what is in it."""
    assert [code for code, _ in problems(lambda: criteria.parse_order_by(name, ORDERS))] == ["not_sortable"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"items.sku": {"$ne": "a"}}, {"NOT": {"items": {"$elemMatch": {"sku": "a"}}}}),
        ({"items.sku": {"$nin": ["a"]}}, {"NOT": {"items": {"$elemMatch": {"sku": {"$in": ["a"]}}}}}),
        ({"items.parts": None}, {"NOT": {"items": {"$elemMatch": {"parts": {"$ne": None}}}}}),
        ({"items.parts": {"$elemMatch": {"number": 1}}},
         {"items": {"$elemMatch": {"parts": {"$elemMatch": {"number": 1}}}}}),
        ({"items": None}, {"items": None}),
        ({"NOT": {"items": {"$ne": None}}}, {"items": None}),
    ],
)  # fmt: skip
def test_paths_are_tests_of_elements(source: dict[str, Any], expected: dict[str, Any]) -> None:
    """A path through lists is written out as what it means."""
    query = criteria.parse(source, ORDERS)
    assert query.to_json() == expected
    assert criteria.parse(expected, ORDERS) == query


@given(criteria_objects(schemas.OBJECTS))
def test_queries_survive_a_round_trip(source: dict[str, Any]) -> None:
    """Criteria, tree, criteria, tree: the trees are equal, and so are those of the text."""
    query = criteria.parse(source, schemas.OBJECTS)
    assert criteria.parse(query.to_json(), schemas.OBJECTS) == query
    assert again(query) == query


@given(records(schemas.OBJECTS, 4), st.lists(criteria_objects(schemas.OBJECTS, 3), min_size=2, max_size=2))
def test_laws_hold(rows: list[dict[str, Any]], sources: list[dict[str, Any]]) -> None:
    """NOT partitions, De Morgan, and the others; normal form selects the same records."""
    typed = [schemas.OBJECTS.decode(row) for row in rows]

    def select(query: Query) -> list[int]:
        found = [row["id"] for row in typed if is_true(normalize(query.expression), row)]
        assert found == [row["id"] for row in criteria.compile(query, "python").filter(typed)]
        return found

    assert list(broken_laws(select, schemas.OBJECTS, {row["id"] for row in rows}, *sources)) == []


@given(records(schemas.OBJECTS, 4), criteria_objects(schemas.OBJECTS, 3))
def test_an_explanation_agrees_with_the_predicate(rows: list[dict[str, Any]], source: dict[str, Any]) -> None:
    """The verdict of a record is that of the predicate, and every node has words and a pointer into the criteria."""
    query = criteria.parse(source, schemas.OBJECTS)
    matches = criteria.compile(query, "python")
    assert selects(query)
    for row in map(schemas.OBJECTS.decode, rows):
        explained = criteria.explain(query, row, written=source)
        assert explained.matches == matches(row)
        assert len(list(verdict_lines(explained.root))) >= 1
        assert explained.to_json()["matches"] == explained.matches


def test_an_explanation_says_which_element_matched() -> None:
    """Of a list that matches, the element that does; of another one, why none does."""
    query = criteria.parse({"items": {"$elemMatch": {"sku": "pen", "quantity": {"$lt": 3}}}}, ORDERS)
    assert selects(query).splitlines() == [
        "Selects records where some object in items fulfils this: all of these hold:",
        '    - sku is "pen"',
        "    - quantity is less than 3",
    ]  # fmt: skip
    items = [{"sku": "ink"}, {"sku": "pen", "quantity": 1}]
    found = criteria.explain(query, {"items": items})
    assert [term.element for term in found.root.terms] == [1]
    lines = list(
        verdict_lines(criteria.explain(query, {"items": [{"sku": "pen", "quantity": 9}, None]}).root, ("+", "-"))
    )
    assert lines[1:] == [
        "  - element 0: AND",
        '    + sku is "pen": it has "pen"',
        "    - quantity is less than 3: it has 9",
        "  - element 1 is null",
    ]
    assert list(verdict_lines(criteria.explain(query, {"items": []}).root, ("+", "-"))) == [
        "- some object in items fulfils this: it has no elements"
    ]


def test_a_finding_behind_a_path_to_a_list_has_its_comparisons() -> None:
    """The path leads through one list, and `$elemMatch` is of the objects of another one in it."""
    source = {"p.lines.deep": {"$elemMatch": {"AND": [{"s": "a"}, {"s": "b"}]}}}
    (finding,) = criteria.explain(criteria.parse(source, schemas.OBJECTS), written=source).to_json()["findings"]
    assert finding["outcome"] == "never"
    assert finding["terms"] == ["/p.lines.deep/$elemMatch/AND/0/s", "/p.lines.deep/$elemMatch/AND/1/s"]


@pytest.mark.parametrize(
    ("source", "pointer"),
    [
        ('{"id": 1, "items": {"$elemMatch": {"sku": "a"}}}', "/items/$elemMatch"),
        ('{"OR": [{"id": 1}, {"NOT": {"items.sku": {"$ne": "a"}}}]}', "/OR/1/NOT/items.sku/$ne"),
        ('{"items": null}', "/items"),
    ],
)
def test_what_other_backends_refuse(source: str, pointer: str) -> None:
    """The refusal names the place in the criteria, before anything runs, and says what to do."""
    query = criteria.parse(source, FLAT)
    table = criteria.tables.from_ddl("CREATE TABLE orders (id INTEGER PRIMARY KEY, items TEXT)", FLAT, dialect="sqlite")
    ways: list[tuple[str, dict[str, Any]]] = [("frame", {}), ("sql", {"table": table})]
    ways += [("sql", {"dialect": name}) for name in DIALECTS if name not in ANSWERING]
    for backend, options in ways:
        with pytest.raises(CriteriaError) as caught:
            criteria.compile(query, criteria.backends.load(backend), **options)
        (problem,) = caught.value.problems
        assert (problem.code, problem.pointer) == ("unsupported", pointer), (backend, options)
        assert problem.hint is not None


def test_a_refused_operator_has_its_pointer() -> None:
    """Also where a dialect has no exact form of it. A joined query was not parsed: its pointer leads into its JSON."""
    schema = Schema("s", [Field("a", "integer"), Field("b", "string")], system_properties=False)
    query = criteria.parse('{"a": 1, "b": {"$icontains": "x"}}', schema)
    for one, pointer in (
        (query, "/b/$icontains"),
        (query & criteria.parse({"a": 2}, schema), "/AND/0/AND/1/b/$icontains"),
    ):
        assert problems(lambda one=one: criteria.compile(one, "sql", dialect="trino")) == [("unsupported", pointer)]


def test_records_are_converted_and_stored() -> None:
    """Typed and JSON records are converted into each other inside lists, and refused with the place of each problem."""
    record = {"id": 1, "items": [{"sku": "a", "parts": [{"number": 1}, None]}, None],
              "bill": {"lines": [{"price": "1.50", "on": "2024-02-29"}]}}  # fmt: skip
    typed = ORDERS.decode(record)
    assert str(typed["bill"]["lines"][0]["price"]) == "1.50"
    assert ORDERS.encode(typed) == record
    storage = criteria.storage(ORDERS, "sqlite")
    assert storage.decode(storage.encode(typed))["bill"] == {"total": None, "lines": typed["bill"]["lines"]}
    assert problems(lambda: ORDERS.decode({**record, "items": [5, {"quantity": "x"}], "bill": {}})) == [
        ("invalid_record", "/items/0"), ("invalid_record", "/items/1/quantity"), ("invalid_record", "/bill/lines"),
    ]  # fmt: skip


@pytest.mark.parametrize("data_format", ["ndjson", "json"])
def test_files_of_rows_are_filtered(data_format: str, tmp_path: Path) -> None:
    """Rows of JSON, of which only the needed members are decoded, and columns, which a schema with lists refuses."""
    schema = tmp_path / "schema.json"
    schema.write_text(json.dumps(schema_file(FLAT)))
    rows = [{"id": 1, "items": [{"sku": "a"}, {"sku": "b"}]}, {"id": 2, "items": [{"sku": "b"}]}, {"id": 3}]
    text = "\n".join(map(json.dumps, rows)) if data_format == "ndjson" else json.dumps(rows)
    for wanted, count in (({"items": {"$elemMatch": {"sku": "a"}}}, b"1\n"), ({"items.sku": {"$ne": "a"}}, b"2\n")):
        arguments = ("filter", json.dumps(wanted), "--schema", str(schema), "--count")
        assert run(*arguments, "--format", data_format, data=text.encode()).out == count
        assert "unsupported" in run(*arguments, "--format", "csv", data=b"id\n1\n").err


GUIDS = ObjectList(
    "things",
    [
        Field("key", "guid"),
        Field("at", "dateTime"),
        Field("price", "decimal", precision=5, scale=2),
        ObjectList("inner", [Field("key", "guid")]),
    ],
)
"""What a file of columns stores in other types than JSON does."""


@pytest.mark.parametrize("engine", ["polars", "duckdb", "python"])
@pytest.mark.parametrize("data_format", ["parquet", "arrow"])
def test_files_of_columns_are_filtered(data_format: str, engine: str, tmp_path: Path) -> None:
    """JSON records become columns of lists of structs with the declared types, which every engine filters."""
    declared = Schema("s", [Field("id", "integer", is_unique=True, nullable=False), GUIDS], system_properties=False)
    schema = tmp_path / "schema.json"
    schema.write_text(json.dumps(schema_file(declared)))
    key, other = "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6ba7b811-9dad-11d1-80b4-00c04fd430c8"
    at = "2024-01-01T00:00:00.000Z"
    rows = [{"id": 1, "things": [{"key": key, "price": "1.50", "at": at}, None, {"inner": [{"key": other}]}]},
            {"id": 2, "things": [{"key": other, "price": "1.50", "inner": [{"key": key}, {}]}]}, {"id": 3}]  # fmt: skip
    file = tmp_path / f"rows.{data_format}"
    written = run("filter", "{}", "--schema", str(schema), "--format", "ndjson", "--output", str(file),
                  data="\n".join(map(json.dumps, rows)).encode())  # fmt: skip
    assert written.err == ""
    for wanted, expected in (
        ({"things": {"$elemMatch": {"key": key.upper(), "price": {"$lte": 1.5}}}}, b"1\n"),
        ({"things": {"$elemMatch": {"at": None, "price": {"$gt": "1.2"}}}}, b"1\n"),
        ({"things.inner.key": {"$in": [key, other]}, "NOT": {"things.inner.key": key}}, b"1\n"),
        ({"things.at": {"$gte": at}}, b"1\n"),
        ({"things": None}, b"1\n"),
    ):
        found = run("filter", json.dumps(wanted), str(file), "--schema", str(schema), "--engine", engine, "--count")
        assert (found.out, found.err) == (expected, ""), wanted


def test_files_of_columns_know_their_lists_of_objects(tmp_path: Path) -> None:
    """Without a schema `$elemMatch` takes the types of the file, and what the file does not have is refused."""
    import polars as pl

    file = tmp_path / "rows.parquet"
    pl.DataFrame({"id": [1, 2], "n": [1, 2], "items": [[{"sku": "a", "n": 1}], [{"sku": "a", "n": 2}]]}).write_parquet(
        file
    )
    assert run("filter", '{"items": {"$elemMatch": {"sku": "a", "n": 2}}}', str(file), "--count").out == b"1\n"
    assert 'Did you mean "sku"?' in run("filter", '{"items": {"$elemMatch": {"sk": "a"}}}', str(file)).err
    assert "is not one" in run("filter", '{"n": {"$elemMatch": {"sku": "a"}}}', str(file)).err
    rows = run("filter", '{"items": {"$elemMatch": {"sku": "a"}}}', "--format", "ndjson", data=b'{"items": []}')
    assert "$elemMatch needs a schema" in rows.err


def test_a_first_schema_has_lists_of_objects(tmp_path: Path) -> None:
    """`schema --from` declares them, of rows and of columns alike, and says what it leaves out inside them."""
    import polars as pl

    rows = [{"id": 1, "items": [{"sku": "a", "size": {"w": 1}, "parts": [{"n": 1}, None]}, None], "never": []},
            {"id": 2, "items": [{"sku": "b", "size": None, "parts": None, "odd": None}], "never": [{}]}]  # fmt: skip
    text = tmp_path / "rows.ndjson"
    text.write_text("\n".join(map(json.dumps, rows)))
    found = run("schema", "--from", str(text))
    fields = {one["name"]: one for one in json.loads(found.out)["fields"]}
    assert fields["items"] == {"name": "items", "fieldType": "object", "isList": True, "nullable": False, "fields": [
        {"name": "sku", "fieldType": "string", "nullable": False}, {"name": "size.w", "fieldType": "integer"},
        {"name": "parts", "fieldType": "object", "isList": True, "fields": [
            {"name": "n", "fieldType": "integer", "nullable": False}]}]}  # fmt: skip
    assert "never" not in fields
    assert 'In the objects of "items": "odd"' in found.err
    assert "(at /items/odd)" in found.err
    schema = Schema.from_json(json.loads(found.out))
    assert [schema.decode(row)["id"] for row in rows] == [1, 2]
    columns = tmp_path / "rows.parquet"
    kept = [{name: row[name] for name in ("id", "items")} for row in rows]
    pl.DataFrame(kept).with_columns(when=pl.duration(hours=1)).write_parquet(columns)
    typed = Schema.from_json(json.loads(run("schema", "--from", str(columns)).out))
    assert [one.name for one in typed.object_lists] == ["items"]
    assert typed.object_lists[0].names == schema.object_lists[0].names


def test_no_entity_of_a_server_has_a_list_of_objects() -> None:
    """Its objects would be left out of what clients read, so it is refused."""
    assert problems(lambda: Entity("order", FLAT.object_lists)) == [("unsupported", "")]  # type: ignore[arg-type]
