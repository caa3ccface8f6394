"""`criteria schema`: what editors are given, and a first schema of data in every format."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from jsonschema import Draft202012Validator
from pyarrow import feather

import criteria
from criteria import Schema, query_json_schema
from criteria.conformance.schemas import SCALARS
from criteria.conformance.strategies import records
from criteria.errors import Problem
from criteria.files.csv_dialect import NULL_WORDS
from tests.cli.running import EXAMPLES, run
from tests.parsing.arbitrary import FEWER

QUERIES = sorted((EXAMPLES / "queries").iterdir())
UTC = timezone.utc


def types(text: str) -> dict[str, str]:
    """The fields of a printed schema file, with their types; lists have brackets."""
    entries = json.loads(text)["fields"]
    return {one["name"]: f"[{one['fieldType']}]" if one.get("isList") else one["fieldType"] for one in entries}


def test_the_json_schema_of_queries() -> None:
    """With a schema file its queries' JSON Schema is printed: it takes the example queries and refuses a broken one."""
    outcome = run("schema", "films.schema.json")
    assert (outcome.code, outcome.err) == (0, "")
    drawn = json.loads(outcome.text)
    assert drawn == query_json_schema(Schema.from_json((EXAMPLES / "films.schema.json").read_bytes()))
    validator = Draft202012Validator(drawn)
    assert [path.name for path in QUERIES if not validator.is_valid(json.loads(path.read_text("utf-8")))] == []
    assert not validator.is_valid(json.loads((EXAMPLES / "broken.json").read_text("utf-8")))


def test_without_a_schema_it_is_that_of_the_language() -> None:
    """Without a schema file any field name is taken, and --strict refuses a second member."""
    assert json.loads(run("schema").text) == query_json_schema()
    assert json.loads(run("schema", "--strict").text) == query_json_schema(strict=True)


def test_output_goes_to_a_file(tmp_path: Path) -> None:
    """With --output the file holds what is printed otherwise, and nothing is printed."""
    outcome = run("schema", "films.schema.json", "--output", str(tmp_path / "out.json"))
    assert (outcome.code, outcome.out, outcome.err) == (0, b"", "")
    assert (tmp_path / "out.json").read_bytes() == run("schema", "films.schema.json").out


def test_a_page_for_people(tmp_path: Path) -> None:
    """--to markdown: a row for each name that criteria may use, the operators of their types, and queries."""
    schema = tmp_path / "order.schema.json"
    schema.write_text(
        json.dumps({
            "name": "order",
            "systemProperties": False,
            "fields": [
                {"name": "id", "fieldType": "integer", "isUnique": True, "nullable": False},
                {"name": "status", "fieldType": "string", "values": ["open", "paid"], "description": "Paid | open"},
                {"name": "items", "fieldType": "object", "isList": True,
                 "fields": [{"name": "count", "fieldType": "integer"}]},
            ],
        })
    )  # fmt: skip
    page = run("schema", str(schema), "--to", "markdown").text
    assert page.startswith("# order\n")
    assert '| `status` | string | yes | Paid &#124; open One of "open", "paid". |' in page
    assert "| `items` | list of objects | yes | |" in page
    assert "| `items.count` | integer | yes |  |" in page
    assert "`$elemMatch`" in page
    assert "| `$gt` | all |" in page
    assert "| `$startsWith` | string |" in page
    examples = page.split("```json\n")[1].split("\n```")[0].splitlines()
    assert examples
    for one in examples:
        criteria.parse(one, Schema.from_file(schema))
    for arguments in (["--to", "markdown"], [str(schema), "--to", "markdown", "--strict"]):
        outcome = run("schema", *arguments)
        assert (outcome.code, "Name a SCHEMA" in outcome.err) == (2, True)


def test_a_schema_on_standard_input() -> None:
    """The schema may come from standard input, and its names keep their letters."""
    data = '{"name": "t", "fields": [{"name": "größe", "fieldType": "integer"}]}'.encode()
    assert '"größe": {' in run("schema", "-", data=data).text


def test_a_broken_schema_is_a_usage_error() -> None:
    """A wrong schema file is exit code 2 with its problems, and a missing one is named."""
    outcome = run("schema", "-", data=b'{"name": "t", "fields": [{"name": "a", "fieldType": "int"}]}')
    assert (outcome.code, outcome.out) == (2, b"")
    assert "<stdin>:1:53: invalid_schema:" in outcome.err
    outcome = run("schema", "nosuch.json")
    assert (outcome.code, outcome.out) == (2, b"")
    assert "nosuch.json: No such file" in outcome.err


@pytest.mark.parametrize(
    "arguments",
    [("--rows", "3"), ("films.schema.json", "--name", "x"), ("--format", "csv"), ("films.schema.json", "--from",
     "films.ndjson"),
     ("--from", "films.ndjson", "--strict"), ("--from", "films.txt"), ("--from", "films.ndjson", "--rows", "0"),
     ("--from", "nosuch.ndjson"), ("--from", "films.ndjson", "--format", "xml")],
)  # fmt: skip
def test_wrong_usage(arguments: tuple[str, ...]) -> None:
    """Options that do not go together, and missing data, are exit code 2 before anything is printed."""
    outcome = run("schema", *arguments)
    assert (outcome.code, outcome.out) == (2, b"")
    assert "Error: " in outcome.err


def test_films_are_filtered_with_their_inferred_schema(tmp_path: Path) -> None:
    """From the example films a schema file is made with which each example query selects the same films."""
    inferred = tmp_path / "inferred.json"
    outcome = run("schema", "--from", "films.ndjson", "-o", str(inferred))
    assert (outcome.code, outcome.out, outcome.err) == (0, b"", "")
    assert json.loads(inferred.read_text("utf-8"))["name"] == "films"
    for query in QUERIES:
        expected = run("filter", str(query), "films.ndjson", "--schema", "films.schema.json", "--count")
        assert run("filter", str(query), "films.ndjson", "--schema", str(inferred), "--count").text == expected.text


def test_each_field_is_on_one_line() -> None:
    """The schema file reads like one that people write: a line for each field."""
    assert run("schema", "--from", "-", "--name", "t", data=b'{"a": 1, "b": ["x"]}\n{"a": 2, "b": null}').text == (
        '{\n  "name": "t",\n  "systemProperties": false,\n  "fields": [\n'
        '    {"name": "a", "fieldType": "integer", "isUnique": true, "nullable": false},\n'
        '    {"name": "b", "fieldType": "string", "isList": true}\n  ]\n}\n'
    )
    assert run("schema", "--from", "-", data=b"").text == (
        '{\n  "name": "data",\n  "systemProperties": false,\n  "fields": []\n}\n'
    )


def test_a_pointer_with_control_characters_stays_in_its_line() -> None:
    """A key's line feed or escape sequence reaches neither the terminal nor a log by way of the pointer."""
    told = run("schema", "--from", "-", data=b'{"a\\u001b[31mb\\n": 1}').err
    assert r"(at /a\u001b[31mb\u000a)" in told
    assert str(Problem("unknown_field", "No.", "/a\x1b\n")) == r"No. (at /a\u001b\u000a) [unknown_field]"


def test_names_that_are_left_out_are_reported_with_their_line() -> None:
    """A field that holds values of two types is named with the line of the second, on standard error: exit code 1."""
    outcome = run("schema", "--from", "-", data=b'{"a": 1, "b": 1}\n\n{"a": "x", "b": 2}\n')
    assert (outcome.code, types(outcome.text)) == (1, {"b": "integer"})
    assert outcome.err.splitlines() == [
        '<stdin>:3: invalid_record: "a" in record 2: Found "x", and earlier values are of type integer. (at /a)',
        '  The schema leaves "a" out.',
    ]


def test_rows_limits_how_much_is_read() -> None:
    """With --rows only the first records are read: what comes behind them is neither told nor relied on."""
    outcome = run("schema", "--from", "-", "--rows", "1", data=b'{"a": 1}\n{"a": "x"}\n')
    assert (outcome.code, outcome.err) == (0, "")
    assert json.loads(outcome.text)["fields"] == [{"name": "a", "fieldType": "integer"}]


@pytest.mark.parametrize(
    ("arguments", "data", "place"),
    [
        ((), b'{"a": 1}\n{"a": \n', "<stdin>:2:6: invalid_json:"),
        (("--format", "json"), b"1", "<stdin>:1:1: invalid_json:"),
        (("--format", "csv"), b"a,b\n1\n", "<stdin>:2: invalid_record:"),
        (("--format", "csv"), b"", "<stdin>:1: invalid_record:"),
        (("--format", "csv"), b"a\n\xff\n", "<stdin>:2:1: invalid_record:"),
        (("--format", "csv"), b"a\nx\ry\n", "<stdin>:2: invalid_record:"),
        (("--format", "parquet"), b"PAR1", "<stdin>: unreadable_file:"),
        (("--format", "parquet"), b"", "<stdin>: unreadable_file:"),
    ],
)
def test_data_that_cannot_be_read(arguments: tuple[str, ...], data: bytes, place: str) -> None:
    """Data that are not what they should be are refused at their place, exit code 1, and no schema is printed."""
    outcome = run("schema", "--from", "-", *arguments, data=data)
    assert (outcome.code, outcome.out) == (1, b"")
    assert outcome.err.startswith(place)


def test_json_array(tmp_path: Path) -> None:
    """A JSON array of records is read by the ending of the file's name; a fault has no line but the record's number."""
    (tmp_path / "a.b.json").write_text('[{"a": 1.5},\n {"a": [1]}]')
    outcome = run("schema", "--from", str(tmp_path / "a.b.json"))
    assert (outcome.code, json.loads(outcome.text)["name"]) == (1, "a")
    assert outcome.err.startswith(f'{tmp_path}/a.b.json: invalid_record: "a" in record 2: Found a list')


CSV = """id,zip,n,ratio,flag,tags,codes,nothing,at,key,big,a.b
1,007,5,1.0,true,"[""x""]",[],,2024-01-01T00:00:00Z,6ba7b810-9dad-11d1-80b4-00c04fd430c8,99999999999999999999,1
2,123,-6,2,false,[],[],,,,1,
"""


def test_csv(tmp_path: Path) -> None:
    """Of CSV the cells tell the types, as they are read: leading zeros are text, a header's dots are paths."""
    (tmp_path / "t.csv").write_text(CSV)
    outcome = run("schema", "--from", str(tmp_path / "t.csv"), "-o", str(tmp_path / "t.schema.json"))
    assert outcome.code == 0
    assert '"big": some numbers have more digits than a number keeps here' in outcome.err
    assert types((tmp_path / "t.schema.json").read_text()) == {
        "id": "integer", "zip": "string", "n": "integer", "ratio": "double", "flag": "boolean", "tags": "[string]",
        "codes": "string", "nothing": "string", "at": "dateTime", "key": "guid", "big": "string", "a.b": "integer",
    }  # fmt: skip
    filtered = run("filter", '{"zip": "007"}', str(tmp_path / "t.csv"), "--schema", str(tmp_path / "t.schema.json"))
    assert (filtered.code, filtered.text) == (0, "".join(CSV.splitlines(keepends=True)[:2]))


LONG = "9999999999999999999999999999999999"
"""A cell of digits that no number keeps, so that its column is one of strings."""


@FEWER
@given(given_records=records(SCALARS))
@example(given_records=[{"string": LONG}, {"string": "1"}])
@example(given_records=[{"string": "null"}, {"string": "1"}])
def test_csv_is_read_with_the_schema_that_is_inferred_from_it(given_records: list[dict[str, Any]]) -> None:
    """Whatever cells hold, `criteria filter` reads the data with the inferred schema. Nothing is said but notes on
    columns of strings that look like something else."""
    names = [name for name in SCALARS.names if "." not in name]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    cells: dict[str, list[str]] = {name: [] for name in names}
    for record in given_records:
        values = [record.get(name) for name in names]
        row = [
            "" if value is None else str(value).lower() if isinstance(value, bool) else str(value) for value in values
        ]
        writer.writerow(row)
        for name, cell in zip(names, row, strict=True):
            cells[name] += [cell] if cell else []
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "inferred.json"))
        data = text.getvalue().encode()
        inferred = run("schema", "--from", "-", "--format", "csv", "-o", path, data=data)
        assert inferred.code == 0
        found = types(Path(path).read_text("utf-8"))
        for line in inferred.err.splitlines():
            name, note = read_note(line)
            assert found[name] == "string"
            assert is_justified(note, cells[name]), (line, cells[name])
        counted = run("filter", "{}", "-", "--format", "csv", "--schema", path, "--count", data=data)
        assert (counted.code, counted.text, counted.err) == (0, f"{len(given_records)}\n", "")


def test_a_column_of_numbers_that_are_too_long_is_noted() -> None:
    """Digits that no number keeps make their column one of strings, and a note says so."""
    outcome = run("schema", "--from", "-", "--format", "csv", data=f"id,string\n1,{LONG}\n2,1\n".encode())
    assert (outcome.code, types(outcome.text)) == (0, {"id": "integer", "string": "string"})
    assert outcome.err == (
        '<stdin>: note: "string": some numbers have more digits than a number keeps here, so all of them are strings. '
        "To compare them as numbers, declare a decimal in a schema.\n"
    )


def read_note(line: str) -> tuple[str, str]:
    """The column that a note is about, and what it says."""
    matched = re.fullmatch(r'<stdin>: note: "(\w+)": (.+)', line)
    assert matched is not None, line
    return matched[1], matched[2]


def is_justified(note: str, cells: list[str]) -> bool:
    """Whether a note on a column is true of its cells."""
    values = [cell for cell in cells if cell not in NULL_WORDS]
    if note.startswith("some numbers have more digits"):
        return any(re.match("-?[0-9]{16}", cell) for cell in values) and all(map(NUMBER.fullmatch, values))
    if note.startswith(("the numbers have ", "the dates are not written as ", "the times have no time zone")):
        return all(re.fullmatch(r"[-+0-9.,/:T ]+", cell) for cell in values)
    counted = re.fullmatch(r"([0-9,]+) of ([0-9,]+) cells (?:is|are) .+, all others \w+\. .+", note)
    counts = (len(cells) - len(values), len(cells))
    return counted is not None and (int(counted[1].replace(",", "")), int(counted[2].replace(",", ""))) == counts


NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


TABLE = pa.table({
    "id": pa.array([1, 2, 3], pa.int32()),
    "amount": pa.array([Decimal("1.10"), None, Decimal("2.00")], pa.decimal128(10, 2)),
    "at": pa.array([datetime(2024, 1, 1, tzinfo=UTC)] * 3, pa.timestamp("ms", tz="UTC")),
    "exactly": pa.array([datetime(2024, 1, 1, tzinfo=UTC)] * 3, pa.timestamp("us", tz="Europe/Paris")),
    "inner": pa.array([{"x": 1, "y": None}, None, {"x": 2, "y": "a"}], pa.struct([("x", pa.int64()),
    ("y", pa.string())])),
    "tags": pa.array([["a", None], [], None], pa.list_(pa.large_string())),
    "kind": pa.array(["a", "b", "a"]).dictionary_encode(),
    "ratio": pa.array([0.5, None, 2.0]),
    "flag": pa.array([True, False, None]),
    "empty": pa.array([None] * 3, pa.string()),
})  # fmt: skip


def test_parquet(tmp_path: Path) -> None:
    """A Parquet file declares types, of empty columns too. Its values show what is unique and never null."""
    path = tmp_path / "t.parquet"
    pq.write_table(TABLE, path)
    outcome = run("schema", "--from", str(path))
    assert (outcome.code, outcome.err) == (0, "")
    assert types(outcome.text) == {
        "id": "integer", "amount": "decimal", "at": "dateTime", "exactly": "dateTime", "inner.x": "integer",
        "inner.y": "string", "tags": "[string]", "kind": "string", "ratio": "double", "flag": "boolean",
        "empty": "string",
    }  # fmt: skip
    schema = Schema.from_json(outcome.text)
    assert [field.name for field in schema.fields if not field.nullable] == ["id", "at", "exactly", "kind"]
    assert schema.key == (schema.find("id"),)
    amount, exactly = schema.find("amount"), schema.find("exactly")
    assert amount is not None
    assert exactly is not None
    assert (amount.precision, amount.scale, exactly.precision) == (10, 2, 6)
    for record in pq.read_table(path).to_pylist():
        schema.decode(schema.encode(record))


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_columns_that_no_field_holds(tmp_path: Path, kind: str) -> None:
    """Columns of types that no field has are left out and told: exit code 1. NaN is a double, and an integer beyond 64
    signed bits a decimal."""
    path = tmp_path / f"t.{kind}"
    table = pa.table({
        "naive": pa.array([datetime(2024, 1, 1)] * 2, pa.timestamp("us")),
        "fine": pa.array([0, 1], pa.timestamp("ns", tz="UTC")),
        "day": pa.array([date(2024, 1, 1)] * 2),
        "bytes": pa.array([b"a", b"b"]),
        "objects": pa.array([[{"x": 1}], []], pa.list_(pa.struct([("x", pa.int64())]))),
        "ratio": pa.array([0.5, float("nan")]),
        "big": pa.array([1, 2**64 - 1], pa.uint64()),
        "inner": pa.array(
            [{"day": 1, "fine": 1, "x": 1}] * 2,
            pa.struct([("day", pa.date32()), ("fine", pa.timestamp("ns", tz="UTC")), ("x", pa.int64())]),
        ),
        "kept": pa.array([1, 1]),
    })  # fmt: skip
    if kind == "parquet":
        pq.write_table(table, path)
    else:
        feather.write_feather(table, path)
    outcome = run("schema", "--from", str(path))
    assert (outcome.code, types(outcome.text)) == (
        1,
        {
            "fine": "dateTime",
            "day": "date",
            "ratio": "double",
            "big": "decimal",
            "inner.day": "date",
            "inner.fine": "dateTime",
            "inner.x": "integer",
            "kept": "integer",
            "objects": "[object]",
        },
    )
    said = [line for line in outcome.err.splitlines() if "invalid_record" in line]
    assert [line.rsplit("(at ")[-1] for line in said] == [
        "/naive)", "/bytes)",
    ]  # fmt: skip
    assert '"timeZone": "UTC"' in said[0]


def test_parquet_without_its_package() -> None:
    """Without pyarrow the other formats are read, and Parquet is a usage error that says what to install."""
    program = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "from criteria.cli import main\n"
        "sys.argv = ['criteria', 'schema', '--from', sys.argv[1], '--format', sys.argv[2]]; sys.exit(main())"
    )

    def without(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=60)

    assert without("films.ndjson", "ndjson").returncode == 0
    missing = without("films.ndjson", "parquet")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert 'pip install "criteria-engine[files]"' in " ".join(missing.stderr.split())


def test_a_table_of_a_database(tmp_path: Path) -> None:
    """A URL names a table of SQLite or DuckDB; what fits no field is left out with a reason."""
    ddl = "CREATE TABLE orders (id INTEGER PRIMARY KEY, code VARCHAR(10) NOT NULL, day DATE, paid TIMESTAMP)"
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        connection.execute(ddl)
    duckdb.connect(str(tmp_path / "shop.duckdb")).execute(ddl).close()
    for url in (f"sqlite:///{tmp_path}/shop.db::orders", f"duckdb:///{tmp_path}/shop.duckdb::orders"):
        found = run("schema", "--from", url, "--time-zone", "UTC")
        assert (found.code, found.err) == (0, "")
        assert types(found.text) == {"id": "integer", "code": "string", "day": "date", "paid": "dateTime"}
        assert Schema.from_json(found.text).name == "orders"
        without = run("schema", "--from", url, "--name", "order")
        assert (without.code, "paid" in types(without.text)) == (1, False)
        assert 'Column "paid" (' in without.err
        assert "has no time zone" in without.err
        assert json.loads(without.text)["name"] == "order"
        assert json.loads(run("schema", "--from", url, "--name", "a\udcff").text)["name"] == r"a\udcff"


def test_a_table_that_cannot_be_read(tmp_path: Path) -> None:
    """Without the file, the table, the driver or the server, it ends with 2, and shows no password."""
    sqlite3.connect(tmp_path / "empty.db").close()
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY)")
    for url, said in (
        (f"sqlite:///{tmp_path}/missing.db::orders", "cannot be opened"),
        ("postgresql://u:secret@[::orders", "The URL cannot be read"),
        ("postgresql://u:secret@[::1", "The URL cannot be read"),
        ("mysql+pymysql://me:secret@127.0.0.1:1/shop::orders", "mysql://me@127.0.0.1:1/shop: "),
        ("postgresql+psycopg://u:x/secret@h/db::t", "The URL cannot be read"),
        ("PostgreSQL://127.0.0.1:1/shop?password=secret::orders", "cannot be opened"),
        (f"sqlite:///{tmp_path}/empty.db::orders", 'There is no table "orders"'),
        (f"sqlite:///{tmp_path}/empty.db", "There are no tables."),
        (f"sqlite:///{tmp_path}/shop.db", f"sqlite:///{tmp_path}/shop.db::orders"),
        (f"sqlite:///{tmp_path}/shop.db::order", 'Did you mean "orders"?'),
        ("mysql://me:secret@127.0.0.1:1/shop", "cannot be opened"),
        ("mysql://me:secret@127.0.0.1:1/shop::orders", "cannot be opened"),
        ("postgresql://me:secret@127.0.0.1:1/shop::orders", "cannot be opened"),
        ("postgresql:///shop?host=/nowhere::orders", 'socket "/nowhere/'),
        ("postgresql://127.0.0.1:1/shop?user=me&password=secret::orders", "cannot be opened"),
        ("postgresql://127.0.0.1:1/shop?p%61ssword=secret", "cannot be opened"),
        ("postgresql://me:x@127.0.0.1:1/shop?sslpassword=secret", "postgresql://me@127.0.0.1:1/shop:"),
        ("mysql://me@127.0.0.1:1/shop?password=secret::orders", "mysql://me@127.0.0.1:1/shop:"),
        *(
            (f"{scheme}://me:a{one}secret@127.0.0.1:1/shop::orders", "%40 for @")
            for one in "@/?#%"
            for scheme in ("postgresql", "mysql")
        ),
    ):
        outcome = run("schema", "--from", url)
        assert (outcome.code, said in outcome.err) == (2, True), outcome.err
        assert "secret" not in outcome.err


@pytest.mark.parametrize(
    "address", ["mysql://me:secret@h/shop::orders", "https://me:secret@h/a.csv", "s3://k:se@cret@b/a.zip"]
)
def test_a_refused_address_shows_no_password(address: str) -> None:
    """Commands that read no tables, and no such addresses, name them without the password."""
    for arguments in (
        ["filter", "{}", address],
        ["filter", "{}", address, "films.ndjson"],
        ["init", "x", "--from", address],
        ["check", address],
        ["check", "--schema", address, "{}"],
        ["explain", "{}", "--record", address],
    ):
        outcome = run(*arguments)
        assert outcome.code == 2
        assert "cret" not in outcome.err


def test_columns_of_a_table_are_chosen(tmp_path: Path) -> None:
    """As with `include` and `exclude` in Python. A name that the table does not have is refused."""
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT, status TEXT)")
    url = f"sqlite:///{tmp_path}/shop.db::orders"
    for options, names in (
        (("--exclude", "note"), {"id", "status"}),
        (("--exclude", "note", "--exclude", "status"), {"id"}),
        (("--include", "id", "--include", "note"), {"id", "note"}),
    ):
        assert types(run("schema", "--from", url, *options).text).keys() == names
    misspelled = run("schema", "--from", url, "--exclude", "notes")
    assert (misspelled.code, 'There is no column "notes".' in misspelled.err) == (2, True)
    assert run("schema", "--from", "films.ndjson", "--exclude", "year").code == 2


@pytest.mark.parametrize("options", [("--rows", "2"), ("--format", "csv"), ("--time-zone", "CET")])
def test_options_that_do_not_fit_a_table(options: tuple[str, str]) -> None:
    """They are refused before the database is opened."""
    assert run("schema", "--from", "sqlite:///missing.db::orders", *options).code == 2


def test_problems_and_notes_of_many_names_are_bounded(tmp_path: Path) -> None:
    """Thousands of names that are left out, or of columns to say something about, are not told one by one."""
    names = tmp_path / "names.ndjson"
    names.write_text(json.dumps({f"k{at}.x": 1 for at in range(2000)}) + "\n")
    outcome = run("schema", "--from", str(names))
    assert outcome.code == 1
    assert outcome.err.count("invalid_field_name") == 100
    assert "Only the first 100 problems are listed." in outcome.err
    columns = tmp_path / "columns.csv"
    columns.write_text(
        "\n".join(",".join(cells) for cells in ([f"k{at}" for at in range(300)], ["NA"] * 300, ["1"] * 300))
    )
    outcome = run("schema", "--from", str(columns))
    assert outcome.code == 0
    assert outcome.err.count(": note: ") == 101
    assert outcome.err.endswith("note: 200 more notes not shown.\n")


def test_a_page_looks_each_name_up_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page about thousands of lists of objects asks for each name once, rather than once for each type."""
    inner = [{"name": "n", "fieldType": "integer"}]
    lists = [{"name": f"l{at}", "fieldType": "object", "isList": True, "fields": inner} for at in range(50)]
    path = tmp_path / "lists.schema.json"
    path.write_text(json.dumps({"name": "lists", "systemProperties": False, "fields": lists}))
    asked: list[str] = []
    find_through = Schema.find_through

    def counted(schema: Schema, name: str) -> object:
        asked.append(name)
        return find_through(schema, name)

    monkeypatch.setattr(Schema, "find_through", counted)
    assert "| `l49.n` | integer |" in run("schema", str(path), "--to", "markdown").text
    assert sorted(asked) == sorted({*asked})
