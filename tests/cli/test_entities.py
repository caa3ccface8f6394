"""References on the command line: the schemas, the tables and the records of other entities."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.cli.running import Outcome, run

CUSTOMER = {
    "name": "customer",
    "systemProperties": False,
    "fields": [
        {"name": "id", "fieldType": "integer", "isUnique": True, "nullable": False},
        {"name": "city", "fieldType": "string"},
        {"name": "since", "fieldType": "date"},
    ],
}
ORDER = {
    "name": "order",
    "systemProperties": False,
    "fields": [
        {"name": "id", "fieldType": "integer", "isUnique": True, "nullable": False},
        {"name": "total", "fieldType": "integer"},
        {"name": "customer", "fieldType": "objectRef", "objectEntityType": "customer"},
    ],
}
FILES = {
    "customer.schema.json": json.dumps(CUSTOMER),
    "order.schema.json": json.dumps(ORDER),
    "customers.ndjson": '{"id": 1, "city": "Lund", "since": "2020-01-01"}\n{"id": 2, "city": "Oslo", "since": null}\n',
    "customers.json": '[{"id": 1.0, "city": "Lund", "since": "2020-01-01"}, {"id": 2, "city": "Oslo"}]',
    "customers.csv": "id,city,since\n1,Lund,2020-01-01\n2,Oslo,\n",
    "orders.ndjson": '{"id": 1, "total": 5, "customer": 1}\n{"id": 2, "total": 20, "customer": 1}\n'
    '{"id": 3, "total": 20, "customer": {"objectId": 2}}\n{"id": 4, "customer": 9}\n{"id": 5}\n',
    "orders.csv": "id,total,customer\n1,5,1\n2,20,1\n3,20,2\n4,,9\n5,,\n",
    "lund.json": '{"customer.city": "Lund", "total": {"$gt": 10}}',
}
SCHEMAS = ("--schema", "order.schema.json", "--entity", "customer=customer.schema.json")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ids(outcome: Outcome) -> list[int]:
    """The ids of the printed records, NDJSON or CSV."""
    assert outcome.code == 0, outcome.err
    rows = [line for line in outcome.text.splitlines() if line[0] not in "i"]
    return [json.loads(line)["id"] if line.startswith("{") else int(line.split(",")[0]) for line in rows]


@pytest.mark.parametrize("data", ["orders.ndjson", "orders.csv"])
@pytest.mark.parametrize("records", ["customers.ndjson", "customers.json", "customers.csv"])
def test_filter_follows_references(data: str, records: str) -> None:
    """Whatever the formats: dangling references and those that are null lead nowhere, so NOT selects them."""
    entity = ("--entity-data", f"customer={records}")
    assert ids(run("filter", "lund.json", data, *SCHEMAS, *entity)) == [2]
    assert ids(run("filter", '{"customer.city": {"$ne": "Lund"}}', data, *SCHEMAS, *entity)) == [3, 4, 5]
    assert ids(run("filter", '{"customer.since": {"$lte": "2020-01-01"}}', data, *SCHEMAS, *entity)) == [1, 2]
    ordered = run(
        "filter", '{"customer.since": null}', data, *SCHEMAS, *entity, "--order-by", "id desc", "--limit", "2"
    )
    assert ids(ordered) == [5, 4]
    assert run("filter", "lund.json", data, *SCHEMAS, *entity, "--count").text == "1\n"


def test_columns_are_refused_with_the_place() -> None:
    pytest.importorskip("polars", reason="Parquet needs the extra files")
    written = run("filter", "{}", "orders.csv", "--schema", "order.schema.json", "--output", "orders.parquet")
    assert written.code == 0, written.err
    outcome = run("filter", "lund.json", "orders.parquet", *SCHEMAS, "--entity-data", "customer=customers.csv")
    assert outcome.code == 1
    assert "unsupported" in outcome.err
    assert "(at /customer.city)" in outcome.err
    assert "Write the data as rows first" in outcome.err
    outcome = run("filter", "lund.json", "orders.csv", *SCHEMAS, "--entity-data", "customer=orders.parquet")
    assert (outcome.code, "Expected NDJSON, a JSON array or CSV" in outcome.err) == (2, True)


@pytest.mark.parametrize("record", ["orders.ndjson", "orders.csv"])
@pytest.mark.parametrize("records", ["customers.ndjson", "customers.csv"])
def test_explain_says_what_the_record_refers_to(record: str, records: str) -> None:
    line = "2" if record.endswith("ndjson") else "3"
    arguments = ("explain", "lund.json", *SCHEMAS, "--entity-data", f"customer={records}")
    text = run(*arguments, "--record", record, "--line", line).text
    assert "the customer to which customer refers fulfils this: it has 1" in text
    assert 'city is "Lund": it has "Lund"' in text
    assert "This record matches" in text
    assert run("explain", "lund.json", *SCHEMAS).code == 0


def test_compile_names_tables_and_collections() -> None:
    arguments = ("compile", "lund.json", *SCHEMAS, "--entity-table", "customer=customers")
    sql, parameters = run(*arguments, "--to", "sql", "--dialect", "sqlite").text.splitlines()
    assert "FROM `customers`" in sql
    assert json.loads(parameters) == ["Lund", 10]
    rows, _, count, _ = run(
        *arguments, "--to", "sql", "--dialect", "postgres", "--table", "orders", "--limit", "5", "--count"
    ).text.splitlines()
    assert (rows.startswith("SELECT "), count.startswith("SELECT COUNT(*)")) == (True, True)
    pytest.importorskip("bson", reason="MongoDB's documents need the extra mongo")
    stages = json.loads(run(*arguments, "--to", "mongo").text)
    assert [list(stage) for stage in stages] == [["$lookup"], ["$match"], ["$unset"]]
    page = json.loads(run(*arguments, "--to", "mongo", "--order-by", "total", "--limit", "5").text)
    assert list(page["pipeline"][-1]) == ["$limit"]
    assert page["collation"] == {"locale": "simple"}


def test_check_reads_entities_from_options_and_the_configuration(folder: Path) -> None:
    """The configuration names them for all files. Options replace those."""
    assert run("check", "lund.json", *SCHEMAS).code == 0
    outcome = run("check", "lund.json", "--schema", "order.schema.json")
    assert (outcome.code, 'There is no field "customer.city"' in outcome.text) == (1, True)
    (folder / "criteria.toml").write_text(
        '[entities]\ncustomer = "customer.schema.json"\n\n'
        '[[files]]\ninclude = ["lund.json"]\nschema = "order.schema.json"\n'
    )
    assert run("check").code == 0
    assert run("check", "lund.json", "--schema", "order.schema.json").code == 0
    narrow = {**CUSTOMER, "fields": CUSTOMER["fields"][:1]}  # type: ignore[index]
    (folder / "narrow.schema.json").write_text(json.dumps(narrow))
    outcome = run("check", "--entity", "customer=narrow.schema.json")
    assert (outcome.code, "unknown_field" in outcome.text) == (1, True)
    (folder / "customer.schema.json").write_text('{"name": "customer", "systemProperties": false, "fields": []}')
    outcome = run("check")
    assert outcome.code == 2
    assert outcome.err.startswith("criteria.toml: invalid_schema: ")
    assert "(at /entities/customer)" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("check", "lund.json", "--entity", "customer=customer.schema.json"), "References are fields of a schema"),
        (("check", "lund.json", *SCHEMAS[:2], "--entity", "custmer=customer.schema.json"), 'Did you mean "customer"?'),
        (("check", "lund.json", *SCHEMAS[:2], "--entity", "customer"), 'Expected NAME=SCHEMA, found "customer".'),
        (("check", "lund.json", *SCHEMAS, *SCHEMAS[2:]), '"customer" is named twice.'),
        (("check", "lund.json", *SCHEMAS[:2], "--entity", "customer=nosuch.json"), "No such file"),
        (("check", "lund.json", "--schema", "-", "--entity", "customer=-"), "Only one input"),
        (("schema", "--from", "orders.csv", *SCHEMAS[2:]), "This option applies to SCHEMA only."),
        (("schema", "order.schema.json", "--entity", "user=customer.schema.json"), 'No reference leads to "user".'),
        (("filter", "lund.json", "orders.ndjson", *SCHEMAS), "Say where they lead: --entity-data customer=FILE."),
        (("filter", "lund.json", "orders.ndjson", *SCHEMAS, "--entity-data", "user=customers.csv"),
         'There is no entity "user".'),
        (("filter", "{}", "orders.ndjson", "--entity-data", "user=customers.csv"), "Name its schema with --entity."),
        (("filter", "lund.json", "orders.ndjson", *SCHEMAS, "--entity-data", "customer=nosuch.csv"), "nosuch.csv"),
        (("explain", "lund.json", *SCHEMAS, "--record", '{"id": 1}'), "--entity-data customer=FILE."),
        (("explain", "lund.json", *SCHEMAS, "--entity-data", "customer=customers.csv"), "Name a record with --record."),
        (("compile", "lund.json", *SCHEMAS, "--to", "sql", "--dialect", "sqlite"), "--entity-table customer=TABLE."),
        (("compile", "lund.json", *SCHEMAS, "--to", "mongo"), "--entity-table customer=COLLECTION."),
        (("compile", "lund.json", *SCHEMAS, "--to", "python"), "lookups={...}"),
        (("compile", "{}", *SCHEMAS, "--to", "python", "--entity-table", "customer=c"), "is for --to sql"),
        (("compile", "{}", *SCHEMAS, "--to", "mongo", "--entity-table", "user=c"), 'There is no entity "user".'),
    ],
)  # fmt: skip
def test_wrong_options_are_usage_errors(arguments: tuple[str, ...], message: str) -> None:
    outcome = run(*arguments)
    assert outcome.code == 2
    assert message in outcome.err


@pytest.mark.parametrize(
    ("text", "data", "message"),
    [
        ('{"id": 1}\n{"id": 1}\n', "orders.ndjson", "records.ndjson:2: invalid_record: This record has the id 1 of"),
        ('{"id": true}\n', "orders.ndjson", "records.ndjson:1: invalid_record: This record has no id."),
        ('{"city": "Lund"}\n', "orders.csv", "records.ndjson:1: invalid_record: This record has no id."),
        ('{"id": 1, "since": "2020-02-31"}\n', "orders.csv", "is not a day that exists"),
        ('{"id": 1', "orders.csv", "invalid_json"),
    ],
)
def test_bad_records_of_entities_end_the_command(text: str, data: str, message: str, folder: Path) -> None:
    """References that found another object, or none, would select other records."""
    (folder / "records.ndjson").write_text(text)
    outcome = run("filter", "lund.json", data, *SCHEMAS, "--entity-data", "customer=records.ndjson")
    assert (outcome.code, outcome.out) == (1, b"")
    assert message in outcome.err


def test_the_json_schema_of_queries_has_the_fields_of_entities() -> None:
    """Editors complete and check paths through references with it."""
    alone, both = (json.loads(run("schema", "order.schema.json", *one).text) for one in ((), SCHEMAS[2:]))
    query = json.loads(FILES["lund.json"])
    assert [Draft202012Validator(one).is_valid(query) for one in (alone, both)] == [False, True]
    assert not Draft202012Validator(both).is_valid({"customer.city": 5})


def test_other_dialects_refuse_references_with_the_place() -> None:
    outcome = run("compile", "lund.json", *SCHEMAS, "--to", "sql", "--dialect", "clickhouse", "--entity-table",
                  "customer=customers")  # fmt: skip
    assert outcome.code == 1
    assert "(at /customer.city)" in outcome.err
